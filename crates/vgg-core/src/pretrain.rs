//! Trains a network from scratch to name objects.
//!
//! A plain VGG of 16 layers does not train from random weights, so every layer is trained with batch normalisation
//! (Ioffe & Szegedy 2015), which is folded into the weights at the end: what comes out is a plain VGG.

use burn::module::{Module, Param};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::activation::relu;
use burn::tensor::module::{conv2d, max_pool2d};
use burn::tensor::ops::{ConvOptions, MaxPoolOptions};
use burn::tensor::{Device as BurnDevice, Int, Tensor, TensorData};
use ndarray::{Array, Array1, Array4, Axis, Dimension};

use crate::checkpoint::{ConvWeights, DenseWeights};
use crate::{Architecture, Checkpoint, ComputeError, Origin, random};

/// How to train.
#[derive(Clone, Debug, PartialEq)]
pub struct PretrainRecipe {
    /// Batches to learn from.
    pub steps: usize,
    /// Highest learning rate; it rises linearly over the first twentieth of the steps and falls to 0 as a cosine.
    pub learning_rate: f64,
    /// Decoupled weight decay (AdamW; Loshchilov & Hutter 2019).
    pub weight_decay: f32,
    /// Decides the initial weights.
    pub seed: u64,
}

/// Pictures and what they show.
///
/// # Shapes
/// - `pictures`: `[pictures, 3, side, side]`, preprocessed
/// - `labels`: one class per picture
pub struct Batch {
    /// What the network sees.
    pub pictures: Array4<f32>,
    /// What it should say.
    pub labels: Vec<usize>,
}

/// The network while it learns: weights without biases, each followed by its normalisation.
#[derive(Module, Debug)]
struct Learner {
    kernels: Vec<Param<Tensor<4>>>,
    kernel_norms: Vec<BatchNorm>,
    matrices: Vec<Param<Tensor<2>>>,
    matrix_norms: Vec<BatchNorm>,
    output: Param<Tensor<2>>,
    output_bias: Param<Tensor<1>>,
}

/// Trains a network on batches that the caller draws, and reports the mean cross-entropy of every step.
///
/// Computes on Burn's CPU backend, where the same batches give the same weights.
///
/// # Errors
/// The device failed, or the loss is no longer a number.
pub fn pretrain(
    architecture: &Architecture,
    recipe: &PretrainRecipe,
    mut batch: impl FnMut(usize) -> Batch,
    mut report: impl FnMut(usize, f32),
) -> Result<Checkpoint, ComputeError> {
    let device = BurnDevice::flex().autodiff();
    let pooled: Vec<bool> = architecture.layers().iter().map(|layer| layer.pooled).collect();
    let start = random::he_initialised(architecture, recipe.seed);
    let mut learner = Learner::new(&start, &device);
    let mut optimizer = AdamWConfig::new().with_weight_decay(recipe.weight_decay).init();
    for step in 0..recipe.steps {
        let batch = batch(step);
        let labels: Vec<i64> = batch.labels.iter().map(|&label| label as i64).collect();
        let labels = Tensor::<1, Int>::from_data(TensorData::new(labels, [batch.labels.len()]), &device);
        let logits = learner.forward(tensor(&batch.pictures, &device), &pooled);
        let loss = CrossEntropyLossConfig::new().init(&device).forward(logits, labels);
        let value = read(loss.clone())?[0];
        if !value.is_finite() {
            return Err(failure(format!("the loss is {value} at step {step}; try a lower learning rate")));
        }
        report(step, value);
        let gradients = GradientsParams::from_grads(loss.backward(), &learner);
        learner = optimizer.step(rate(recipe, step), learner, gradients);
    }
    let (convolutions, dense) = learner.fold()?;
    let origin = Origin {
        format: "pretrained here".into(),
        source: format!("{} steps of AdamW, seed {}", recipe.steps, recipe.seed),
        sha256: String::new(),
        classes: vec![],
    };
    Ok(Checkpoint { origin, convolutions, dense, ..start })
}

/// Learning rate of a step: a linear rise over the first twentieth, then half a cosine.
fn rate(recipe: &PretrainRecipe, step: usize) -> f64 {
    let (step, steps) = (step as f64 + 1.0, recipe.steps as f64);
    let rise = (steps / 20.0).max(1.0);
    if step < rise {
        recipe.learning_rate * step / rise
    } else {
        let progress = (step - rise) / (steps - rise).max(1.0);
        recipe.learning_rate * 0.5 * (1.0 + (std::f64::consts::PI * progress).cos())
    }
}

impl Learner {
    fn new(start: &Checkpoint, device: &BurnDevice) -> Self {
        let norm = |channels: usize| BatchNormConfig::new(channels).init(device);
        let (output, hidden) = start.dense.split_last().expect("a network with class scores");
        Self {
            kernels: start.convolutions.iter().map(|w| Param::from_tensor(tensor(&w.kernel, device))).collect(),
            kernel_norms: start.convolutions.iter().map(|w| norm(w.bias.len())).collect(),
            matrices: hidden.iter().map(|w| Param::from_tensor(tensor(&w.matrix, device))).collect(),
            matrix_norms: hidden.iter().map(|w| norm(w.bias.len())).collect(),
            output: Param::from_tensor(tensor(&output.matrix, device)),
            output_bias: Param::from_tensor(tensor(&output.bias, device)),
        }
    }

