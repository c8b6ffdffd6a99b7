//! The network while it learns: the layers of a chain as Burn computes them with gradients, every layer with weights but the
//! last followed by its batch normalisation.

use burn::module::{Module, Param};
use burn::nn::{BatchNorm, BatchNormConfig, LocalResponseNormConfig};
use burn::tensor::activation::relu;
use burn::tensor::module::{conv2d, max_pool2d};
use burn::tensor::ops::{ConvOptions, MaxPoolOptions};
use burn::tensor::{Device as BurnDevice, Tensor, TensorData};
use graph::{Activation, Conv, Graph, Lrn, MaxPool, NodeId, Op, Parameters};
use ndarray::Array4;

use super::failure;
use crate::random::transposed;
use crate::{Checkpoint, ComputeError};

/// The layers of a chain, in order.
pub(super) struct Plan<'a> {
    /// The network.
    pub graph: &'a Graph,
    layers: Vec<Layer>,
    /// Layers with kernels, then layers with matrices; the last matrix gives the class scores.
    kernels: Vec<NodeId>,
    matrices: Vec<NodeId>,
}

/// What is computed of the value before. A layer with weights is the next one of its kind.
enum Layer {
    Convolution(ConvOptions<2>),
    Dense,
    Pool(MaxPoolOptions<2>),
    Normalise(LocalResponseNormConfig),
    Flatten,
    Relu,
}

/// Weights without biases, each with its normalisation, and the class scores.
#[derive(Module, Debug)]
pub(super) struct Learner {
    kernels: Vec<Param<Tensor<4>>>,
    kernel_norms: Vec<BatchNorm>,
    matrices: Vec<Param<Tensor<2>>>,
    matrix_norms: Vec<BatchNorm>,
    output: Param<Tensor<2>>,
    output_bias: Param<Tensor<1>>,
}

impl<'a> Plan<'a> {
    /// Reads a chain; the error says what is none.
    pub fn of(graph: &'a Graph) -> Result<Self, String> {
        let mut plan = Plan { graph, layers: vec![], kernels: vec![], matrices: vec![] };
        let mut before = graph.input();
        for id in graph.ids().filter(|id| *id != graph.input()) {
            let node = graph.node(id);
            if node.inputs != [before] {
                return Err(format!(
                    "only chains can be trained here, and {} does not follow the layer before it",
                    node.name
                ));
            }
            plan.layers
                .push(layer(&node.op).ok_or_else(|| format!("{}: such a layer cannot be trained here", node.name))?);
            match node.op {
                Op::Conv(_) => plan.kernels.push(id),
                Op::Dense(_) => plan.matrices.push(id),
                _ => {}
            }
            before = id;
        }
        let flat = plan.layers.iter().position(|layer| matches!(layer, Layer::Flatten)).unwrap_or(plan.layers.len());
        let (maps, units) = plan.layers.split_at(flat);
        // Flatten, then dense layers with a ReLU between any two.
        let alternate = |(place, layer): (usize, &Layer)| match place % 2 {
            0 => matches!(layer, Layer::Relu | Layer::Flatten),
            _ => matches!(layer, Layer::Dense),
        };
        let dense = units.len() % 2 == 0 && !units.is_empty() && units.iter().enumerate().all(alternate);
        match dense && !maps.iter().any(|layer| matches!(layer, Layer::Dense)) {
            true => Ok(plan),
            false => {
                Err("dense layers must follow a flattening, with a ReLU between any two, and give the class scores"
                    .into())
            }
        }
    }

    /// Dense layers before the class scores, and those.
    fn dense(&self) -> (&[NodeId], NodeId) {
        let (output, hidden) = self.matrices.split_last().expect("a chain ends with a dense layer");
        (hidden, *output)
    }
}

/// A layer as Burn has it; nothing where it has none that can learn.
fn layer(op: &Op) -> Option<Layer> {
    Some(match op {
        Op::Conv(conv) => Layer::Convolution(convolution(conv)?),
        Op::Dense(_) => Layer::Dense,
        Op::MaxPool(pool) => Layer::Pool(max_pool(pool)?),
        Op::Lrn(lrn) => Layer::Normalise(response_norm(lrn)?),
        Op::Flatten => Layer::Flatten,
        Op::Activation(Activation::Relu) => Layer::Relu,
        _ => return None,
    })
}

fn convolution(conv: &Conv) -> Option<ConvOptions<2>> {
    let [top, left, bottom, right] = conv.padding;
    let even = top == bottom && left == right;
    even.then(|| ConvOptions::new(conv.stride, [top, left], conv.dilation, conv.groups))
}

