//! Max-pools, gains and average pools.

use burn_cubecl::cubecl;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::range::{INFINITY, beyond, magnitude, note};
use super::window::{OUTSIDE, Sliding, Window, under_tap, window_left, window_top};
use super::{dims, elem, elements, empty_like, len, portions, position, unit_dim};

/// Taps up to which the loops of a window are written out.
const UNROLLED: u32 = 9;

/// `max over the window of factor · x`, factors by channel where there are any. `left_range` becomes 1 where the output
/// cannot hold a product.
#[cube(launch_unchecked)]
fn max_pool<F: Float>(
    input: &[F],
    factors: &[f32],
    output: &mut [F],
    left_range: &mut [f32],
    first: u32,
    end: u32,
    channels: u32,
    beyond: u32,
    window: Window,
    #[comptime] rows: u32,
    #[comptime] columns: u32,
    #[comptime] multiplied: bool,
    #[comptime] reaches_out: bool,
    #[define(F)] _dtype: ElemType,
) {
    let at = first + position();
    if at < end {
        let map = at / window.output_plane;
        let (top, left) =
            (window_top(&window, at % window.output_plane), window_left(&window, at % window.output_plane));
        let start = map * window.height * window.width;
        let mut factor = 1.0f32;
        if comptime!(multiplied) {
            factor = factors[(map % channels) as usize];
        }
        let mut greatest = f32::min_value();
        let mut most = 0u32;
        #[unroll(rows * columns <= UNROLLED)]
        for row in 0..rows {
            #[unroll(rows * columns <= UNROLLED)]
            for column in 0..columns {
                let pixel = under_tap(&window, top, left, row, column, reaches_out);
                if comptime!(!reaches_out) || pixel != OUTSIDE {
                    let mut value = f32::cast_from(input[(start + pixel) as usize]);
                    if comptime!(multiplied) {
                        value *= factor;
                        most = max(most, magnitude(value));
                    }
                    greatest = max(greatest, value);
                }
            }
        }
        output[at as usize] = F::cast_from(greatest);
        if comptime!(multiplied) {
            note(left_range, most, beyond);
        }
    }
}

/// The sum of a window divided by the count of its positions: those of the input, or, where padding counts, of the input
/// and the padding around it. `left_range` becomes 1 where a sum is no finite float32.
#[cube(launch_unchecked)]
fn average_pool<F: Float>(
    input: &[F],
    output: &mut [F],
    left_range: &mut [f32],
    first: u32,
    end: u32,
    padded_height: u32,
    padded_width: u32,
    window: Window,
    #[comptime] rows: u32,
    #[comptime] columns: u32,
    #[comptime] padding_counts: bool,
    #[define(F)] _dtype: ElemType,
) {
    let at = first + position();
    if at < end {
        let map = at / window.output_plane;
        let (top, left) =
            (window_top(&window, at % window.output_plane), window_left(&window, at % window.output_plane));
        let start = map * window.height * window.width;
        let mut sum = 0.0f32;
        let mut seen = 0u32;
        for row in 0..rows {
            for column in 0..columns {
                let pixel = under_tap(&window, top, left, row, column, true);
                if pixel != OUTSIDE {
                    sum += f32::cast_from(input[(start + pixel) as usize]);
                    seen += 1;
                }
            }
        }
        if comptime!(padding_counts) {
            seen = (min(top + rows, padded_height) - top) * (min(left + columns, padded_width) - left);
        }
        output[at as usize] = F::cast_from(sum / f32::cast_from(seen));
        note(left_range, magnitude(sum), INFINITY);
    }
}

pub(super) fn max_pooled(
    input: CubeTensor,
    factors: CubeTensor,
    left_range: CubeTensor,
    pool: MaxPooling,
) -> CubeTensor {
    let [pictures, channels, ..] = dims(&input);
    let MaxPooling { sliding, size: [height, width], multiplied } = pool;
    let output = empty_like(&input, [pictures, channels, height, width], input.dtype);
    for portion in portions(len(&output), sliding.taps() as u64) {
        // SAFETY: units beyond the end do nothing, and taps outside of the input are not read.
        unsafe {
            max_pool::launch_unchecked(
                &output.client,
                elements(portion.len() as u32),
                unit_dim(),
                input.clone().into_buffer_arg(),
                factors.clone().into_buffer_arg(),
                output.clone().into_buffer_arg(),
                left_range.clone().into_buffer_arg(),
                portion.start,
                portion.end,
                channels as u32,
                beyond(output.dtype),
                sliding.launch(&input, &output),
                sliding.kernel[0] as u32,
                sliding.kernel[1] as u32,
                multiplied,
                sliding.reaches_out(&input, &output),
                elem(&output),
            );
        }
    }
    output
}

/// A max-pool.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct MaxPooling {
    pub(in super::super) sliding: Sliding,
    /// Height and width of the result.
    pub(in super::super) size: [usize; 2],
    /// Whether channels are multiplied by factors before.
    pub(in super::super) multiplied: bool,
}

/// An average pool.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct AveragePooling {
    pub(in super::super) sliding: Sliding,
    /// Height and width of the result.
    pub(in super::super) size: [usize; 2],
    pub(in super::super) padding_counts: bool,
}

pub(super) fn average_pooled(input: CubeTensor, left_range: CubeTensor, pool: AveragePooling) -> CubeTensor {
    let [pictures, channels, own_height, own_width] = dims(&input);
    let AveragePooling { sliding, size: [height, width], padding_counts } = pool;
    let output = empty_like(&input, [pictures, channels, height, width], input.dtype);
    let padding = sliding.padding;
    for portion in portions(len(&output), sliding.taps() as u64) {
        // SAFETY: units beyond the end do nothing, and taps outside of the input are not read.
        unsafe {
            average_pool::launch_unchecked(
                &output.client,
                elements(portion.len() as u32),
                unit_dim(),
                input.clone().into_buffer_arg(),
                output.clone().into_buffer_arg(),
                left_range.clone().into_buffer_arg(),
                portion.start,
                portion.end,
                (padding[0] + own_height + padding[2]) as u32,
                (padding[1] + own_width + padding[3]) as u32,
                sliding.launch(&input, &output),
                sliding.kernel[0] as u32,
                sliding.kernel[1] as u32,
                padding_counts,
                elem(&output),
            );
        }
    }
    output
}
