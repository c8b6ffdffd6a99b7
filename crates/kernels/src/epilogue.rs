//! What is done to a layer's sums before they are written.

use crate::activation::Activation;
use crate::error::{ShapeError, check_same};
use crate::window::{Rounding, Window};

/// What follows the sums and the bias of a layer in the same pass over its output: `g_c · f(x)` with one gain factor g
/// per output channel. The gain stands outside of the function: `Clip` at 6 with a gain of 2 reaches 12.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epilogue<'a> {
    /// The function f.
    pub activation: Activation,
    /// The factors g, one per output channel; none are all 1.
    pub gain: Option<&'a [f32]>,
}

/// Whether the output keeps its size or is pooled in the same pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    /// Every pixel is kept.
    None,
    /// 2×2 max-pool of stride 2; an odd last row or column is dropped.
    Max2,
}

impl<'a> Epilogue<'a> {
    /// The sums as they are.
    pub const LINEAR: Epilogue<'static> = Epilogue { activation: Activation::Linear, gain: None };
    /// `max(0, x)`.
    pub const RELU: Epilogue<'static> = Epilogue { activation: Activation::Relu, gain: None };

    /// The same function with other factors: `Epilogue::RELU.gain(&factors)`.
    pub fn gain(self, factors: &'a [f32]) -> Self {
        Self { gain: Some(factors), ..self }
    }

    pub(crate) fn check(self, channels: usize) -> Result<(), ShapeError> {
        self.activation.check()?;
        self.gain.map_or(Ok(()), |gains| check_same("the number of gain factors", channels, gains.len()))
    }
}

impl From<Activation> for Epilogue<'static> {
    fn from(activation: Activation) -> Self {
        Self { activation, gain: None }
    }
}

impl Pool {
    /// The pool as a window.
    pub(crate) const MAX2: Window = Window::square(2).stride(2);

    /// Height and width after the pool.
    ///
    /// # Errors
    /// If a pooled map is smaller than 2×2.
    pub(crate) fn output_size(self, size: [usize; 2]) -> Result<[usize; 2], ShapeError> {
        match self {
            Self::None => Ok(size),
            Self::Max2 => Self::MAX2.output_size(size, Rounding::Floor),
        }
    }

    /// Side of the pooled square.
    pub(crate) fn side(self) -> usize {
        match self {
            Self::None => 1,
            Self::Max2 => 2,
        }
    }
}
