//! Batch normalisation, folded into weights.

use crate::weights::{Scalar, check_numbers};
use crate::{Conv, Parameters, WeightsError};

/// The numbers of a batch normalisation, one of each per channel. In a trained network it is a factor and an offset
/// per channel, so it disappears into the weights of the node before it.
///
/// With γ, β, mean μ, variance σ² and ε: `factor = γ / √(σ² + ε)`, `offset = β − μ·factor`, and behind a convolution or
/// dense layer `kernel'[o, …] = kernel[o, …] · factor[o]`, `bias'[o] = bias[o] · factor[o] + offset[o]` (a missing bias
/// is 0). Everything is computed in f64 and rounded once (Ioffe & Szegedy 2015, in inference).
///
/// Normalisation *before* a convolution cannot be folded where that convolution pads, since the zeros of the padding
/// are not normalised; [`BatchNorm::as_depthwise`] makes it a node of its own, which is right everywhere.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchNorm {
    /// γ, `weight` in PyTorch.
    pub scale: Vec<f64>,
    /// β, `bias` in PyTorch.
    pub shift: Vec<f64>,
    /// μ, `running_mean`.
    pub mean: Vec<f64>,
    /// σ², `running_var`.
    pub variance: Vec<f64>,
    /// ε: 1e-5 in PyTorch unless said otherwise, 1e-3 in Keras and TensorFlow.
    pub epsilon: f64,
}

impl BatchNorm {
    /// Folds the normalisation into the weights of the node that it follows; `node` is named in errors. The result
    /// has a bias.
    ///
    /// # Examples
    /// ```
    /// use graph::{BatchNorm, Parameters};
    ///
    /// let one = |x: f64| vec![x];
    /// let norm = BatchNorm { scale: one(2.0), shift: one(1.0), mean: one(3.0), variance: one(15.0), epsilon: 1.0 };
    /// let folded = norm.fold("conv1", Parameters { kernel: vec![4.0_f32, 8.0], bias: None })?;
    /// assert_eq!(folded, Parameters { kernel: vec![2.0, 4.0], bias: Some(vec![-0.5]) });
    /// # Ok::<(), graph::WeightsError>(())
    /// ```
    ///
    /// # Errors
    /// Lengths that differ, numbers that are not finite, or a variance without an inverse root.
    pub fn fold<T: Scalar>(&self, node: &str, parameters: Parameters<T>) -> Result<Parameters<T>, WeightsError> {
        let (factors, offsets) = self.line(node)?;
        let outputs = factors.len();
        let Parameters { mut kernel, bias } = parameters;
        if outputs == 0 || kernel.is_empty() || !kernel.len().is_multiple_of(outputs) {
            let (expected, found) = (format!("numbers for {outputs} channels"), format!("{} numbers", kernel.len()));
            return Err(WeightsError::Shape { node: node.into(), tensor: "the kernel".into(), expected, found });
        }
        if let Some(bias) = &bias {
            check_numbers(node, "the bias", &[outputs], bias)?;
        }
        let per_output = kernel.len() / outputs;
        for (weights, factor) in kernel.chunks_exact_mut(per_output).zip(&factors) {
            weights.iter_mut().for_each(|weight| *weight = T::rounded((*weight).into() * factor));
        }
        let old = |channel: usize| bias.as_ref().map_or(0.0, |bias| bias[channel].into());
        let lines = factors.iter().zip(&offsets).enumerate();
        let bias: Vec<T> = lines.map(|(c, (factor, offset))| T::rounded(old(c) * factor + offset)).collect();
        check_numbers(node, "the folded kernel", &[kernel.len()], &kernel)?;
        check_numbers(node, "the folded bias", &[outputs], &bias)?;
        Ok(Parameters { kernel, bias: Some(bias) })
    }

    /// The normalisation as a depthwise 1×1 convolution, for where it follows no layer with weights.
    ///
    /// # Errors
    /// As [`BatchNorm::fold`].
    pub fn as_depthwise<T: Scalar>(&self, node: &str) -> Result<(Conv, Parameters<T>), WeightsError> {
        let channels = self.scale.len();
        let ones = Parameters { kernel: vec![T::rounded(1.0); channels], bias: None };
        Ok((Conv::square(channels, 1).groups(channels), self.fold(node, ones)?))
    }

