//! Local response normalisation.

use burn_cubecl::cubecl;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;
use graph::Lrn;

use super::range::{INFINITY, beyond, magnitude, note};
use super::{dims, elem, elements, empty_like, len, portions, position, unit_dim};

/// What a launch is about.
#[derive(CubeLaunch, CubeType)]
struct Norm {
    /// The first value of the launch, and the one behind its last.
    first: u32,
    end: u32,
    channels: u32,
    plane: u32,
    /// Channels of the window below and above a channel.
    below: u32,
    above: u32,
    /// α / n
    share: f32,
    beta: f32,
    k: f32,
    /// Bits of the least number that the output cannot hold.
    beyond: u32,
}

/// `x / (k + α/n · Σ x²)^β` with the sum over the channels of the window from below, in float32.
#[cube(launch_unchecked)]
fn normalise<F: Float>(
    input: &[F],
    output: &mut [F],
    left_range: &mut [f32],
    norm: Norm,
    #[define(F)] _dtype: ElemType,
) {
    let at = norm.first + position();
    if at < norm.end {
        let channel = (at / norm.plane) % norm.channels;
        let below = min(norm.below, channel);
        let above = min(norm.above, norm.channels - 1 - channel);
        let first = at - below * norm.plane;
        let mut squares = 0.0f32;
        for offset in 0..below + above + 1 {
            let x = f32::cast_from(input[(first + offset * norm.plane) as usize]);
            squares = fma(x, x, squares);
        }
        let base = fma(norm.share, squares, norm.k);
        let y = f32::cast_from(input[at as usize]) / f32::powf(base, norm.beta);
        output[at as usize] = F::cast_from(y);
        // What is divided by infinity looks like any small number.
        note(left_range, magnitude(base), INFINITY);
        note(left_range, magnitude(y), norm.beyond);
    }
}

pub(super) fn normalised(input: CubeTensor, left_range: CubeTensor, lrn: Lrn) -> CubeTensor {
    let [_, channels, height, width] = dims(&input);
    let output = empty_like(&input, dims(&input), input.dtype);
    let channel = |count: usize| count.min(channels) as u32;
    let window = (lrn.below.min(channels) + lrn.above.min(channels) + 1) as u64;
    for portion in portions(len(&output), window) {
        let norm = NormLaunch::new(
            portion.start,
            portion.end,
            channels as u32,
            (height * width) as u32,
            channel(lrn.below),
            channel(lrn.above),
            (f64::from(lrn.alpha) / lrn.size() as f64) as f32,
            lrn.beta,
            lrn.k,
            beyond(output.dtype),
        );
        // SAFETY: units beyond the end do nothing, and windows keep to the channels that there are.
        unsafe {
            normalise::launch_unchecked(
                &output.client,
                elements(portion.len() as u32),
                unit_dim(),
                input.clone().into_buffer_arg(),
                output.clone().into_buffer_arg(),
                left_range.clone().into_buffer_arg(),
                norm,
                elem(&output),
            );
        }
    }
    output
}
