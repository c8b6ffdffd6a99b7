//! Kernels packed for the matrix products: panels of one or two vectors of output channels.

use rayon::prelude::*;

use crate::kernel::{Engine, Source};
use crate::points::{transformed_weight, weight_transform};
use crate::scratch::Buffer;

/// Positions of a 6×6 tile.
pub(crate) const POSITIONS: usize = 36;

/// Bytes of weights that stay in a second-level cache beside the data.
const CACHED: usize = 1 << 20;

/// The panels that cover `channels` columns, as (first column, columns): two vectors each, the last perhaps one.
pub(crate) fn panels(engine: Engine, channels: usize) -> impl Iterator<Item = (usize, usize)> {
    let padded = channels.next_multiple_of(engine.lanes);
    (0..padded).step_by(engine.panel()).map(move |first| (first, (padded - first).min(engine.panel())))
}

/// A packed matrix, aligned to cache lines.
pub(crate) struct Packed {
    buffer: Buffer,
    len: usize,
}

impl Packed {
    pub(crate) fn zeros(len: usize) -> Self {
        let mut buffer = Buffer::default();
        buffer.get(len);
        Self { buffer, len }
    }

    pub(crate) fn values(&self) -> &[f32] {
        self.buffer.peek(self.len)
    }

    pub(crate) fn values_mut(&mut self) -> &mut [f32] {
        self.buffer.get(self.len)
    }
}

/// Copies the chosen rows of every panel: panels of `[inputs][columns]` lie one after the other in `source`.
pub(crate) fn gather_rows(
    source: &[f32],
    inputs: usize,
    panels: impl Iterator<Item = (usize, usize)>,
    chosen: &[usize],
    target: &mut [f32],
) {
    for (first, columns) in panels {
        let panel = &source[first * inputs..(first + columns) * inputs];
        let rows = target[first * chosen.len()..].chunks_exact_mut(columns);
        for (&input, row) in chosen.iter().zip(rows) {
            row.copy_from_slice(&panel[input * columns..(input + 1) * columns]);
        }
    }
}

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
        if self.packed.len * size_of::<f32>() > CACHED { Source::Memory } else { Source::Cache }
    }

    /// The panel that starts at column `first` of a position: `[input channel][columns]`.
    pub(crate) fn panel(&self, channels_in: usize, position: usize, (first, columns): (usize, usize)) -> &[f32] {
        let start = position * self.position_stride + first * channels_in;
        &self.packed.values()[start..start + columns * channels_in]
    }
}

/// Weights of the direct kernel: `[panel][kernel row][kernel column][input channel][columns of the panel]`.
///
/// Where a vector is at least twice as long as the output channels, it holds `pixels` neighbouring pixels: the kernel
/// becomes `pixels + 2` columns wide, with a pixel's own three columns in its part of the vector and zeros elsewhere.
pub(crate) struct RowWeights {
    packed: Packed,
    /// Neighbouring pixels in one row of the product.
    pub(crate) pixels: usize,
}

impl RowWeights {
    /// Packs a kernel `[out, in, 3, 3]`.
    pub(crate) fn new(engine: Engine, kernel: &[f32], channels_out: usize, channels_in: usize) -> Self {
        let pixels = pixels_per_vector(engine.lanes, channels_out);
        let steps = 3 * (pixels + 2) * channels_in;
        let mut packed = Packed::zeros(steps * (pixels * channels_out).next_multiple_of(engine.lanes));
        let target = packed.values_mut();
        for (first, columns) in panels(engine, pixels * channels_out) {
            for column in first..(pixels * channels_out).min(first + columns) {
                let (pixel, output) = (column / channels_out, column % channels_out);
                for (tap, input) in (0..9).flat_map(|tap| (0..channels_in).map(move |input| (tap, input))) {
                    let step = (tap / 3 * (pixels + 2) + tap % 3 + pixel) * channels_in + input;
                    target[first * steps + step * columns + column - first] =
                        kernel[(output * channels_in + input) * 9 + tap];
                }
            }
        }
        Self { packed, pixels }
    }

    /// The panel that starts at column `first`.
    pub(crate) fn panel(&self, channels_in: usize, (first, columns): (usize, usize)) -> &[f32] {
        let steps = 3 * (self.pixels + 2) * channels_in;
        &self.packed.values()[first * steps..(first + columns) * steps]
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
