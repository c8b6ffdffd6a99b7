//! Numbers that leave the range of their type, looked for where they arise.
//!
//! Beyond the range a number becomes infinite, and the next sum may make of two infinities what is no number at all. The
//! rectifier that follows hides it: the greater of 0 and no number is 0, on the CPU as on GPUs. So nothing of this shows in
//! the features, which would be plausible and wrong, and results must not be read once it has happened.

use graph::Parameters;
use ndarray::Array2;
use rayon::prelude::*;

use super::ComputeError;
use crate::device::{Cause, Precision};

/// The largest share of float32's range that sums of a layer may take. The transforms of a Winograd tile multiply by less
/// than 4,000 before they divide again (with the points of the `kernels` crate: 28 by the input's, 1.9 by the weights',
/// 68 by the output's).
const SHARE: f64 = 1e-5;
/// Values that a thread looks at together.
const PORTION: usize = 1 << 16;

/// The largest magnitude of the input of a convolution or dense layer with which all its sums stay finite in float32, in
/// whatever order.
pub(super) fn largest_input(parameters: &Parameters, outputs: usize) -> f32 {
    let per_output = parameters.kernel.len() / outputs;
    let steepest = parameters.kernel.chunks_exact(per_output).map(magnitudes).fold(0.0, f64::max);
    let bias = parameters.bias.iter().flatten().fold(0.0f64, |most, bias| most.max(f64::from(bias.abs())));
    let room = SHARE * f64::from(f32::MAX) - bias;
    if steepest == 0.0 { f32::MAX } else { (room / steepest).min(f64::from(f32::MAX)) as f32 }
}

fn magnitudes(weights: &[f32]) -> f64 {
    weights.iter().map(|weight| f64::from(weight.abs())).sum()
}

/// Whether all values are at most so large, and numbers. Compared by their bits, of which what is no number has the
/// largest.
pub(super) fn all_within(values: &[f32], largest: f32) -> bool {
    let bits = |portion: &[f32]| portion.iter().fold(0, |most, value| most.max(value.abs().to_bits()));
    let most = values.par_chunks(PORTION).map(bits).reduce(|| 0, u32::max);
    largest >= 0.0 && most <= largest.to_bits()
}

/// What was read, unless something of it is not finite.
pub(super) fn finite(array: Array2<f32>, device: &str, precision: Precision) -> Result<Array2<f32>, ComputeError> {
    match array.iter().all(|value| value.is_finite()) {
        true => Ok(array),
        false => Err(left(device, precision)),
    }
}

/// The error of a device on which a value left the range.
pub(super) fn left(device: &str, precision: Precision) -> ComputeError {
    let (cause, range) = match precision {
        Precision::F16 => (Cause::BeyondFloat16, "float16 (up to 65504)"),
        Precision::F32 => (Cause::BeyondFloat32, "float32 (up to 3.4e38)"),
    };
    let reason = format!("values of a feature map left the range of {range}, and what follows from them is no number");
    ComputeError { device: device.into(), reason, cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_follows_from_the_steepest_output_and_its_bias() {
        let kernel = (0..54).map(|at| if at < 27 { 0.5 } else { -4.0 }).collect::<Vec<f32>>();
        let bound =
            |kernel: Vec<f32>, bias: [f32; 2]| largest_input(&Parameters { kernel, bias: Some(bias.to_vec()) }, 2);
        let expected = (SHARE * f64::from(f32::MAX) / (27.0 * 4.0)) as f32;
        assert_eq!(bound(kernel, [0.0; 2]), expected);
        assert_eq!(bound(vec![0.0; 4], [0.0; 2]), f32::MAX);
        assert!(bound(vec![1.0, -2.0, 1.0, 3.0], [f32::MAX, 0.0]) < 0.0, "no input is small enough");
    }

    #[test]
    fn one_value_of_many_is_found_and_what_is_no_number_is_beyond_any_bound() {
        let mut values = vec![1.0f32; 3 * PORTION + 5];
        assert!(all_within(&values, 1.0) && !all_within(&values, 0.999) && !all_within(&values, -1.0));
        for strange in [-1.5, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, -f32::NAN] {
            *values.last_mut().expect("many") = strange;
            assert!(!all_within(&values, 1.25), "{strange}");
        }
        assert!(!all_within(&[f32::NAN], f32::MAX));
    }
}
