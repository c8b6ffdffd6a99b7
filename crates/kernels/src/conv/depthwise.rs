//! The depthwise convolution: every input channel has kernels of its own, and every output channel reads one input.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::Task;
use super::patch::Patch;
use super::plan::rows_per_block;
use crate::finish::Finish;
use crate::kernel::{DepthwiseRows, Engine, convolve_rows};
use crate::packed::Packed;
use crate::scratch::{Buffer, with_scratch};
use crate::window::Window;

/// Kernels of a depthwise convolution, `[tap][channels padded to whole vectors]`.
pub(crate) struct DepthwiseWeights {
    packed: Packed,
    channels: usize,
    /// Output channels of each input channel.
    multiplier: usize,
}

impl DepthwiseWeights {
    /// Packs a kernel `[channels, 1, height, width]`.
    pub(crate) fn new(engine: Engine, kernel: &[f32], channels: usize, multiplier: usize, window: &Window) -> Self {
        let (taps, padded) = (window.taps(), channels.next_multiple_of(engine.lanes));
        let mut packed = Packed::zeros(taps * padded);
        for (tap, target) in packed.values_mut().chunks_exact_mut(padded).enumerate() {
            target.iter_mut().zip(kernel[tap..].iter().step_by(taps)).for_each(|(target, &weight)| *target = weight);
        }
        Self { packed, channels, multiplier }
    }
}

/// Convolves all pictures and writes the finished maps to `output`, `[pictures, height, width, channels]`.
pub(super) fn convolve(task: &Task<'_>, weights: &DepthwiseWeights, finish: &Finish, output: &mut [f32]) {
    let (input, [height, width]) = (task.input, task.size);
    let row_len = width * weights.channels;
    let line = (width - 1) * task.window.stride[1] + task.window.extent(1);
    let row_bytes = 4 * (line * task.window.stride[0] * finish.bias.len() + row_len);
    let rows = rows_per_block(height, input.pictures(), row_bytes, 1, rayon::current_num_threads());
    let pictures = output.par_chunks_exact_mut(height * row_len);
    pictures.zip(input.data().par_chunks_exact(input.picture_len())).for_each(|(output, picture)| {
        output.par_chunks_mut(rows * row_len).enumerate().for_each(|(block, output)| {
            with_scratch(|scratch| {
                let (strip, top) = (&mut scratch.strip, block * rows);
                task.engine.run(Block { task, weights, finish, picture, line, top, output, strip });
            });
        });
    });
}

/// Some rows of one picture.
struct Block<'a, 'o> {
    task: &'a Task<'a>,
    weights: &'a DepthwiseWeights,
    finish: &'a Finish,
    picture: &'a [f32],
    /// Pixels of a padded row.
    line: usize,
    /// First row of output pixels.
    top: usize,
    output: &'o mut [f32],
    strip: &'o mut Buffer,
}

impl WithSimd for Block<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { task, weights, finish, line, output, .. } = self;
        let Window { kernel, stride, dilation, .. } = *task.window;
        let rows = output.len() / (task.size[1] * weights.channels);
        let lines = (rows - 1) * stride[0] + task.window.extent(0);
        let above = (self.top * stride[0]) as isize - task.window.padding[0] as isize;
        let shape = [task.input.height(), task.input.width(), task.input.channels()];
        let left = -(task.window.padding[1] as isize);
        let patch = Patch { picture: self.picture, shape, top: above, left, columns: line };
        let strip = if weights.multiplier == 1 && weights.channels.is_multiple_of(S::F32_LANES) {
            patch.copy(lines, self.strip)
        } else {
            spread(patch, lines, weights, S::F32_LANES, self.strip)
        };
        let (width, channels, range) = (task.size[1], weights.channels, finish.range);
        let (weights, bias, gain) = (weights.packed.values(), &finish.bias[..], &finish.gain[..]);
        let rows = DepthwiseRows { strip, line, weights, kernel, stride, dilation, channels, width, bias, gain, range };
        convolve_rows(simd, &rows, output);
    }
}

/// Copies a patch so that every output channel has its input in its place, padded to whole vectors.
#[inline(always)]
fn spread<'s>(
    patch: Patch<'_>,
    lines: usize,
    weights: &DepthwiseWeights,
    lanes: usize,
    strip: &'s mut Buffer,
) -> &'s [f32] {
    let padded = weights.channels.next_multiple_of(lanes);
    let strip = strip.get(lines * patch.columns * padded);
    strip.fill(0.0);
    for (y, target) in strip.chunks_exact_mut(patch.columns * padded).enumerate() {
        let (skipped, pixels) = patch.row(y);
        let targets = target[skipped * padded..].chunks_exact_mut(padded);
        for (target, pixel) in targets.zip(pixels.chunks_exact(patch.shape[2])) {
            if weights.multiplier == 1 {
                target[..pixel.len()].copy_from_slice(pixel);
            } else {
                for (outputs, &value) in target[..weights.channels].chunks_exact_mut(weights.multiplier).zip(pixel) {
                    outputs.fill(value);
                }
            }
        }
    }
    strip
}