    /// Factor and offset of every channel.
    fn line(&self, node: &str) -> Result<(Vec<f64>, Vec<f64>), WeightsError> {
        let channels = self.scale.len();
        let tensors = [
            ("the scale", &self.scale),
            ("the shift", &self.shift),
            ("the mean", &self.mean),
            ("the variance", &self.variance),
        ];
        for (tensor, numbers) in tensors {
            check_numbers(node, &format!("{tensor} of its batch normalisation"), &[channels], numbers)?;
        }
        let epsilon = self.epsilon;
        let small =
            |variance: f64| variance < 0.0 || variance + epsilon <= 0.0 || !epsilon.is_finite() || epsilon < 0.0;
        if let Some((channel, &variance)) = self.variance.iter().enumerate().find(|&(_, &variance)| small(variance)) {
            return Err(WeightsError::Variance { node: node.into(), channel, variance, epsilon });
        }
        let factors: Vec<f64> = self
            .scale
            .iter()
            .zip(&self.variance)
            .map(|(scale, variance)| scale / (variance + epsilon).sqrt())
            .collect();
        let offset = |c: usize| self.shift[c] - self.mean[c] * factors[c];
        let offsets = (0..channels).map(offset).collect();
        Ok((factors, offsets))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn norm(variance: f64, epsilon: f64) -> BatchNorm {
        let two = |a: f64, b: f64| vec![a, b];
        BatchNorm {
            scale: two(1.5, -2.0),
            shift: two(0.5, 0.25),
            mean: two(1.0, 4.0),
            variance: two(1.0, variance),
            epsilon,
        }
    }

    #[test]
    fn folding_equals_normalising_afterwards() {
        let norm = norm(4.0, 0.001);
        let (kernel, bias) = (vec![0.5_f64, 2.0, -1.0, 0.25], vec![0.75_f64, -3.0]);
        let folded = norm.fold("conv", Parameters { kernel: kernel.clone(), bias: Some(bias.clone()) }).expect("fits");
        let x = [3.0, -7.0];
        let line = |kernel: &[f64], bias: f64| kernel[0] * x[0] + kernel[1] * x[1] + bias;
        for c in 0..2 {
            let before = line(&kernel[2 * c..], bias[c]);
            let sd = (norm.variance[c] + norm.epsilon).sqrt();
            let expected = (before - norm.mean[c]) / sd * norm.scale[c] + norm.shift[c];
            let found = line(&folded.kernel[2 * c..], folded.bias.as_ref().expect("has one")[c]);
            assert!((found - expected).abs() < 1e-13, "channel {c}: {found} instead of {expected}");
        }
    }

    #[test]
    fn a_normalisation_of_its_own_is_a_depthwise_convolution() {
        let (conv, parameters) = norm(4.0, 0.0).as_depthwise::<f32>("bn").expect("fits");
        assert_eq!((conv.outputs, conv.groups, conv.kernel), (2, 2, [1, 1]));
        assert_eq!(parameters, Parameters { kernel: vec![1.5, -1.0], bias: Some(vec![-1.0, 4.25]) });
    }

    #[test]
    fn what_cannot_be_folded_is_refused_with_its_node() {
        let check = |norm: BatchNorm, length: usize, words: &str| {
            let parameters = Parameters { kernel: vec![1.0_f32; length], bias: None };
            let error = norm.fold("conv7", parameters).expect_err(words).to_string();
            assert!(error.starts_with("conv7: ") && error.contains(words), "{error}");
        };
        check(norm(-0.5, 0.001), 2, "variance -0.5");
        check(norm(0.0, 0.0), 2, "no inverse root");
        check(norm(1.0, f64::NAN), 2, "epsilon NaN");
        check(norm(1.0, 0.0), 3, "3 numbers; expected numbers for 2 channels");
        check(BatchNorm { mean: vec![0.0], ..norm(1.0, 0.0) }, 2, "the mean of its batch normalisation has 1 numbers");
        check(BatchNorm { scale: vec![1.0, f64::INFINITY], ..norm(1.0, 0.0) }, 2, "number 1 of the scale");
        check(BatchNorm { scale: vec![1e300, 1.0], ..norm(1.0, 0.0) }, 2, "the folded kernel is inf");
    }
}
