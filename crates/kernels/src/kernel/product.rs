//! The matrix product at the bottom of every layer: a block of rows × one or two vectors of columns in registers.
//!
//! Every sum runs over the depth from first to last in one chain of fused multiply-adds, whatever the block it is
//! computed in. So a result does not depend on how many rows are computed together.

use pulp::Simd;

use super::{load, store};
use crate::scratch::LINE;

/// What happens to the sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    /// They replace what the target holds.
    Replace,
    /// They are added to what the target holds.
    Add,
}

/// Where the right matrix comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// All panels together stay in the second-level cache.
    Cache,
    /// They do not: while a panel is in use, the one that follows it in memory is fetched ahead.
    Memory,
}

/// `C = Σ_s A_s · B_s` for one panel of columns.
pub(crate) struct Product<'a> {
    /// Left matrix: row `r` of segment `s` starts at `starts[s] + r · row_stride`. Rows may overlap.
    pub a: &'a [f32],
    /// Values from one row of A to the next.
    pub row_stride: usize,
    /// Where each segment starts in `a`.
    pub starts: &'a [usize],
    /// Values of a row in one segment.
    pub depth: usize,
    /// Rows of A and C.
    pub rows: usize,
    /// Right matrix, `[segments · depth][columns]`, with one or two vectors of columns.
    pub b: &'a [f32],
    /// Where `b` comes from.
    pub source: Source,
    /// Target, `[rows][columns]`.
    pub c: &'a mut [f32],
    /// What happens to the sums.
    pub store: Store,
}

/// Computes the product in blocks of at most `max_rows` rows (14 at most), as even as can be.
#[inline(always)]
pub(crate) fn multiply<S: Simd>(simd: S, max_rows: usize, product: Product<'_>) {
    let Product { a, row_stride, starts, depth, rows, b, source, c, store } = product;
    let vectors = if b.len() == starts.len() * depth * 2 * S::F32_LANES { 2 } else { 1 };
    let columns = vectors * S::F32_LANES;
    let last = starts.iter().max().map_or(0, |start| start + (rows - 1) * row_stride + depth);
    assert!(last <= a.len() && b.len() == starts.len() * depth * columns && c.len() >= rows * columns);
    let blocks = rows.div_ceil(max_rows.clamp(1, 14));
    let mut row = 0;
    for block in 0..blocks {
        let count = (rows - row).div_ceil(blocks - block);
        let ahead = match source {
            Source::Cache => None,
            Source::Memory => Some(Ahead { start: b.len() / blocks * block, step: columns.div_ceil(blocks) }),
        };
        let view = View { a: &a[row * row_stride..], row_stride, starts, depth, b, ahead, store };
        let target = &mut c[row * columns..(row + count) * columns];
        // SAFETY: the assertion above, for all rows, holds for the `count` rows from `row` on; `b` has `vectors`
        // vectors for every step, and `target` has `count · vectors` vectors.
        unsafe {
            match vectors {
                2 => by_rows::<S, 2>(simd, count, view, target),
                _ => by_rows::<S, 1>(simd, count, view, target),
            }
        }
        row += count;
    }
}

struct View<'a> {
    a: &'a [f32],
    row_stride: usize,
    starts: &'a [usize],
    depth: usize,
    b: &'a [f32],
    ahead: Option<Ahead>,
    store: Store,
}

/// What a block of rows fetches of the next panel: at every step, the values from `start + step · number` after the
/// end of its own.
#[derive(Clone, Copy)]
struct Ahead {
    start: usize,
    step: usize,
}

impl Ahead {
    #[inline(always)]
    fn fetch(self, b: &[f32], number: usize) {
        let next = b.as_ptr().wrapping_add(b.len() + self.start + number * self.step);
        prefetch(next);
        if self.step > LINE {
            prefetch(next.wrapping_add(LINE));
        }
    }
}

/// Asks for a cache line; any address is allowed, and where the instruction set has no such request nothing happens.
#[inline(always)]
fn prefetch(address: *const f32) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: prefetching is part of the base instruction set and never faults.
    unsafe {
        use core::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T1>(address.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}

/// Picks the block compiled for this number of rows.
///
/// # Safety
/// As [`block`], for `rows` rows.
#[inline(always)]
unsafe fn by_rows<S: Simd, const V: usize>(simd: S, rows: usize, view: View<'_>, c: &mut [f32]) {
    // SAFETY: the caller's contract is the callee's.
    unsafe {
        match rows {
            1 => block::<S, 1, V>(simd, view, c),
            2 => block::<S, 2, V>(simd, view, c),
            3 => block::<S, 3, V>(simd, view, c),
            4 => block::<S, 4, V>(simd, view, c),
            5 => block::<S, 5, V>(simd, view, c),
            6 => block::<S, 6, V>(simd, view, c),
            7 => block::<S, 7, V>(simd, view, c),
            8 => block::<S, 8, V>(simd, view, c),
            9 => block::<S, 9, V>(simd, view, c),
            10 => block::<S, 10, V>(simd, view, c),
            11 => block::<S, 11, V>(simd, view, c),
            12 => block::<S, 12, V>(simd, view, c),
            13 => block::<S, 13, V>(simd, view, c),
            _ => block::<S, 14, V>(simd, view, c),
        }
    }
}

/// `R` rows × `V` vectors in registers.
///
/// # Safety
/// For every start s, `s + (R − 1) · row_stride + depth ≤ a.len()`; `b` holds `starts · depth · V` vectors and `c`
/// holds `R · V` vectors.
#[inline(always)]
unsafe fn block<S: Simd, const R: usize, const V: usize>(simd: S, view: View<'_>, c: &mut [f32]) {
    let lanes = S::F32_LANES;
    let mut sums = [[simd.splat_f32s(0.0); V]; R];
    let mut b = view.b.as_ptr();
    for (segment, &start) in view.starts.iter().enumerate() {
        // SAFETY: `start` is inside `a` by contract.
        let a = unsafe { view.a.as_ptr().add(start) };
        for step in 0..view.depth {
            if let Some(ahead) = view.ahead {
                ahead.fetch(view.b, segment * view.depth + step);
            }
            let mut right = [simd.splat_f32s(0.0); V];
            for (v, right) in right.iter_mut().enumerate() {
                // SAFETY: `b` has `V` vectors for each of the `starts · depth` steps.
                *right = unsafe { load::<S>(b.add(v * lanes)) };
            }
            // SAFETY: at most one past the end, after the last step.
            b = unsafe { b.add(V * lanes) };
            for (r, sums) in sums.iter_mut().enumerate() {
                // SAFETY: row `r` of this segment ends inside `a` by contract.
                let left = simd.splat_f32s(unsafe { *a.add(r * view.row_stride + step) });
                for v in 0..V {
                    sums[v] = simd.mul_add_e_f32s(left, right[v], sums[v]);
                }
            }
        }
    }
    let c = c.as_mut_ptr();
    for (r, sums) in sums.iter().enumerate() {
        for (v, &sum) in sums.iter().enumerate() {
            // SAFETY: `c` holds `R · V` vectors.
            unsafe {
                let target = c.add((r * V + v) * lanes);
                match view.store {
                    Store::Replace => store::<S>(target, sum),
                    Store::Add => store::<S>(target, simd.add_f32s(load::<S>(target), sum)),
                }
            }
        }
    }
}
