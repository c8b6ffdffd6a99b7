//! Batch normalisation, folded into the convolution before it.
//!
//! A trained network computes `y = γ · (x − μ) / √(σ² + ε) + β` with constants for each channel (Ioffe & Szegedy 2015,
//! algorithm 2), so a convolution with kernel `w` and bias `b` in front of it is the convolution with kernel `s · w` and
//! bias `s · (b − μ) + β`, where `s = γ / √(σ² + ε)`. Padding is not in the way: it adds zeros before the convolution.

use vgg_core::ConvWeights;

use crate::error::Flaw;
use crate::tensor::SourceTensor;

/// The constants of one normalisation, each `[channels]`.
pub(crate) struct BatchNorm {
    /// γ.
    pub scale: SourceTensor,
    /// β.
    pub shift: SourceTensor,
    /// μ, the running mean.
    pub mean: SourceTensor,
    /// σ², the running variance.
    pub variance: SourceTensor,
    /// ε.
    pub epsilon: f32,
}

impl BatchNorm {
    /// Its tensors, for what is said about all tensors of a file.
    pub fn tensors(&self) -> [&SourceTensor; 4] {
        [&self.scale, &self.shift, &self.mean, &self.variance]
    }

    /// Checks that there is one constant per output channel of `layer`.
    pub fn check(&self, layer: &str, channels: usize) -> Result<(), Flaw> {
        match self.tensors().into_iter().find(|tensor| tensor.shape != [channels]) {
            None => Ok(()),
            Some(tensor) => {
                let at = format!("batch normalisation of {layer} ({})", tensor.label());
                Err(Flaw::deviation(at, format!("shape [{channels}]"), format!("{:?}", tensor.shape)))
            }
        }
    }

    /// The convolution that does what `weights` and this normalisation do; computed in float64.
    pub fn fold(self, mut weights: ConvWeights) -> Result<ConvWeights, Flaw> {
        let (label, epsilon) = (self.variance.label(), f64::from(self.epsilon));
        let (scale, shift) = (self.scale.into_vector()?, self.shift.into_vector()?);
        let (mean, variance) = (self.mean.into_vector()?, self.variance.into_vector()?);
        for (channel, mut kernel) in weights.kernel.outer_iter_mut().enumerate() {
            let spread = f64::from(variance[channel]) + epsilon;
            if spread.is_nan() || spread <= 0.0 {
                let found = variance[channel].to_string();
                return Err(Flaw::deviation(format!("{label}, channel {channel}"), "a variance above 0", found));
            }
            let factor = f64::from(scale[channel]) / spread.sqrt();
            kernel.mapv_inplace(|weight| (f64::from(weight) * factor) as f32);
            let centred = f64::from(weights.bias[channel]) - f64::from(mean[channel]);
            weights.bias[channel] = (centred * factor + f64::from(shift[channel])) as f32;
        }
        Ok(weights)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, Array4, arr1};

    use super::*;
    use crate::tensor::Element;

    fn vector(values: &[f32]) -> SourceTensor {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        SourceTensor::from_bytes("v", vec![values.len()], Element::Float32, bytes.into()).expect("the size fits")
    }

    fn norm(variance: &[f32]) -> BatchNorm {
        BatchNorm {
            scale: vector(&[2.0, -3.0]),
            shift: vector(&[0.5, 1.0]),
            mean: vector(&[1.0, -2.0]),
            variance: vector(variance),
            epsilon: 0.25,
        }
    }

    fn convolution() -> ConvWeights {
        let kernel = Array4::from_shape_fn((2, 1, 3, 3), |(out, _, row, column)| (out * 9 + row * 3 + column) as f32);
        ConvWeights { kernel, bias: arr1(&[4.0, 5.0]) }
    }

    #[test]
    fn a_folded_convolution_gives_the_normalised_value() {
        // σ² + ε is 4 and 1, so the factors are 2/2 and −3/1.
        let folded = norm(&[3.75, 0.75]).fold(convolution()).expect("positive variances");
        assert_eq!(folded.bias, arr1(&[(4.0 - 1.0) + 0.5, -3.0 * (5.0 + 2.0) + 1.0]));
        let factors = |channel: usize| if channel == 0 { 1.0 } else { -3.0 };
        for ((channel, _, row, column), &weight) in folded.kernel.indexed_iter() {
            assert_eq!(weight, factors(channel) * (channel * 9 + row * 3 + column) as f32);
        }
    }

    #[test]
    fn impossible_constants_are_refused() {
        let error = norm(&[3.75, -0.25]).fold(convolution()).expect_err("no spread").to_string();
        assert!(error.contains("channel 1: expected a variance above 0, found -0.25"), "{error}");
        let error = norm(&[1.0]).check("conv1_1", 2).expect_err("one variance").to_string();
        assert!(
            error.contains("batch normalisation of conv1_1 (tensor \"v\"): expected shape [2], found [1]"),
            "{error}"
        );
        let zero =
            norm(&[3.75, 0.75]).fold(ConvWeights { kernel: Array4::zeros((2, 1, 3, 3)), bias: Array1::zeros(2) });
        assert_eq!(zero.expect("positive variances").bias, arr1(&[-0.5, -5.0]));
    }
}
