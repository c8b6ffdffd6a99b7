//! What a node of the graph does, as plain numbers; the weights themselves are in [`crate::Weights`].
//!
//! There is no batch normalisation, because [`crate::BatchNorm`] folds it into the weights before, and no dropout,
//! because it does nothing outside of training.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Activation, Shape};

/// An operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Op {
    /// The picture.
    Input(Shape),
    /// A convolution, depthwise and grouped ones included.
    Conv(Conv),
    /// A dense layer on a vector.
    Dense(Dense),
    /// The sum of two or more values of one shape.
    Add,
    /// The product of two values of one shape, or of maps and one factor per channel (a vector, as in
    /// squeeze-and-excitation).
    Multiply,
    /// One or more values of one height and width, one after the other along the channels.
    Concat,
    /// Maximum in a window; padding is never the maximum.
    MaxPool(MaxPool),
    /// Mean of a window.
    AveragePool(AveragePool),
    /// Mean of every map: `[C, H, W]` → `[C, 1, 1]`.
    GlobalAverage,
    /// A function of every number.
    Activation(Activation),
    /// Local response normalisation across channels.
    Lrn(Lrn),
    /// Maps as one vector, channel first: `channel × row × column`.
    Flatten,
}

/// A convolution (cross-correlation, as everywhere in this field).
///
/// # Shapes
/// Kernel `[outputs, inputs / groups, kernel height, kernel width]`, bias `[outputs]`. Output channel o belongs to
/// group `o / (outputs / groups)` and reads that contiguous part of the input channels alone; a depthwise convolution
/// has as many groups as inputs. A side of the output is
/// `⌊(side + padding − dilation · (kernel − 1) − 1) / stride⌋ + 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conv {
    /// Output channels.
    pub outputs: usize,
    /// Height and width of the kernel.
    pub kernel: [usize; 2],
    /// Vertical and horizontal step.
    pub stride: [usize; 2],
    /// Zeros at the top, left, bottom and right (the order of ONNX's `pads`).
    pub padding: [usize; 4],
    /// Vertical and horizontal distance of the kernel's taps; 1 is an ordinary kernel.
    pub dilation: [usize; 2],
    /// Groups of channels that do not see one another.
    pub groups: usize,
    /// Whether a bias is added.
    pub bias: bool,
}

impl Conv {
    /// A convolution with a square kernel, stride 1, no padding, one group, and a bias.
    pub const fn square(outputs: usize, side: usize) -> Self {
        Self { outputs, kernel: [side; 2], stride: [1; 2], padding: [0; 4], dilation: [1; 2], groups: 1, bias: true }
    }

    /// The same with another step in both directions.
    #[must_use]
    pub const fn stride(self, stride: usize) -> Self {
        Self { stride: [stride; 2], ..self }
    }

    /// The same with as many zeros on all four sides.
    #[must_use]
    pub const fn padding(self, padding: usize) -> Self {
        Self { padding: [padding; 4], ..self }
    }

    /// The same in groups.
    #[must_use]
    pub const fn groups(self, groups: usize) -> Self {
        Self { groups, ..self }
    }
}

/// A dense layer: `y = W·x + b`.
///
/// # Shapes
/// Input `[inputs, 1, 1]`, matrix `[outputs, inputs]`, bias `[outputs]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dense {
    /// Output units.
    pub outputs: usize,
    /// Whether a bias is added.
    pub bias: bool,
}

/// The windows of a pool. A side of the output is `(side + padding − extent) / stride + 1`, rounded down, or with
/// `ceil` up; then a last window that would start behind the input and the padding before it is dropped (PyTorch's
/// `pooling_output_shape`, ONNX from operator set 22 on).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Height and width.
    pub kernel: [usize; 2],
    /// Vertical and horizontal step.
    pub stride: [usize; 2],
    /// Padding at the top, left, bottom and right.
    pub padding: [usize; 4],
    /// Whether the number of windows is rounded up.
    pub ceil: bool,
}

