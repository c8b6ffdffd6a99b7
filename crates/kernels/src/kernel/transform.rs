//! The input and output transforms of F(4×4, 3×3), on whole vectors of channels.
//!
//! With interpolation points 0, ±p, ±q and ∞, a row d₀…d₅ of the input becomes
//! - p²q²·d₀ − (p²+q²)·d₂ + d₄,
//! - (d₄ − q²·d₂) ± p·(d₃ − q²·d₁),
//! - (d₄ − p²·d₂) ± q·(d₃ − p²·d₁),
//! - p²q²·d₁ − (p²+q²)·d₃ + d₅,
//!
//! and a row m₀…m₅ of products becomes y₀ = m₀ + s + t, y₁ = p·d + q·e, y₂ = p²·s + q²·t, y₃ = p³·d + q³·e + m₅ with
//! s, d = m₁ ± m₂ and t, e = m₃ ± m₄ (Lavin & Gray 2016, with the points left free).

use std::ops::Range;

use pulp::Simd;

use super::rows::{MOST_LANES, write};
use super::{Planes, Range as Clip, finish_vector, larger, load, store};
use crate::points::{P, Q};

/// Side of an input tile.
pub(crate) const TILE: usize = 6;

/// Positions of a tile.
const POSITIONS: usize = TILE * TILE;

const P2: f32 = P * P;
const Q2: f32 = Q * Q;

/// Input tiles side by side in a strip of padded rows.
///
/// Pixel (y, x) of the tiles is the `len` values from `pixels[y · row_stride + columns[x]]` on.
pub(crate) struct InputTiles<'a> {
    /// The strip.
    pub pixels: &'a [f32],
    /// Values from one row of the strip to the next.
    pub row_stride: usize,
    /// Where the six columns of a tile start in a row.
    pub columns: [usize; TILE],
    /// Values of each pixel: channels, or channels of several tiles.
    pub len: usize,
}

/// Transforms the tiles: the value of tile position k goes to row k of `planes`, from `column` on.
#[inline(always)]
pub(crate) fn forward_tiles<S: Simd>(simd: S, tiles: &InputTiles<'_>, planes: &mut Planes<'_>, column: usize) {
    let (lanes, len) = (S::F32_LANES, tiles.len);
    let last = tiles.columns.iter().max().map_or(0, |last| 5 * tiles.row_stride + last + len);
    assert!(column + len <= planes.columns() && planes.rows() >= POSITIONS && last <= tiles.pixels.len());
    if len < lanes {
        return forward_narrow(simd, tiles, planes, column);
    }
    // SAFETY: the columns from `column` on are inside the planes, as asserted.
    let target = unsafe { planes.start().add(column) };
    let stride = planes.stride();
    let mut at = 0;
    loop {
        // SAFETY: `at + lanes ≤ len`, and all pixels and plane columns have `len` values, as asserted.
        unsafe { forward_vector(simd, tiles, at, target.add(at), stride) };
        if at + lanes >= len {
            return;
        }
        // The last vector overlaps the one before it rather than run past the end: equal values are written twice.
        at = (at + lanes).min(len - lanes);
    }
}

/// As [`forward_tiles`] where a pixel is narrower than a vector.
#[inline(always)]
fn forward_narrow<S: Simd>(simd: S, tiles: &InputTiles<'_>, planes: &mut Planes<'_>, column: usize) {
    let mut wide = [0f32; POSITIONS * MOST_LANES];
    for (k, wide) in wide.chunks_exact_mut(MOST_LANES).enumerate() {
        let start = k / TILE * tiles.row_stride + tiles.columns[k % TILE];
        wide[..tiles.len].copy_from_slice(&tiles.pixels[start..start + tiles.len]);
    }
    let columns = [0, 1, 2, 3, 4, 5].map(|x| x * MOST_LANES);
    let source = InputTiles { pixels: &wide, row_stride: TILE * MOST_LANES, columns, len: MOST_LANES };
    let mut values = [0f32; POSITIONS * MOST_LANES];
    // SAFETY: every pixel and every row of `values` holds the most lanes that a vector can have.
    unsafe { forward_vector(simd, &source, 0, values.as_mut_ptr(), MOST_LANES) };
    for (k, values) in values.chunks_exact(MOST_LANES).enumerate() {
        // SAFETY: row k, columns from `column` to `column + len`, is inside the planes, which are borrowed
        // exclusively, as asserted by the caller.
        let target = unsafe {
            let start = planes.start().add(k * planes.stride() + column);
            std::slice::from_raw_parts_mut(start, tiles.len)
        };
        target.copy_from_slice(&values[..tiles.len]);
    }
}

