//! The operations on tensors of Burn: any GPU through wgpu, or Burn's own CPU backend.

use burn::tensor::activation::relu;
use burn::tensor::module::{conv2d, max_pool2d};
use burn::tensor::ops::{ConvOptions, MaxPoolOptions};
use burn::tensor::{Device as BurnDevice, Tensor, TensorData};
use ndarray::{Array, Array2, ArrayView4, Dimension};

use super::{ComputeError, Executor, Map, Stage};
use crate::Checkpoint;
use crate::checkpoint::DenseWeights;
use crate::device::DeviceInfo;

/// Weights as tensors on one device.
pub(super) struct TensorExecutor {
    device: BurnDevice,
    name: String,
    convolutions: Vec<(Tensor<4>, Tensor<1>)>,
    dense: Vec<DenseTensors>,
}

/// A dense layer, cut by columns where the whole matrix is larger than the adapter lets a shader bind (fc6 of VGG-16
/// has 411 MB; WebGPU guarantees 128 MiB).
struct DenseTensors {
    blocks: Vec<Tensor<2>>,
    bias: Tensor<1>,
}

impl TensorExecutor {
    pub(super) fn new(checkpoint: &Checkpoint, device: &BurnDevice, info: &DeviceInfo) -> Self {
        let convolutions = checkpoint
            .convolutions
            .iter()
            .map(|weights| (tensor(&weights.kernel, device), tensor(&weights.bias, device)))
            .collect();
        let limit = info.binding_limit.unwrap_or(u64::MAX);
        let dense = checkpoint.dense.iter().map(|weights| DenseTensors::new(weights, device, limit)).collect();
        Self { device: device.clone(), name: info.to_string(), convolutions, dense }
    }

    fn error(&self, reason: impl std::fmt::Display) -> ComputeError {
        ComputeError { device: self.name.clone(), reason: reason.to_string() }
    }

    fn download(&self, tensor: Tensor<2>) -> Result<Array2<f32>, ComputeError> {
        let shape = tensor.dims();
        let values = tensor.try_to_vec_as::<f32>().map_err(|reason| self.error(reason))?;
        Array2::from_shape_vec(shape, values).map_err(|reason| self.error(reason))
    }

    fn factors(&self, factors: &[f32]) -> Tensor<4> {
        Tensor::<1>::from_floats(factors, &self.device).reshape([1, factors.len() as i64, 1, 1])
    }

    fn linear(&self, stage: Stage, input: &Tensor<4>, with_bias: bool) -> Tensor<4> {
        match stage {
            Stage::Conv { layer, .. } => {
                let (kernel, bias) = &self.convolutions[layer];
                let options = ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
                conv2d(input.clone(), kernel.clone(), with_bias.then(|| bias.clone()), options)
            }
            Stage::Dense(index) => self.dense[index].apply(input, with_bias),
            Stage::Flatten => as_units(input),
        }
    }

    fn pooled(&self, stage: Stage, map: Tensor<4>) -> Tensor<4> {
        match stage {
            Stage::Conv { pooled: true, .. } => max_pool2d(map, MaxPoolOptions::new([2, 2])),
            _ => map,
        }
    }

    fn modulated(&self, map: Tensor<4>, factors: Option<&[f32]>) -> Tensor<4> {
        match factors {
            Some(factors) => map * self.factors(factors),
            None => map,
        }
    }
}

impl DenseTensors {
    fn new(weights: &DenseWeights, device: &BurnDevice, binding_limit: u64) -> Self {
        let (inputs, outputs) = weights.matrix.dim();
        let columns = (binding_limit / (4 * inputs as u64)).clamp(1, outputs as u64) as usize;
        let blocks = weights
            .matrix
            .axis_chunks_iter(ndarray::Axis(1), columns)
            .map(|block| tensor(&block.to_owned(), device))
            .collect();
        Self { blocks, bias: tensor(&weights.bias, device) }
    }

    fn apply(&self, input: &Tensor<4>, with_bias: bool) -> Tensor<4> {
        let rows = as_rows(input);
        let parts = self.blocks.iter().map(|block| rows.clone().matmul(block.clone())).collect();
        let product = Tensor::cat(parts, 1);
        let product = if with_bias { product + self.bias.clone().unsqueeze() } else { product };
        let [pictures, units] = product.dims();
        product.reshape([pictures, units, 1, 1])
    }
}

impl Executor for TensorExecutor {
    fn upload(&self, pictures: ArrayView4<'_, f32>) -> Map {
        Map::Tensor(tensor(&pictures.to_owned(), &self.device))
    }

    fn preactivation(&self, stage: Stage, input: &Map) -> Map {
        Map::Tensor(self.linear(stage, inner(input), true))
    }

    fn rectified(&self, stage: Stage, input: &Map, factors: Option<&[f32]>) -> Map {
        Map::Tensor(self.modulated(relu(self.linear(stage, inner(input), true)), factors))
    }

    fn advance(&self, stage: Stage, input: &Map, factors: Option<&[f32]>) -> Map {
        self.modulate(stage, &self.rectified(stage, input, None), factors)
    }

    fn modulate(&self, stage: Stage, rectified: &Map, factors: Option<&[f32]>) -> Map {
        Map::Tensor(self.pooled(stage, self.modulated(inner(rectified).clone(), factors)))
    }

    /// The group is selected by a mask rather than by taking channels out, so that every group has the same shape and
    /// the GPU's kernels are compiled once.
    fn direction(&self, stage: Stage, input: &Map, group: &[usize]) -> Map {
        let input = inner(input);
        let mut mask = vec![0.0; input.dims()[1]];
        for &channel in group {
            mask[channel] = 1.0;
        }
        Map::Tensor(self.linear(stage, &(input.clone() * self.factors(&mask)), false))
    }

    fn line_point(&self, stage: Stage, intact: &Map, direction: &Map, slope: f32) -> Map {
        let preactivation = inner(intact).clone() + inner(direction).clone() * (slope - 1.0);
        Map::Tensor(self.pooled(stage, relu(preactivation)))
    }

    fn means(&self, map: &Map) -> Result<Array2<f32>, ComputeError> {
        let map = inner(map).clone();
        let [pictures, channels, height, width] = map.dims();
        let positions = map.reshape([pictures, channels, height * width]);
        self.download(positions.mean_dim(2).reshape([pictures, channels]))
    }

    fn rows(&self, map: &Map) -> Result<Array2<f32>, ComputeError> {
        self.download(as_rows(inner(map)))
    }

    fn scores(&self, features: &Map) -> Result<Array2<f32>, ComputeError> {
        match self.dense.last() {
            Some(layer) => self.download(as_rows(&layer.apply(inner(features), true))),
            None => Err(self.error("the network has no class scores")),
        }
    }
}

fn inner(map: &Map) -> &Tensor<4> {
    match map {
        Map::Tensor(tensor) => tensor,
        Map::Host(_) => unreachable!("a map stays on the device that made it"),
    }
}

fn as_rows(map: &Tensor<4>) -> Tensor<2> {
    let [pictures, channels, height, width] = map.dims();
    map.clone().reshape([pictures, channels * height * width])
}

fn as_units(map: &Tensor<4>) -> Tensor<4> {
    let [pictures, channels, height, width] = map.dims();
    map.clone().reshape([pictures, channels * height * width, 1, 1])
}

fn tensor<const D: usize, I: Dimension>(array: &Array<f32, I>, device: &BurnDevice) -> Tensor<D> {
    let values: Vec<f32> = array.iter().copied().collect();
    Tensor::from_data(TensorData::new(values, array.shape().to_vec()), device)
}