    fn forward(&self, pictures: Tensor<4>, pooled: &[bool]) -> Tensor<2> {
        let mut map = pictures;
        for ((kernel, norm), &pooled) in self.kernels.iter().zip(&self.kernel_norms).zip(pooled) {
            let sums = conv2d(map, kernel.val(), None, ConvOptions::new([1, 1], [1, 1], [1, 1], 1));
            map = relu(norm.forward(sums));
            if pooled {
                map = max_pool2d(map, MaxPoolOptions::new([2, 2]));
            }
        }
        let [pictures, channels, height, width] = map.dims();
        let mut units = map.reshape([pictures, channels * height * width]);
        for (matrix, norm) in self.matrices.iter().zip(&self.matrix_norms) {
            units = relu(norm.forward(units.matmul(matrix.val())));
        }
        units.matmul(self.output.val()) + self.output_bias.val().unsqueeze()
    }

    /// Normalisation as part of the weights: `γ·(w·x − μ)/√(σ²+ε) + β` is linear in x.
    fn fold(&self) -> Result<(Vec<ConvWeights>, Vec<DenseWeights>), ComputeError> {
        let mut convolutions = Vec::new();
        for (kernel, norm) in self.kernels.iter().zip(&self.kernel_norms) {
            let (scale, bias) = scale_and_bias(norm)?;
            let mut kernel: Array4<f32> = array(kernel.val())?;
            for (mut channel, &scale) in kernel.axis_iter_mut(Axis(0)).zip(&scale) {
                channel *= scale;
            }
            convolutions.push(ConvWeights { kernel, bias });
        }
        let mut dense = Vec::new();
        for (matrix, norm) in self.matrices.iter().zip(&self.matrix_norms) {
            let (scale, bias) = scale_and_bias(norm)?;
            dense.push(DenseWeights { matrix: array::<2, ndarray::Ix2>(matrix.val())? * &scale, bias });
        }
        dense.push(DenseWeights { matrix: array(self.output.val())?, bias: array(self.output_bias.val())? });
        Ok((convolutions, dense))
    }
}

/// What a trained normalisation multiplies by and adds.
fn scale_and_bias(norm: &BatchNorm) -> Result<(Array1<f32>, Array1<f32>), ComputeError> {
    let variance: Array1<f32> = array(norm.running_var.value())?;
    let mean: Array1<f32> = array(norm.running_mean.value())?;
    let (gamma, beta): (Array1<f32>, Array1<f32>) = (array(norm.gamma.val())?, array(norm.beta.val())?);
    let scale = gamma / variance.mapv(|v| (f64::from(v) + norm.epsilon).sqrt() as f32);
    let bias = beta - mean * &scale;
    Ok((scale, bias))
}

fn tensor<const D: usize, I: Dimension>(array: &Array<f32, I>, device: &BurnDevice) -> Tensor<D> {
    let values: Vec<f32> = array.iter().copied().collect();
    Tensor::from_data(TensorData::new(values, array.shape().to_vec()), device)
}

fn array<const D: usize, I: Dimension>(tensor: Tensor<D>) -> Result<Array<f32, I>, ComputeError> {
    let shape = tensor.dims().to_vec();
    Array::from_shape_vec(shape, read(tensor)?).and_then(|array| array.into_dimensionality()).map_err(failure)
}

fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, ComputeError> {
    tensor.try_to_vec_as::<f32>().map_err(failure)
}

fn failure(reason: impl ToString) -> ComputeError {
    ComputeError::new("burn-flex", reason.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Network, device::Device};

    /// Two classes that differ in their top and bottom halves.
    fn halves(step: usize) -> Batch {
        let labels: Vec<usize> = (0..16).map(|index| (index + step) % 2).collect();
        let pictures = Array4::from_shape_fn((16, 3, 16, 16), |(picture, channel, row, column)| {
            let bright = (row < 8) == (labels[picture] == 0);
            let texture = ((picture * 31 + row * 7 + column * 13 + channel * 5 + step * 3) % 11) as f32 / 11.0;
            if bright { 1.0 + texture } else { -texture }
        });
        Batch { pictures, labels }
    }

    fn trained() -> (Checkpoint, Vec<f32>) {
        let recipe = PretrainRecipe { steps: 40, learning_rate: 0.01, weight_decay: 0.01, seed: 7 };
        let mut losses = Vec::new();
        let architecture = Architecture { classes: 2, ..Architecture::tiny() };
        let checkpoint = pretrain(&architecture, &recipe, halves, |_, loss| losses.push(loss)).expect("trains");
        (checkpoint, losses)
    }

    #[test]
    fn the_folded_network_names_what_it_learnt() {
        let (checkpoint, losses) = trained();
        assert!(losses[39] < 0.3 * losses[0], "{losses:?}");
        let network = Network::new(&checkpoint, &Device::cpu()).expect("fits");
        let batch = halves(1000);
        let logits = network.logits(batch.pictures.view()).expect("runs");
        for (row, &label) in logits.rows().into_iter().zip(&batch.labels) {
            assert!(row[label] > row[1 - label], "{logits}");
        }
    }

    #[test]
    fn training_twice_gives_the_same_weights() {
        let ((first, _), (second, _)) = (trained(), trained());
        assert_eq!(first.convolutions, second.convolutions);
        assert_eq!(first.dense, second.dense);
    }
}
