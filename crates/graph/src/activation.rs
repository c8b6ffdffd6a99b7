//! Activation functions: what is applied to every number alone.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An activation function. Each variant says its formula, which is PyTorch's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Activation {
    /// `max(x, 0)`
    Relu,
    /// `min(max(x, lo), hi)` with finite `lo < hi`; ReLU6 is `lo = 0`, `hi = 6`. Without an upper bound it is
    /// [`Activation::Relu`].
    Clip {
        /// Lower bound.
        lo: f32,
        /// Upper bound.
        hi: f32,
    },
    /// `x · σ(x)`, also called swish
    Silu,
    /// `x · min(max(x + 3, 0), 6) / 6` (Howard et al. 2019)
    HardSwish,
    /// `min(max(x + 3, 0), 6) / 6`; ONNX's `HardSigmoid` is this only with its alpha at 1/6 and beta at 1/2
    HardSigmoid,
    /// `max(x, 0) + slope · min(x, 0)`
    LeakyRelu {
        /// Slope below 0; finite and at least 0.
        slope: f32,
    },
    /// `σ(x) = 1 / (1 + e^−x)`
    Sigmoid,
}

impl Activation {
    /// ReLU6: `min(max(x, 0), 6)`.
    pub const RELU6: Self = Self::Clip { lo: 0.0, hi: 6.0 };

    /// The function at x, in f64.
    pub fn apply(self, x: f64) -> f64 {
        match self {
            Self::Relu => x.max(0.0),
            Self::Clip { lo, hi } => x.max(lo.into()).min(hi.into()),
            Self::Silu => x * sigmoid(x),
            Self::HardSwish => x * (x + 3.0).clamp(0.0, 6.0) / 6.0,
            Self::HardSigmoid => (x + 3.0).clamp(0.0, 6.0) / 6.0,
            Self::LeakyRelu { slope } => x.max(0.0) + f64::from(slope) * x.min(0.0),
            Self::Sigmoid => sigmoid(x),
        }
    }

    /// Whether `f(s·x) = s·f(x)` for every s ≥ 0, so that a gain may pass through it.
    pub fn is_homogeneous(self) -> bool {
        matches!(self, Self::Relu | Self::LeakyRelu { .. })
    }

    /// What is wrong with the numbers of this activation, if anything: the rule that they break.
    pub(crate) fn flaw(self) -> Option<&'static str> {
        match self {
            Self::Clip { lo, hi } if !(lo.is_finite() && hi.is_finite() && lo < hi) => Some(
                "the bounds must be finite and the lower one below the upper one (without an upper one it is Relu)",
            ),
            Self::LeakyRelu { slope } if !(slope.is_finite() && slope >= 0.0) => {
                Some("the slope must be finite and at least 0")
            }
            _ => None,
        }
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relu => f.write_str("ReLU"),
            Self::Clip { lo: 0.0, hi: 6.0 } => f.write_str("ReLU6"),
            Self::Clip { lo, hi } => write!(f, "a clip to {lo} … {hi}"),
            Self::Silu => f.write_str("SiLU"),
            Self::HardSwish => f.write_str("hard swish"),
            Self::HardSigmoid => f.write_str("hard sigmoid"),
            Self::LeakyRelu { slope } => write!(f, "leaky ReLU of slope {slope}"),
            Self::Sigmoid => f.write_str("sigmoid"),
        }
    }
}

/// Written so that neither branch overflows.
fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let e = x.exp();
        e / (1.0 + e)
    }
}
