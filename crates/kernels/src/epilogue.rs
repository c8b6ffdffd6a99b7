//! What is done to a layer's sums before they are written.

use crate::error::{ShapeError, check_same};

/// What follows a convolution `W∗x + b` in the same pass over its output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Epilogue<'a> {
    /// `W∗x + b` as it is.
    PreActivation,
    /// `max(0, W∗x + b)`.
    Relu,
    /// ReLU, then 2×2 max-pool of stride 2; an odd last row or column is dropped.
    ReluPool,
    /// `g_c · max(0, W∗x + b)` with one factor per output channel.
    Gain(&'a [f32]),
    /// `g_c · max(0, W∗x + b)`, then 2×2 max-pool of stride 2; an odd last row or column is dropped.
    GainPool(&'a [f32]),
}

/// What follows a dense layer `x·W + b`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation<'a> {
    /// `x·W + b` as it is.
    Linear,
    /// `max(0, x·W + b)`.
    Relu,
    /// `g_j · max(0, x·W + b)` with one factor per output.
    Gain(&'a [f32]),
}

/// Whether the output keeps its size or is pooled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    /// Every pixel is kept.
    None,
    /// 2×2 max-pool of stride 2; an odd last row or column is dropped.
    Max2,
}

impl<'a> Epilogue<'a> {
    pub(crate) fn activation(self) -> Activation<'a> {
        match self {
            Self::PreActivation => Activation::Linear,
            Self::Relu | Self::ReluPool => Activation::Relu,
            Self::Gain(gains) | Self::GainPool(gains) => Activation::Gain(gains),
        }
    }

    pub(crate) fn pool(self) -> Pool {
        match self {
            Self::PreActivation | Self::Relu | Self::Gain(_) => Pool::None,
            Self::ReluPool | Self::GainPool(_) => Pool::Max2,
        }
    }
}

impl Activation<'_> {
    pub(crate) fn check(self, channels: usize) -> Result<(), ShapeError> {
        match self {
            Self::Gain(gains) => check_same("the number of gain factors", channels, gains.len()),
            Self::Linear | Self::Relu => Ok(()),
        }
    }
}

impl Pool {
    /// Height and width after the pool.
    ///
    /// # Errors
    /// If a pooled map is smaller than 2×2.
    pub(crate) fn output_size(self, height: usize, width: usize) -> Result<(usize, usize), ShapeError> {
        match self {
            Self::None => Ok((height, width)),
            Self::Max2 if height < 2 || width < 2 => Err(ShapeError::TooSmallToPool { height, width }),
            Self::Max2 => Ok((height / 2, width / 2)),
        }
    }
}
