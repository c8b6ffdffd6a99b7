//! Convolutions in many small groups of channels, depthwise ones above all: no matrix product, one unit per value.

use burn_cubecl::cubecl;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::range::{INFINITY, beyond, magnitude, note};
use super::window::{OUTSIDE, Sliding, Window, under_tap, window_left, window_top};
use super::{dims, elem, elements, len, portions, position, unit_dim};

/// What a launch is about.
#[derive(CubeLaunch, CubeType)]
struct Groups {
    /// The first value of the launch, and the one behind its last.
    first: u32,
    end: u32,
    /// Channels of the input, and of each of its groups.
    channels: u32,
    reads: u32,
    /// Channels of the output, and of each of its groups.
    outputs: u32,
    gives: u32,
    /// Bounds of the result.
    floor: f32,
    ceiling: f32,
    /// Bits of the least number that the output cannot hold.
    beyond: u32,
}

/// `min(max(W ∗ x + b, floor), ceiling)` in groups, weights `[outputs, taps, channels of a group]`. Every sum runs over
/// taps, then over channels, one term after the other in float32.
#[cube(launch_unchecked)]
fn convolve_groups<F: Float>(
    input: &[F],
    weights: &[F],
    bias: &[f32],
    output: &mut [F],
    left_range: &mut [f32],
    groups: Groups,
    window: Window,
    #[comptime] rows: u32,
    #[comptime] columns: u32,
    #[define(F)] _dtype: ElemType,
) {
    let at = groups.first + position();
    if at < groups.end {
        let (top, left) =
            (window_top(&window, at % window.output_plane), window_left(&window, at % window.output_plane));
        let map = at / window.output_plane;
        let channel = map % groups.outputs;
        let plane = window.height * window.width;
        let start = ((map / groups.outputs) * groups.channels + (channel / groups.gives) * groups.reads) * plane;
        let mut weight = channel * rows * columns * groups.reads;
        let mut sum = 0.0f32;
        for row in 0..rows {
            for column in 0..columns {
                let pixel = under_tap(&window, top, left, row, column, true);
                for read in 0..groups.reads {
                    if pixel != OUTSIDE {
                        let x = f32::cast_from(input[(start + read * plane + pixel) as usize]);
                        sum = fma(f32::cast_from(weights[(weight + read) as usize]), x, sum);
                    }
                }
                weight += groups.reads;
            }
        }
        sum += bias[channel as usize];
        let value = min(max(sum, groups.floor), groups.ceiling);
        output[at as usize] = F::cast_from(value);
        // Bounds hide what is no number.
        note(left_range, magnitude(sum), INFINITY);
        note(left_range, magnitude(value), groups.beyond);
    }
}

/// A convolution in groups.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Grouping {
    pub(in super::super) sliding: Sliding,
    pub(in super::super) groups: usize,
    /// Bounds of the result.
    pub(in super::super) bounds: [f32; 2],
}

/// The result is written into `output`, whose shape says how large it is.
pub(super) fn convolved_in_groups(
    [input, weights, bias, output, left_range]: [CubeTensor; 5],
    grouping: Grouping,
) -> CubeTensor {
    let ([_, channels, ..], [_, outputs, ..]) = (dims(&input), dims(&output));
    let Grouping { sliding, groups, bounds: [floor, ceiling] } = grouping;
    let reads = channels / groups;
    for portion in portions(len(&output), (sliding.taps() * reads) as u64) {
        let sizes = [channels, reads, outputs, outputs / groups].map(|size| size as u32);
        let [channels, reads, outputs, gives] = sizes;
        let (first, end) = (portion.start, portion.end);
        let groups =
            GroupsLaunch::new(first, end, channels, reads, outputs, gives, floor, ceiling, beyond(output.dtype));
        // SAFETY: units beyond the end do nothing, taps outside of the input are not read, and there are weights for
        // every output.
        unsafe {
            convolve_groups::launch_unchecked(
                &output.client,
                elements(portion.len() as u32),
                unit_dim(),
                input.clone().into_buffer_arg(),
                weights.clone().into_buffer_arg(),
                bias.clone().into_buffer_arg(),
                output.clone().into_buffer_arg(),
                left_range.clone().into_buffer_arg(),
                groups,
                sliding.launch(&input, &output),
                sliding.kernel[0] as u32,
                sliding.kernel[1] as u32,
                elem(&output),
            );
        }
    }
    output
}
