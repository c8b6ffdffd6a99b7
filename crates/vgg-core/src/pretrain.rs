//! Trains a network from scratch to name objects.
//!
//! Networks after the pattern of VGG only. A plain VGG of 16 layers does not train from random weights, so every layer is trained with batch normalisation
//! (Ioffe & Szegedy 2015), which is folded into the weights at the end: what comes out is a plain VGG.

use burn::module::{Module, Param};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::activation::relu;
use burn::tensor::module::{conv2d, max_pool2d};
use burn::tensor::ops::{ConvOptions, MaxPoolOptions};
use burn::tensor::{Device as BurnDevice, Int, Tensor, TensorData};
use graph::{Graph, NodeId, Op, Parameters, Weights};
use ndarray::Array4;

use crate::random::transposed;
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
    let chain = Chain::of(architecture.graph()).ok_or_else(|| {
        failure("only networks after the pattern of VGG can be trained here: a chain of 3×3 convolutions")
    })?;
    let start = random::he_initialised(architecture, recipe.seed);
    let mut learner = Learner::new(&start, &chain, &device);
    let mut optimizer = AdamWConfig::new().with_weight_decay(recipe.weight_decay).init();
    for step in 0..recipe.steps {
        let batch = batch(step);
        let labels: Vec<i64> = batch.labels.iter().map(|&label| label as i64).collect();
        let labels = Tensor::<1, Int>::from_data(TensorData::new(labels, [batch.labels.len()]), &device);
        let logits = learner.forward(pictures(&batch.pictures, &device), &chain);
        let loss = CrossEntropyLossConfig::new().init(&device).forward(logits, labels);
        let value = read(loss.clone())?[0];
        if !value.is_finite() {
            return Err(failure(format!("the loss is {value} at step {step}; try a lower learning rate")));
        }
        report(step, value);
        let gradients = GradientsParams::from_grads(loss.backward(), &learner);
        learner = optimizer.step(rate(recipe, step), learner, gradients);
    }
    let graph = architecture.graph();
    let weights = Weights::new(graph, learner.fold(graph, &chain)?).map_err(failure)?;
    let origin = Origin {
        format: "pretrained here".into(),
        source: format!("{} steps of AdamW, seed {}", recipe.steps, recipe.seed),
        sha256: String::new(),
        classes: vec![],
    };
    Ok(Checkpoint { origin, weights, ..start })
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

/// The layers of a network after the pattern of VGG, in order.
struct Chain {
    /// Convolutions, and whether a pool follows.
    convolutions: Vec<(NodeId, bool)>,
    /// Hidden dense layers.
    hidden: Vec<NodeId>,
    /// The class scores.
    output: NodeId,
}

impl Chain {
    fn of(graph: &Graph) -> Option<Self> {
        let (mut convolutions, mut dense) = (Vec::new(), Vec::new());
        for id in graph.ids() {
            match &graph.node(id).op {
                Op::Conv(conv) if *conv == graph::Conv::square(conv.outputs, 3).padding(1) => {
                    convolutions.push((id, false))
                }
                Op::Dense(_) => dense.push(id),
                Op::MaxPool(pool) if *pool == graph::MaxPool::new(graph::Window::square(2, 2)) => {
                    convolutions.last_mut()?.1 = true;
                }
                Op::Input(_) | Op::Flatten | Op::Activation(graph::Activation::Relu) => {}
                _ => return None,
            }
        }
        let output = dense.pop()?;
        Some(Self { convolutions, hidden: dense, output })
    }
}

