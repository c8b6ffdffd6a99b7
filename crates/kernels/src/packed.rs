//! Matrices packed for the products: panels of one or two vectors of columns.

use crate::kernel::{Engine, Source};
use crate::scratch::Buffer;

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

    /// Where a product finds these weights.
    pub(crate) fn source(&self) -> Source {
        if self.len * size_of::<f32>() > CACHED { Source::Memory } else { Source::Cache }
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