/// Transforms one vector of channels of a tile.
///
/// # Safety
/// A vector can be read `at` values after the start of every pixel, and written at `target + k · stride` for every
/// position k.
#[inline(always)]
unsafe fn forward_vector<S: Simd>(simd: S, tiles: &InputTiles<'_>, at: usize, target: *mut f32, stride: usize) {
    let mut columns = [[simd.splat_f32s(0.0); TILE]; TILE];
    for (x, result) in columns.iter_mut().enumerate() {
        let mut column = [simd.splat_f32s(0.0); TILE];
        for (y, pixel) in column.iter_mut().enumerate() {
            let start = y * tiles.row_stride + tiles.columns[x] + at;
            // SAFETY: by the contract above.
            *pixel = unsafe { load::<S>(tiles.pixels.as_ptr().add(start)) };
        }
        *result = forward_row(simd, column);
    }
    for y in 0..TILE {
        let row = forward_row(simd, take(&columns, y));
        for (x, &value) in row.iter().enumerate() {
            // SAFETY: by the contract above.
            unsafe { store::<S>(target.add((y * TILE + x) * stride), value) };
        }
    }
}

/// `factor · x + y`.
#[inline(always)]
fn scaled<S: Simd>(simd: S, factor: f32, x: S::f32s, y: S::f32s) -> S::f32s {
    simd.mul_add_e_f32s(simd.splat_f32s(factor), x, y)
}

#[inline(always)]
fn forward_row<S: Simd>(simd: S, d: [S::f32s; TILE]) -> [S::f32s; TILE] {
    let (even_p, odd_p) = (scaled(simd, -Q2, d[2], d[4]), scaled(simd, -Q2, d[1], d[3]));
    let (even_q, odd_q) = (scaled(simd, -P2, d[2], d[4]), scaled(simd, -P2, d[1], d[3]));
    [
        scaled(simd, P2 * Q2, d[0], scaled(simd, -(P2 + Q2), d[2], d[4])),
        scaled(simd, P, odd_p, even_p),
        scaled(simd, -P, odd_p, even_p),
        scaled(simd, Q, odd_q, even_q),
        scaled(simd, -Q, odd_q, even_q),
        scaled(simd, P2 * Q2, d[1], scaled(simd, -(P2 + Q2), d[3], d[5])),
    ]
}

/// A row of tiles of products, and where the pixels they give are written.
pub(crate) struct OutputTiles<'a> {
    /// Products: `[position][panel][tile][columns of the panel]`.
    pub products: &'a [f32],
    /// Values from one position to the next.
    pub position_stride: usize,
    /// Tiles of the whole block.
    pub block_tiles: usize,
    /// First tile of the row among those of the block.
    pub first: usize,
    /// Where the tiles are in their row of the picture.
    pub columns: Range<usize>,
    /// Output channels.
    pub channels: usize,
    /// Per channel, a multiple of the vector length: bias, then gain.
    pub bias: &'a [f32],
    /// See `bias`.
    pub gain: &'a [f32],
    /// What values are clipped to before the gain.
    pub range: Clip,
    /// 2×2 max-pool if 2, none if 1.
    pub pool: usize,
    /// Width of the output rows, in pixels.
    pub width: usize,
}

/// Transforms a row of tiles back and writes the rows of pixels that `output` has room for.
#[inline(always)]
pub(crate) fn inverse_tiles<S: Simd>(simd: S, row: &OutputTiles<'_>, output: &mut [f32]) {
    let lanes = S::F32_LANES;
    let padded = row.channels.next_multiple_of(lanes);
    let row_len = row.width * row.channels;
    assert!(35 * row.position_stride + row.block_tiles * padded <= row.products.len());
    assert!(row.first + row.columns.len() <= row.block_tiles && row.bias.len() >= padded && row.gain.len() >= padded);
    for tile in 0..row.columns.len() {
        for channel in (0..padded).step_by(lanes) {
            let panel = channel / (2 * lanes) * 2 * lanes;
            let columns = (padded - panel).min(2 * lanes);
            let offset = panel * row.block_tiles + (row.first + tile) * columns + channel - panel;
            // SAFETY: `offset + lanes ≤ block_tiles · padded`, and all 36 positions are inside `products`; bias and
            // gain have `padded` values. All asserted above.
            let pixels = unsafe { inverse_vector(simd, row, offset, channel) };
            let place = Place { tile: row.columns.start + tile, channel, row_len };
            if row.pool == 2 {
                put(simd, row, place, pooled(simd, pixels), output);
            } else {
                put(simd, row, place, pixels, output);
            }
        }
    }
}

/// Where a tile's pixels go.
#[derive(Clone, Copy)]
struct Place {
    tile: usize,
    channel: usize,
    row_len: usize,
}

