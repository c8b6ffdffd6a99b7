//! The epilogue in the form that the kernels use.

use crate::kernel::Range;

/// `gain · clip(sum + bias)` per channel, then the pool.
pub(crate) struct Finish {
    /// Per column of a vector: bias, padded with zeros.
    pub(crate) bias: Vec<f32>,
    /// Per column of a vector: factor, padded with zeros.
    pub(crate) gain: Vec<f32>,
    /// What values are clipped to before the gain.
    pub(crate) range: Range,
    /// Side of the pooled square: 2, or 1 for no pool.
    pub(crate) pool: usize,
}

impl Finish {
    /// Repeats the channels `pixels` times and pads them to whole vectors.
    pub(crate) fn new(
        bias: &[f32],
        gain: Option<&[f32]>,
        range: Range,
        pool: usize,
        pixels: usize,
        lanes: usize,
    ) -> Self {
        let gain = gain.map_or_else(|| vec![1.0; bias.len() * pixels], |gains| gains.repeat(pixels));
        let padded = gain.len().next_multiple_of(lanes);
        let pad = |mut values: Vec<f32>| {
            values.resize(padded, 0.0);
            values
        };
        Self { bias: pad(bias.repeat(pixels)), gain: pad(gain), range, pool }
    }
}
