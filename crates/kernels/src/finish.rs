//! The epilogue in the form that the kernels use.

use crate::epilogue::{Activation, Epilogue, Pool};

/// `gain · max(floor, sum + bias)` per channel, then the pool: every epilogue is of this form.
pub(crate) struct Finish {
    /// Per column of a vector: bias, padded with zeros.
    pub(crate) bias: Vec<f32>,
    /// Per column of a vector: factor, padded with zeros.
    pub(crate) gain: Vec<f32>,
    /// 0 for ReLU, −∞ for none.
    pub(crate) floor: f32,
    /// Side of the pooled square: 2, or 1 for no pool.
    pub(crate) pool: usize,
}

impl Finish {
    /// Repeats the channels `pixels` times and pads them to whole vectors.
    pub(crate) fn new(bias: &[f32], epilogue: Epilogue<'_>, pixels: usize, lanes: usize) -> Self {
        let pool = match epilogue.pool() {
            Pool::None => 1,
            Pool::Max2 => 2,
        };
        Self { pool, ..Self::of_activation(bias, epilogue.activation(), pixels, lanes) }
    }

    /// As [`Finish::new`], without a pool.
    pub(crate) fn of_activation(bias: &[f32], activation: Activation<'_>, pixels: usize, lanes: usize) -> Self {
        let floor = if activation == Activation::Linear { f32::NEG_INFINITY } else { 0.0 };
        let gain = match activation {
            Activation::Gain(gains) => gains.repeat(pixels),
            Activation::Linear | Activation::Relu => vec![1.0; bias.len() * pixels],
        };
        let padded = gain.len().next_multiple_of(lanes);
        let pad = |mut values: Vec<f32>| {
            values.resize(padded, 0.0);
            values
        };
        Self { bias: pad(bias.repeat(pixels)), gain: pad(gain), floor, pool: 1 }
    }
}