fn max_pool(pool: &MaxPool) -> Option<MaxPoolOptions<2>> {
    let window = pool.window;
    let plain = window.padding == [0; 4] && !window.ceil && pool.dilation == [1; 2];
    plain.then(|| MaxPoolOptions { stride: window.stride, ..MaxPoolOptions::new(window.kernel) })
}

fn response_norm(lrn: &Lrn) -> Option<LocalResponseNormConfig> {
    let config = LocalResponseNormConfig::new(lrn.size()).with_alpha(lrn.alpha.into());
    (lrn.below == lrn.above).then(|| config.with_beta(lrn.beta.into()).with_k(lrn.k.into()))
}

impl Learner {
    pub fn new(start: &Checkpoint, plan: &Plan<'_>, device: &BurnDevice) -> Self {
        let shape = |id: NodeId| plan.graph.kernel_shape(id).expect("a layer with weights");
        let of = |id: NodeId| start.weights.of(id).expect("a layer with weights");
        let kernel = |id: &NodeId| Param::from_tensor(tensor(of(*id).kernel.clone(), &shape(*id), device));
        let matrix = |id: NodeId| {
            let [outputs, inputs, ..] = shape(id);
            Param::from_tensor(tensor(transposed(&of(id).kernel, outputs, inputs), &[inputs, outputs], device))
        };
        let norm = |id: &NodeId| BatchNormConfig::new(shape(*id)[0]).init(device);
        let (hidden, output) = plan.dense();
        let bias = of(output).bias.clone().expect("class scores have a bias");
        let classes = bias.len();
        Self {
            kernels: plan.kernels.iter().map(kernel).collect(),
            kernel_norms: plan.kernels.iter().map(norm).collect(),
            matrices: hidden.iter().map(|&id| matrix(id)).collect(),
            matrix_norms: hidden.iter().map(norm).collect(),
            output: matrix(output),
            output_bias: Param::from_tensor(tensor(bias, &[classes], device)),
        }
    }

    /// Class scores `[pictures, classes]` of pictures `[pictures, 3, side, side]`.
    pub fn forward(&self, pictures: Tensor<4>, plan: &Plan<'_>) -> Tensor<2> {
        let mut kernels = self.kernels.iter().zip(&self.kernel_norms);
        let mut map = pictures;
        let mut layers = plan.layers.iter();
        for layer in layers.by_ref() {
            map = match layer {
                Layer::Convolution(options) => {
                    let (kernel, norm) = kernels.next().expect("as many kernels as convolutions");
                    norm.forward(conv2d(map, kernel.val(), None, options.clone()))
                }
                Layer::Pool(options) => max_pool2d(map, options.clone()),
                Layer::Normalise(config) => config.init().forward(map),
                Layer::Relu => relu(map),
                Layer::Flatten | Layer::Dense => break,
            };
        }
        let [pictures, channels, height, width] = map.dims();
        let mut units = map.reshape([pictures, channels * height * width]);
        for (matrix, norm) in self.matrices.iter().zip(&self.matrix_norms) {
            units = relu(norm.forward(units.matmul(matrix.val())));
        }
        units.matmul(self.output.val()) + self.output_bias.val().unsqueeze()
    }

    /// Normalisation as part of the weights: `γ·(w·x − μ)/√(σ²+ε) + β` is linear in x.
    pub fn fold(&self, plan: &Plan<'_>) -> Result<Vec<(String, Parameters)>, ComputeError> {
        let name = |id: NodeId| plan.graph.node(id).name.clone();
        let (hidden, output) = plan.dense();
        let mut named = Vec::new();
        for ((&id, kernel), norm) in plan.kernels.iter().zip(&self.kernels).zip(&self.kernel_norms) {
            named.push((name(id), scaled(read(kernel.val())?, norm)?));
        }
        for ((&id, matrix), norm) in hidden.iter().zip(&self.matrices).zip(&self.matrix_norms) {
            named.push((name(id), scaled(output_first(matrix.val())?, norm)?));
        }
        let (kernel, bias) = (output_first(self.output.val())?, Some(read(self.output_bias.val())?));
        named.push((name(output), Parameters { kernel, bias }));
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

/// Pictures on a device.
pub(super) fn pictures(pictures: &Array4<f32>, device: &BurnDevice) -> Tensor<4> {
    tensor(pictures.iter().copied().collect(), pictures.shape(), device)
}

fn tensor<const D: usize>(values: Vec<f32>, shape: &[usize], device: &BurnDevice) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, shape.to_vec()), device)
}

/// The values of a tensor.
pub(super) fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, ComputeError> {
    tensor.try_to_vec_as::<f32>().map_err(failure)
}
