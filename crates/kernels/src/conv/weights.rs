//! Kernels of convolutions packed for the matrix products.

use rayon::prelude::*;

use crate::kernel::{Engine, Source};
use crate::packed::{Packed, gather_rows, panels};
use crate::points::{transformed_weight, weight_transform};
use crate::window::Window;

/// Positions of a 6×6 tile.
pub(crate) const POSITIONS: usize = 36;

/// Winograd weights: `[36][panel][input channel][columns of the panel]`.
pub(crate) struct TileWeights {
    packed: Packed,
    pub(crate) position_stride: usize,
}

impl TileWeights {
    /// Transforms a kernel `[out, in, 3, 3]`.
    pub(crate) fn new(engine: Engine, kernel: &[f32], channels_out: usize, channels_in: usize) -> Self {
        let rows = weight_transform();
        let mut weights = Self::zeros(engine, channels_out, channels_in);
        let stride = weights.position_stride;
        weights.packed.values_mut().par_chunks_exact_mut(stride).enumerate().for_each(|(position, target)| {
            let (row, column) = (&rows[position / 6], &rows[position % 6]);
            for (first, columns) in panels(engine, channels_out) {
                let panel = &mut target[first * channels_in..(first + columns) * channels_in];
                for output in first..channels_out.min(first + columns) {
                    let filters = kernel[output * channels_in * 9..(output + 1) * channels_in * 9].chunks_exact(9);
                    for (input, filter) in filters.enumerate() {
                        panel[input * columns + output - first] = transformed_weight(row, column, filter);
                    }
                }
            }
        });
        weights
    }

    fn zeros(engine: Engine, channels_out: usize, channels_in: usize) -> Self {
        let position_stride = channels_in * channels_out.next_multiple_of(engine.lanes);
        Self { packed: Packed::zeros(POSITIONS * position_stride), position_stride }
    }

    /// The weights of the chosen input channels.
    pub(crate) fn restrict(&self, engine: Engine, channels_out: usize, channels_in: usize, chosen: &[usize]) -> Self {
        let mut weights = Self::zeros(engine, channels_out, chosen.len());
        let stride = weights.position_stride;
        let sources = self.packed.values().chunks_exact(self.position_stride);
        for (target, source) in weights.packed.values_mut().chunks_exact_mut(stride).zip(sources) {
            gather_rows(source, channels_in, panels(engine, channels_out), chosen, target);
        }
        weights
    }

    /// Whether the weights of all positions together stay in a second-level cache.
    pub(crate) fn source(&self) -> Source {
        self.packed.source()
    }

    /// The panel that starts at column `first` of a position: `[input channel][columns]`.
    pub(crate) fn panel(&self, channels_in: usize, position: usize, (first, columns): (usize, usize)) -> &[f32] {
        let start = position * self.position_stride + first * channels_in;
        &self.packed.values()[start..start + columns * channels_in]
    }
}

/// Weights of the direct product: `[panel][segment][step][columns of the panel]`.
///
/// A segment is what of a window lies side by side in memory: the pixels under a row of the kernel, or, where the taps of
/// a row are dilated, a single pixel. Where a vector is at least twice as long as the output channels, it holds `pixels`
/// neighbouring pixels: a segment is as wide as their windows together, with a pixel's own taps in its part of the
/// vector and zeros elsewhere.
pub(crate) struct DirectWeights {
    packed: Packed,
    /// Neighbouring pixels in one row of the product.
    pub(crate) pixels: usize,
    /// Segments of a window.
    pub(crate) segments: usize,
    /// Values of the input in a segment.
    pub(crate) depth: usize,
}

impl DirectWeights {
    /// Packs a kernel `[out, in, height, width]`.
    pub(crate) fn new(
        engine: Engine,
        kernel: &[f32],
        channels_out: usize,
        channels_in: usize,
        window: &Window,
    ) -> Self {
        let [height, width] = window.kernel;
        let pixels = if window.dilation[1] > 1 || window.taps() == 1 {
            1
        } else {
            pixels_per_vector(engine.lanes, channels_out)
        };
        let (segments, pixels_wide) = if window.dilation[1] > 1 {
            (height * width, 1)
        } else {
            (height, (pixels - 1) * window.stride[1] + width)
        };
        let depth = pixels_wide * channels_in;
        let steps = segments * depth;
        let mut packed = Packed::zeros(steps * (pixels * channels_out).next_multiple_of(engine.lanes));
        let target = packed.values_mut();
        for (first, columns) in panels(engine, pixels * channels_out) {
            for column in first..(pixels * channels_out).min(first + columns) {
                let (pixel, output) = (column / channels_out, column % channels_out);
                let filter = &kernel[output * channels_in * height * width..];
                for tap in 0..height * width {
                    let place = if segments == height { tap / width * pixels_wide + tap % width } else { tap };
                    let step = (place + pixel * window.stride[1]) * channels_in;
                    for input in 0..channels_in {
                        target[first * steps + (step + input) * columns + column - first] =
                            filter[input * height * width + tap];
                    }
                }
            }
        }
        Self { packed, pixels, segments, depth }
    }

    /// The panel that starts at column `first`.
    pub(crate) fn panel(&self, (first, columns): (usize, usize)) -> &[f32] {
        let steps = self.segments * self.depth;
        &self.packed.values()[first * steps..(first + columns) * steps]
    }

    /// Whether all weights together stay in a second-level cache.
    pub(crate) fn source(&self) -> Source {
        self.packed.source()
    }
}

/// How many pixels share a vector: 4, 2 or 1.
fn pixels_per_vector(lanes: usize, channels: usize) -> usize {
    match lanes / channels {
        0 | 1 => 1,
        2 | 3 => 2,
        _ => 4,
    }
}
