//! The epilogue of direct and pointwise convolutions and of dense layers.

use pulp::Simd;

use super::{Range, finish_vector, larger, larger_value, load, store};

/// Most lanes of any vector.
pub(super) const MOST_LANES: usize = 16;

/// Sums of some rows of pixels, and how they are finished.
pub(crate) struct PixelRows<'a> {
    /// Sums: `[panel][group of pixels][columns of the panel]`.
    pub sums: &'a [f32],
    /// Groups in `sums`.
    pub count: usize,
    /// Groups from one row of pixels to the next.
    pub groups: usize,
    /// Pixels in a group.
    pub pixels: usize,
    /// Output channels.
    pub channels: usize,
    /// Width in pixels before the pool.
    pub width: usize,
    /// Per column, a multiple of the vector length: bias, then gain.
    pub bias: &'a [f32],
    /// See `bias`.
    pub gain: &'a [f32],
    /// What values are clipped to before the gain.
    pub range: Range,
    /// 2×2 max-pool if 2, none if 1.
    pub pool: usize,
}

/// Adds the bias, clips, applies gain and pool, and writes as many rows as `output` holds.
#[inline(always)]
pub(crate) fn finish_rows<S: Simd>(simd: S, rows: &PixelRows<'_>, output: &mut [f32]) {
    let row_len = rows.width / rows.pool * rows.channels;
    for (y, output) in output.chunks_exact_mut(row_len).enumerate() {
        if rows.pool == 1 {
            plain_row(simd, rows, y, output);
        } else if rows.pixels == 1 {
            pooled_row(simd, rows, y, output);
        } else {
            pooled_groups(simd, rows, y, output);
        }
    }
}

#[inline(always)]
fn plain_row<S: Simd>(simd: S, rows: &PixelRows<'_>, y: usize, output: &mut [f32]) {
    let group_len = rows.pixels * rows.channels;
    for (x, output) in output.chunks_mut(group_len).enumerate() {
        for (chunk, output) in output.chunks_mut(S::F32_LANES).enumerate() {
            write(simd, output, finished(simd, rows, y * rows.groups + x, chunk * S::F32_LANES));
        }
    }
}

#[inline(always)]
fn pooled_row<S: Simd>(simd: S, rows: &PixelRows<'_>, y: usize, output: &mut [f32]) {
    for (x, output) in output.chunks_exact_mut(rows.channels).enumerate() {
        let first = 2 * y * rows.groups + 2 * x;
        for (chunk, output) in output.chunks_mut(S::F32_LANES).enumerate() {
            let (column, next) = (chunk * S::F32_LANES, first + rows.groups);
            let upper = larger(simd, finished(simd, rows, first, column), finished(simd, rows, first + 1, column));
            let lower = larger(simd, finished(simd, rows, next, column), finished(simd, rows, next + 1, column));
            write(simd, output, larger(simd, upper, lower));
        }
    }
}

#[inline(always)]
fn pooled_groups<S: Simd>(simd: S, rows: &PixelRows<'_>, y: usize, output: &mut [f32]) {
    let pooled = rows.pixels / 2;
    for (x, output) in output.chunks_mut(pooled * rows.channels).enumerate() {
        let first = 2 * y * rows.groups + x;
        let higher = larger(simd, finished(simd, rows, first, 0), finished(simd, rows, first + rows.groups, 0));
        let mut pair = [0f32; MOST_LANES];
        write(simd, &mut pair[..S::F32_LANES], higher);
        for (output, pair) in output.chunks_exact_mut(rows.channels).zip(pair.chunks_exact(2 * rows.channels)) {
            let (left, right) = pair.split_at(rows.channels);
            for (output, (left, right)) in output.iter_mut().zip(left.iter().zip(right)) {
                *output = larger_value(*left, *right);
            }
        }
    }
}

/// One vector of finished sums.
#[inline(always)]
fn finished<S: Simd>(simd: S, rows: &PixelRows<'_>, group: usize, column: usize) -> S::f32s {
    let lanes = S::F32_LANES;
    let padded = rows.bias.len();
    let panel = column / (2 * lanes) * 2 * lanes;
    let columns = (padded - panel).min(2 * lanes);
    let offset = panel * rows.count + group * columns + column - panel;
    assert!(offset + lanes <= rows.sums.len() && column + lanes <= padded && rows.gain.len() == padded);
    // SAFETY: the three vectors are inside their slices, as asserted.
    let (sum, bias, gain) = unsafe {
        (
            load::<S>(rows.sums.as_ptr().add(offset)),
            load::<S>(rows.bias.as_ptr().add(column)),
            load::<S>(rows.gain.as_ptr().add(column)),
        )
    };
    finish_vector(simd, sum, bias, gain, rows.range)
}

/// Writes a vector, or as much of it as the target holds.
#[inline(always)]
pub(super) fn write<S: Simd>(simd: S, target: &mut [f32], value: S::f32s) {
    if target.len() == S::F32_LANES {
        // SAFETY: the target is as long as a vector.
        unsafe { store::<S>(target.as_mut_ptr(), value) }
    } else {
        simd.partial_store_f32s(target, value);
    }
}
