//! What happens to maps between convolutions: gains, points of a gain line, pooling, means.

use burn_cubecl::cubecl;
use cubecl::prelude::*;

/// Units that add up one map together.
pub(super) const MEAN_UNITS: u32 = 64;
/// Bits of the infinite float32.
pub(super) const INFINITY: u32 = 0x7f80_0000;

/// The greatest value of a window of 1 or 2 by 2, each of them computed by the caller's formula.
#[derive(CubeLaunch, CubeType)]
pub(super) struct Window {
    /// Values of the output.
    pub(super) len: u32,
    pub(super) channels: u32,
    /// Of the output, as is the width.
    pub(super) height: u32,
    pub(super) width: u32,
    /// Width and plane of the input.
    pub(super) input_width: u32,
    pub(super) input_plane: u32,
    /// Bits of the least number that the output cannot hold.
    pub(super) beyond: u32,
}

/// Where the window of this unit's output begins in the input.
#[cube]
fn window_start(window: &Window, at: u32, #[comptime] side: u32) -> u32 {
    let x = at % window.width;
    let y = (at / window.width) % window.height;
    let map = at / (window.width * window.height);
    map * window.input_plane + y * side * window.input_width + x * side
}

#[cube]
fn position() -> u32 {
    (CUBE_POS_X + CUBE_POS_Z * CUBE_COUNT_X) * CUBE_DIM_X + UNIT_POS
}

/// Whether a number is not below a bound in magnitude, or is none; the bound is given by its bits. Compared as integers:
/// WGSL lets a driver take for granted that no number is infinite or none, and on Vulkan `x != x` is false for what is none.
#[cube]
pub(super) fn is_beyond(number: f32, bound: u32) -> bool {
    (u32::reinterpret(number) & 0x7fff_ffffu32) >= bound
}

/// `max over the window of factor · rectified`, factors by channel. `left_range` becomes 1 where the output cannot hold a
/// value.
#[cube(launch_unchecked)]
pub(super) fn modulate<F: Float>(
    rectified: &[F],
    factors: &[f32],
    output: &mut [F],
    left_range: &mut [f32],
    window: Window,
    #[comptime] side: u32,
    #[define(F)] _dtype: ElemType,
) {
    let at = position();
    if at < window.len {
        let start = window_start(&window, at, side);
        let factor = factors[((at / (window.width * window.height)) % window.channels) as usize];
        let mut greatest = 0.0f32;
        #[unroll]
        for i in 0..comptime!(side * side) {
            let value = f32::cast_from(rectified[(start + (i / side) * window.input_width + i % side) as usize]);
            let value = factor * value;
            greatest = max(greatest, value);
            if is_beyond(value, window.beyond) {
                left_range[0] = 1.0f32;
            }
        }
        output[at as usize] = F::cast_from(greatest);
    }
}

/// `max over the window of max(0, intact + step · direction)`: a point of a gain line at slope 1 + step. `left_range` becomes
/// 1 where a value is no finite float32, or the output cannot hold it.
#[cube(launch_unchecked)]
pub(super) fn line_point<F: Float>(
    intact: &[F],
    direction: &[F],
    output: &mut [F],
    left_range: &mut [f32],
    step: f32,
    window: Window,
    #[comptime] side: u32,
    #[define(F)] _dtype: ElemType,
) {
    let at = position();
    if at < window.len {
        let start = window_start(&window, at, side);
        let mut greatest = 0.0f32;
        #[unroll]
        for i in 0..comptime!(side * side) {
            let pixel = (start + (i / side) * window.input_width + i % side) as usize;
            let value = fma(step, f32::cast_from(direction[pixel]), f32::cast_from(intact[pixel]));
            greatest = max(greatest, value);
            if is_beyond(value, INFINITY) || is_beyond(greatest, window.beyond) {
                left_range[0] = 1.0f32;
            }
        }
        output[at as usize] = F::cast_from(greatest);
    }
}

/// The mean of every map, in float32: each of 64 units adds up every 64th pixel, and their sums are added in pairs.
#[cube(launch_unchecked)]
pub(super) fn means<F: Float>(maps: &[F], output: &mut [f32], count: u32, plane: u32, #[define(F)] _dtype: ElemType) {
    let map = CUBE_POS_X + CUBE_POS_Z * CUBE_COUNT_X;
    let mut sums = Shared::<[f32]>::new_slice(comptime!(MEAN_UNITS as usize));
    let mut sum = 0.0f32;
    if map < count {
        for pixel in range_stepped(UNIT_POS, plane, MEAN_UNITS) {
            sum += f32::cast_from(maps[(map * plane + pixel) as usize]);
        }
    }
    sums[UNIT_POS as usize] = sum;
    sync_cube();
    #[unroll]
    for halving in 0..comptime!(MEAN_UNITS.ilog2()) {
        let half = comptime!(MEAN_UNITS >> (halving + 1));
        if UNIT_POS < half {
            sums[UNIT_POS as usize] += sums[(UNIT_POS + half) as usize];
        }
        sync_cube();
    }
    if UNIT_POS == 0 && map < count {
        output[map as usize] = sums[0] / f32::cast_from(plane);
    }
}