impl Window {
    /// A square window without padding, rounded down.
    pub const fn square(side: usize, stride: usize) -> Self {
        Self { kernel: [side; 2], stride: [stride; 2], padding: [0; 4], ceil: false }
    }
}

/// A max-pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaxPool {
    /// The windows.
    pub window: Window,
    /// Vertical and horizontal distance of a window's taps.
    pub dilation: [usize; 2],
}

impl MaxPool {
    /// A max-pool with ordinary taps.
    pub const fn new(window: Window) -> Self {
        Self { window, dilation: [1; 2] }
    }
}

/// An average pool: the sum of a window divided by a count of its positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AveragePool {
    /// The windows.
    pub window: Window,
    /// Whether positions in the padding count; those beyond the padding, which only `ceil` reaches, never do.
    pub count_include_pad: bool,
}

/// Local response normalisation: `y_c = x_c / (k + α/n · Σ x_j²)^β` with j from `c − below` to `c + above`, as far as
/// there are channels, and n = below + above + 1 always (Krizhevsky et al. 2012 without the division; Caffe, MATLAB,
/// PyTorch, ONNX with it).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lrn {
    /// Channels below c in its window.
    pub below: usize,
    /// Channels above c in its window.
    pub above: usize,
    /// α, at least 0.
    pub alpha: f32,
    /// β, at least 0.
    pub beta: f32,
    /// k, above 0.
    pub k: f32,
}

impl Lrn {
    /// PyTorch's window of `size` channels: `c − ⌊n/2⌋ … c + ⌊(n−1)/2⌋`. A size of 0 counts as 1.
    pub const fn pytorch(size: usize, alpha: f32, beta: f32, k: f32) -> Self {
        Self { below: size / 2, above: size.saturating_sub(1) / 2, alpha, beta, k }
    }

    /// ONNX's window: `c − ⌊(n−1)/2⌋ … c + ⌈(n−1)/2⌉`; for odd sizes the same as PyTorch's.
    pub const fn onnx(size: usize, alpha: f32, beta: f32, bias: f32) -> Self {
        Self { below: size.saturating_sub(1) / 2, above: size / 2, alpha, beta, k: bias }
    }

    /// Channels in the window, n.
    pub const fn size(&self) -> usize {
        self.below.saturating_add(self.above).saturating_add(1)
    }
}

impl Op {
    /// The fewest and the most values that the operation reads.
    pub(crate) fn arity(&self) -> (usize, usize) {
        match self {
            Self::Input(_) => (0, 0),
            Self::Add => (2, usize::MAX),
            Self::Multiply => (2, 2),
            Self::Concat => (1, usize::MAX),
            _ => (1, 1),
        }
    }

    /// Whether the order of the inputs is of no consequence.
    pub(crate) fn is_commutative(&self) -> bool {
        matches!(self, Self::Add | Self::Multiply)
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(shape) => write!(f, "an input of {shape}"),
            Self::Conv(conv) => write!(f, "a {}×{} convolution", conv.kernel[0], conv.kernel[1]),
            Self::Dense(dense) => write!(f, "a dense layer of {} units", dense.outputs),
            Self::Add => f.write_str("a sum"),
            Self::Multiply => f.write_str("a product"),
            Self::Concat => f.write_str("a concatenation"),
            Self::MaxPool(MaxPool { window, .. }) => write!(f, "a {}×{} max-pool", window.kernel[0], window.kernel[1]),
            Self::AveragePool(AveragePool { window, .. }) => {
                write!(f, "a {}×{} average pool", window.kernel[0], window.kernel[1])
            }
            Self::GlobalAverage => f.write_str("a global average"),
            Self::Activation(activation) => activation.fmt(f),
            Self::Lrn(_) => f.write_str("a local response normalisation"),
            Self::Flatten => f.write_str("a flattening"),
        }
    }
}