impl Learner {
    fn new(start: &Checkpoint, chain: &Chain, device: &BurnDevice) -> Self {
        let graph = start.architecture.graph();
        let shape = |id: NodeId| graph.kernel_shape(id).expect("a layer with weights");
        let of = |id: NodeId| start.weights.of(id).expect("a layer with weights");
        let kernel = |id: NodeId| Param::from_tensor(tensor(of(id).kernel.clone(), &shape(id), device));
        let matrix = |id: NodeId| {
            let [outputs, inputs, ..] = shape(id);
            Param::from_tensor(tensor(transposed(&of(id).kernel, outputs, inputs), &[inputs, outputs], device))
        };
        let norm = |id: NodeId| BatchNormConfig::new(shape(id)[0]).init(device);
        let bias = of(chain.output).bias.clone().expect("class scores have a bias");
        let classes = bias.len();
        Self {
            kernels: chain.convolutions.iter().map(|&(id, _)| kernel(id)).collect(),
            kernel_norms: chain.convolutions.iter().map(|&(id, _)| norm(id)).collect(),
            matrices: chain.hidden.iter().map(|&id| matrix(id)).collect(),
            matrix_norms: chain.hidden.iter().map(|&id| norm(id)).collect(),
            output: matrix(chain.output),
            output_bias: Param::from_tensor(tensor(bias, &[classes], device)),
        }
    }

    fn forward(&self, pictures: Tensor<4>, chain: &Chain) -> Tensor<2> {
        let mut map = pictures;
        for ((kernel, norm), &(_, pooled)) in self.kernels.iter().zip(&self.kernel_norms).zip(&chain.convolutions) {
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
    fn fold(&self, graph: &Graph, chain: &Chain) -> Result<Vec<(String, Parameters)>, ComputeError> {
        let name = |id: NodeId| graph.node(id).name.clone();
        let mut named = Vec::new();
        for ((&(id, _), kernel), norm) in chain.convolutions.iter().zip(&self.kernels).zip(&self.kernel_norms) {
            named.push((name(id), scaled(read(kernel.val())?, norm)?));
        }
        for ((&id, matrix), norm) in chain.hidden.iter().zip(&self.matrices).zip(&self.matrix_norms) {
            named.push((name(id), scaled(output_first(matrix.val())?, norm)?));
        }
        let (kernel, bias) = (output_first(self.output.val())?, Some(read(self.output_bias.val())?));
        named.push((name(chain.output), Parameters { kernel, bias }));
        Ok(named)
    }
}

/// A kernel or matrix, output first, with what its trained normalisation multiplies by and adds.
fn scaled(mut kernel: Vec<f32>, norm: &BatchNorm) -> Result<Parameters, ComputeError> {
    let (variance, mean) = (read(norm.running_var.value())?, read(norm.running_mean.value())?);
    let (gamma, beta) = (read(norm.gamma.val())?, read(norm.beta.val())?);
    let deviation = |variance: &f32| (f64::from(*variance) + norm.epsilon).sqrt() as f32;
    let scale: Vec<f32> = gamma.iter().zip(&variance).map(|(gamma, variance)| gamma / deviation(variance)).collect();
    let per_output = kernel.len() / scale.len();
    for (weights, scale) in kernel.chunks_exact_mut(per_output).zip(&scale) {
        weights.iter_mut().for_each(|weight| *weight *= scale);
    }
    let bias = beta.iter().zip(&mean).zip(&scale).map(|((beta, mean), scale)| beta - mean * scale).collect();
    Ok(Parameters { kernel, bias: Some(bias) })
}

fn output_first(matrix: Tensor<2>) -> Result<Vec<f32>, ComputeError> {
    let [inputs, outputs] = matrix.dims();
    Ok(transposed(&read(matrix)?, inputs, outputs))
}

fn pictures(pictures: &Array4<f32>, device: &BurnDevice) -> Tensor<4> {
    tensor(pictures.iter().copied().collect(), pictures.shape(), device)
}

fn tensor<const D: usize>(values: Vec<f32>, shape: &[usize], device: &BurnDevice) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, shape.to_vec()), device)
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
        let table = graph::VggTable { groups: &[(4, 2), (6, 2)], hidden: &[10, 8] };
        let architecture = Architecture::vgg("tiny", 16, &table, 2).expect("a network");
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
        assert_eq!(first.weights, second.weights);
    }
}
