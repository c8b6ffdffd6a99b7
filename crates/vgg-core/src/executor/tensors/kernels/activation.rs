//! Functions of single numbers, as part of other kernels and as one of their own.

use burn_cubecl::cubecl;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::range::{INFINITY, beyond, magnitude, note};
use super::{dims, elem, elements, empty_like, len, position, unit_dim};

/// The formula of an activation, of which each is a shader of its own. `low` and `high` are its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Formula {
    /// `min(max(x, low), high)`: ReLU, ReLU6, and no activation at all.
    Clamp,
    /// `max(x, 0) + low · min(x, 0)`
    Leaky,
    /// `x · σ(x)`
    Silu,
    /// `x · min(max(x + 3, 0), 6) / 6`
    HardSwish,
    /// `min(max(x + 3, 0), 6) / 6`
    HardSigmoid,
    /// `1 / (1 + e^−x)`
    Sigmoid,
}

/// An activation with its numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in super::super) struct Bend {
    pub(super) formula: Formula,
    pub(super) low: f32,
    pub(super) high: f32,
}

impl Bend {
    /// The number itself.
    pub(in super::super) const NONE: Self = Self { formula: Formula::Clamp, low: f32::MIN, high: f32::MAX };

    /// Whether convolutions do it in the same pass.
    pub(in super::super) fn is_clamp(self) -> bool {
        self.formula == Formula::Clamp
    }

    /// What a number is raised to at least and lowered to at most.
    pub(in super::super) fn bounds(self) -> [f32; 2] {
        debug_assert!(self.is_clamp(), "{self:?} has no bounds");
        [self.low, self.high]
    }
}

impl From<graph::Activation> for Bend {
    fn from(activation: graph::Activation) -> Self {
        use graph::Activation as A;
        let plain = |formula| Self { formula, ..Self::NONE };
        match activation {
            A::Relu => Self { low: 0.0, ..Self::NONE },
            A::Clip { lo, hi } => Self { low: lo, high: hi, ..Self::NONE },
            A::LeakyRelu { slope } => Self { low: slope, ..plain(Formula::Leaky) },
            A::Silu => plain(Formula::Silu),
            A::HardSwish => plain(Formula::HardSwish),
            A::HardSigmoid => plain(Formula::HardSigmoid),
            A::Sigmoid => plain(Formula::Sigmoid),
        }
    }
}

/// An activation of a number in float32.
#[cube]
pub(super) fn bent(x: f32, low: f32, high: f32, #[comptime] formula: Formula) -> f32 {
    match comptime!(formula) {
        Formula::Clamp => min(max(x, low), high),
        Formula::Leaky => max(x, 0.0f32) + low * min(x, 0.0f32),
        Formula::Silu => x * sigmoid(x),
        Formula::HardSwish => x * hard_sigmoid(x),
        Formula::HardSigmoid => hard_sigmoid(x),
        Formula::Sigmoid => sigmoid(x),
    }
}

#[cube]
fn hard_sigmoid(x: f32) -> f32 {
    min(max(x + 3.0f32, 0.0f32), 6.0f32) / 6.0f32
}

/// Written so that the power never overflows.
#[cube]
fn sigmoid(x: f32) -> f32 {
    let power = f32::exp(-f32::abs(x));
    select(x >= 0.0f32, 1.0f32, power) / (1.0f32 + power)
}

/// An activation of every value.
#[cube(launch_unchecked)]
fn activate<F: Float>(
    input: &[F],
    output: &mut [F],
    left_range: &mut [f32],
    end: u32,
    low: f32,
    high: f32,
    beyond: u32,
    #[comptime] formula: Formula,
    #[define(F)] _dtype: ElemType,
) {
    let at = position();
    if at < end {
        let x = f32::cast_from(input[at as usize]);
        let y = bent(x, low, high, formula);
        output[at as usize] = F::cast_from(y);
        // Bounds hide what is no number.
        note(left_range, magnitude(x), INFINITY);
        note(left_range, magnitude(y), beyond);
    }
}

pub(super) fn activated(input: CubeTensor, left_range: CubeTensor, bend: Bend) -> CubeTensor {
    let output = empty_like(&input, dims(&input), input.dtype);
    // SAFETY: units beyond the end do nothing, and both maps have one shape.
    unsafe {
        activate::launch_unchecked(
            &output.client,
            elements(len(&output)),
            unit_dim(),
            input.into_buffer_arg(),
            output.clone().into_buffer_arg(),
            left_range.into_buffer_arg(),
            len(&output),
            bend.low,
            bend.high,
            beyond(output.dtype),
            bend.formula,
            elem(&output),
        );
    }
    output
}
