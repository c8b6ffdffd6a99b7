//! Functions of single values that follow a layer.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::error::{ShapeError, check_parameter};
use crate::kernel::{Engine, Range};
use crate::maps::Maps;

/// What is applied to every value of a layer. NaN stays NaN in all of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// `x`.
    Linear,
    /// `max(0, x)`.
    Relu,
    /// `min(max(x, low), high)`; ReLU6 is `Clip { low: 0.0, high: 6.0 }`. Either bound may be infinite.
    Clip {
        /// Smallest result.
        low: f32,
        /// Largest result.
        high: f32,
    },
    /// `x` where x ≥ 0, else `slope · x`.
    LeakyRelu {
        /// Factor of negative values.
        slope: f32,
    },
    /// `1 / (1 + e⁻ˣ)`.
    Sigmoid,
    /// `x / (1 + e⁻ˣ)`, also called swish.
    Silu,
    /// `min(max(slope · x + offset, 0), 1)`: PyTorch's slope is 1/6, ONNX's default 0.2; the offset is 0.5 in both.
    HardSigmoid {
        /// Factor of x.
        slope: f32,
        /// Value at 0.
        offset: f32,
    },
    /// `x · min(max(x / 6 + 0.5, 0), 1)`.
    HardSwish,
}

impl Activation {
    /// Applies the function to every value, in place.
    ///
    /// # Errors
    /// If the bounds of a clip are NaN or in the wrong order, or another parameter is not finite.
    pub fn apply(self, maps: &mut Maps) -> Result<(), ShapeError> {
        self.check()?;
        self.apply_to(maps.data_mut());
        Ok(())
    }

    pub(crate) fn check(self) -> Result<(), ShapeError> {
        match self {
            Self::Clip { low, high } => {
                check_parameter("the range of a clip", [low, high], low <= high, "from a number to one not below it")
            }
            Self::LeakyRelu { slope } => {
                check_parameter("the slope of a leaky ReLU", slope, slope.is_finite(), "finite")
            }
            Self::HardSigmoid { slope, offset } => {
                let finite = slope.is_finite() && offset.is_finite();
                check_parameter("slope and offset of a hard sigmoid", [slope, offset], finite, "finite")
            }
            Self::Linear | Self::Relu | Self::Sigmoid | Self::Silu | Self::HardSwish => Ok(()),
        }
    }

    /// The function as a clip, if it is one: then kernels apply it to their sums.
    pub(crate) fn range(self) -> Option<Range> {
        match self {
            Self::Linear => Some(Range { low: f32::NEG_INFINITY, high: f32::INFINITY }),
            Self::Relu => Some(Range { low: 0.0, high: f32::INFINITY }),
            Self::Clip { low, high } => Some(Range { low, high }),
            _ => None,
        }
    }

    pub(crate) fn apply_to(self, values: &mut [f32]) {
        if self != Self::Linear {
            let engine = Engine::detect();
            values.par_chunks_mut(CHUNK).for_each(|values| engine.run(Apply { activation: self, values }));
        }
    }

    /// Applies the function to a part of the values; compiled for the instruction set of the caller.
    #[inline(always)]
    pub(crate) fn apply_here(self, values: &mut [f32]) {
        // The function is chosen outside of the loop, so that each loop becomes vector instructions.
        match self {
            Self::Linear => {}
            Self::Relu => values.iter_mut().for_each(|value| *value = rectify(*value)),
            Self::Clip { low, high } => values.iter_mut().for_each(|value| *value = clip(*value, low, high)),
            Self::LeakyRelu { slope } => {
                values.iter_mut().for_each(|value| *value = if *value < 0.0 { slope * *value } else { *value });
            }
            Self::Sigmoid => values.iter_mut().for_each(|value| *value = sigmoid(*value)),
            Self::Silu => values.iter_mut().for_each(|value| *value *= sigmoid(*value)),
            Self::HardSigmoid { slope, offset } => {
                values.iter_mut().for_each(|value| *value = clip(slope * *value + offset, 0.0, 1.0));
            }
            Self::HardSwish => {
                values.iter_mut().for_each(|value| *value *= clip(*value * (1.0 / 6.0) + 0.5, 0.0, 1.0));
            }
        }
    }
}

/// Values handled at a time by one thread: 64 KiB, which stays in a first- or second-level cache.
pub(crate) const CHUNK: usize = 1 << 14;

struct Apply<'a> {
    activation: Activation,
    values: &'a mut [f32],
}

impl WithSimd for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.activation.apply_here(self.values);
    }
}