/// Writes those of the `N`×`N` pixels that are inside the picture.
#[inline(always)]
fn put<S: Simd, const N: usize>(
    simd: S,
    row: &OutputTiles<'_>,
    place: Place,
    pixels: [[S::f32s; N]; N],
    output: &mut [f32],
) {
    let (len, step) = (S::F32_LANES.min(row.channels - place.channel), row.channels);
    let width = row.width.saturating_sub(place.tile * N).min(N);
    let start = place.tile * N * step + place.channel;
    if width == N && len == S::F32_LANES && output.len() >= N * place.row_len {
        let last = (N - 1) * (place.row_len + step) + start + len;
        assert!(last <= output.len());
        for (y, pixels) in pixels.iter().enumerate() {
            for (x, &value) in pixels.iter().enumerate() {
                // SAFETY: the last pixel of the last row ends inside the output, as asserted.
                unsafe { store::<S>(output.as_mut_ptr().add(y * place.row_len + x * step + start), value) };
            }
        }
        return;
    }
    for (output, pixels) in output.chunks_exact_mut(place.row_len).zip(&pixels) {
        for (x, &value) in pixels.iter().enumerate() {
            if x < width {
                write(simd, &mut output[start + x * row.channels..][..len], value);
            }
        }
    }
}

/// The largest of each 2×2 pixels.
#[inline(always)]
fn pooled<S: Simd>(simd: S, pixels: [[S::f32s; 4]; 4]) -> [[S::f32s; 2]; 2] {
    let mut result = [[simd.splat_f32s(0.0); 2]; 2];
    for y in 0..2 {
        for x in 0..2 {
            let upper = larger(simd, pixels[2 * y][2 * x], pixels[2 * y][2 * x + 1]);
            let lower = larger(simd, pixels[2 * y + 1][2 * x], pixels[2 * y + 1][2 * x + 1]);
            result[y][x] = larger(simd, upper, lower);
        }
    }
    result
}

/// The 4×4 finished pixels of one vector of channels.
///
/// # Safety
/// A vector can be read from `products` at `offset` and up to 35 position strides later, and from bias and gain at
/// `channel`.
#[inline(always)]
unsafe fn inverse_vector<S: Simd>(simd: S, row: &OutputTiles<'_>, offset: usize, channel: usize) -> [[S::f32s; 4]; 4] {
    // SAFETY: by the contract above, here and below.
    let products = unsafe { row.products.as_ptr().add(offset) };
    let mut columns = [[simd.splat_f32s(0.0); 4]; TILE];
    for (x, result) in columns.iter_mut().enumerate() {
        let mut column = [simd.splat_f32s(0.0); TILE];
        for (y, product) in column.iter_mut().enumerate() {
            // SAFETY: as above.
            *product = unsafe { load::<S>(products.add((y * TILE + x) * row.position_stride)) };
        }
        *result = inverse_row(simd, column);
    }
    // SAFETY: as above.
    let bias = unsafe { load::<S>(row.bias.as_ptr().add(channel)) };
    // SAFETY: as above.
    let gain = unsafe { load::<S>(row.gain.as_ptr().add(channel)) };
    let mut pixels = [[simd.splat_f32s(0.0); 4]; 4];
    for (y, pixels) in pixels.iter_mut().enumerate() {
        let sums = inverse_row(simd, take(&columns, y));
        for (pixel, &sum) in pixels.iter_mut().zip(&sums) {
            *pixel = finish_vector(simd, sum, bias, gain, row.range);
        }
    }
    pixels
}

/// Entry `y` of every column: a row. (A closure would not inherit the instruction set of its caller.)
#[inline(always)]
fn take<V: Copy, const N: usize>(columns: &[[V; N]; TILE], y: usize) -> [V; TILE] {
    [columns[0][y], columns[1][y], columns[2][y], columns[3][y], columns[4][y], columns[5][y]]
}

#[inline(always)]
fn inverse_row<S: Simd>(simd: S, m: [S::f32s; TILE]) -> [S::f32s; 4] {
    let (sum_p, difference_p) = (simd.add_f32s(m[1], m[2]), simd.sub_f32s(m[1], m[2]));
    let (sum_q, difference_q) = (simd.add_f32s(m[3], m[4]), simd.sub_f32s(m[3], m[4]));
    let times = (simd.mul_f32s(simd.splat_f32s(Q), difference_q), simd.mul_f32s(simd.splat_f32s(Q2), sum_q));
    [
        simd.add_f32s(m[0], simd.add_f32s(sum_p, sum_q)),
        scaled(simd, P, difference_p, times.0),
        scaled(simd, P2, sum_p, times.1),
        scaled(simd, P2 * P, difference_p, scaled(simd, Q2 * Q, difference_q, m[5])),
    ]
}