/// `max(0, x)`, but NaN stays NaN so that a broken input is seen.
#[inline(always)]
pub(crate) fn rectify(value: f32) -> f32 {
    if value < 0.0 { 0.0 } else { value }
}

#[inline(always)]
pub(crate) fn clip(value: f32, low: f32, high: f32) -> f32 {
    let raised = if value < low { low } else { value };
    if raised > high { high } else { raised }
}

#[inline(always)]
fn sigmoid(value: f32) -> f32 {
    let small = exp_of_negative(-value.abs());
    let numerator = if value < 0.0 { small } else { 1.0 };
    numerator / (1.0 + small)
}

/// eˣ for x ≤ 0, within two rounding units down to e⁻⁸⁷ (10⁻³⁸), and 0 below.
///
/// The system's own function would give other bits on other systems, and no vector instructions. Coefficients: Cephes'
/// `expf` (Moshier 1989).
#[inline(always)]
fn exp_of_negative(x: f32) -> f32 {
    /// 1.5 · 2²³: a sum with it is rounded to an integer, which then stands in its low bits.
    const SHIFT: f32 = 12_582_912.0;
    let shifted = x * std::f32::consts::LOG2_E + SHIFT;
    let power = shifted - SHIFT;
    // ln 2 in two parts, the first of which has few enough digits for an exact product.
    let r = x - power * 0.693_359_4 + power * 2.121_944_4e-4;
    let series = [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5];
    let polynomial = series.iter().fold(1.987_569_1e-4, |sum, coefficient| sum * r + coefficient);
    let fraction = polynomial * (r * r) + r + 1.0;
    let result = fraction * f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0f32.to_bits()));
    if x < -87.0 { 0.0 } else { result }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::reference::{activate, noise};

    /// All functions, with parameters that differ from every default.
    const ALL: [Activation; 9] = [
        Activation::Linear,
        Activation::Relu,
        Activation::Clip { low: -0.5, high: 6.0 },
        Activation::Clip { low: f32::NEG_INFINITY, high: 1.0 },
        Activation::LeakyRelu { slope: 0.02 },
        Activation::Sigmoid,
        Activation::Silu,
        Activation::HardSigmoid { slope: 0.25, offset: 0.4 },
        Activation::HardSwish,
    ];

    fn apply(engine: Engine, activation: Activation, values: &[f32]) -> Vec<f32> {
        let mut values = values.to_vec();
        engine.run(Apply { activation, values: &mut values });
        values
    }

    #[test]
    fn every_function_agrees_with_its_definition() {
        let wide: Vec<f32> = noise(1, 4099).iter().map(|value| 20.0 * value).collect();
        let far = [0.0, -0.0, 100.0, -100.0, 1e30, -1e30, 6.0, -3.0, 3.0];
        for engine in Engine::all() {
            for activation in ALL {
                for values in [&wide[..], &far] {
                    for (value, found) in values.iter().zip(apply(engine, activation, values)) {
                        let truth = activate(f64::from(*value), activation);
                        let error = (f64::from(found) - truth).abs();
                        // Near their zeros the hard functions are differences of larger numbers.
                        let hard = matches!(activation, Activation::HardSigmoid { .. } | Activation::HardSwish);
                        let least = if hard { 1e-6 } else { 1e-36 };
                        assert!(error <= 3e-7 * truth.abs() + least, "{activation:?}({value}) = {found}, {engine:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn not_a_number_is_never_hidden() {
        for engine in Engine::all() {
            for activation in ALL {
                let found = apply(engine, activation, &[f32::NAN; 37]);
                assert!(found.iter().all(|value| value.is_nan()), "{activation:?}, {engine:?}");
            }
        }
    }

    #[test]
    fn every_instruction_set_gives_the_same_bits() {
        let values: Vec<f32> = noise(2, 1000).iter().map(|value| 30.0 * value).collect();
        for activation in ALL {
            let all: Vec<Vec<f32>> =
                Engine::all().into_iter().map(|engine| apply(engine, activation, &values)).collect();
            assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{activation:?}");
        }
    }

    #[test]
    fn bad_parameters_are_refused() {
        let mut maps = Maps::zeros(1, 1, 1, 1).unwrap();
        let mut refused = |activation: Activation| activation.apply(&mut maps).unwrap_err().to_string();
        assert!(refused(Activation::Clip { low: 1.0, high: 0.0 }).contains("[1.0, 0.0]"));
        assert!(refused(Activation::Clip { low: f32::NAN, high: 0.0 }).contains("NaN"));
        assert!(refused(Activation::LeakyRelu { slope: f32::INFINITY }).contains("inf"));
    }
}
