//! Layers by the operations that Burn has itself, for its CPU backend.

use burn::tensor::activation::relu;
use burn::tensor::module::{conv2d, max_pool2d};
use burn::tensor::ops::{ConvOptions, MaxPoolOptions};
use burn::tensor::{FloatDType, Tensor};

use super::{Layers, Placement, as_rows, as_units};
use crate::Checkpoint;
use crate::checkpoint::DenseWeights;
use crate::executor::Stage;

/// Weights of a network, by layer.
pub(super) struct PlainLayers {
    placement: Placement,
    convolutions: Vec<(Tensor<4>, Tensor<1>)>,
    dense: Vec<(Tensor<2>, Tensor<1>)>,
}

impl PlainLayers {
    pub(super) fn new(checkpoint: &Checkpoint, placement: Placement) -> Self {
        let convolution = |weights: &crate::checkpoint::ConvWeights| {
            (placement.tensor(&weights.kernel), placement.tensor(&weights.bias))
        };
        let dense = |weights: &DenseWeights| (placement.tensor(&weights.matrix), placement.tensor(&weights.bias));
        let convolutions = checkpoint.convolutions.iter().map(convolution).collect();
        let dense = checkpoint.dense.iter().map(dense).collect();
        Self { placement, convolutions, dense }
    }

    fn linear(&self, stage: Stage, input: &Tensor<4>, with_bias: bool) -> Tensor<4> {
        match stage {
            Stage::Conv { layer, .. } => {
                let (kernel, bias) = &self.convolutions[layer];
                let options = ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
                conv2d(input.clone(), kernel.clone(), with_bias.then(|| bias.clone()), options)
            }
            Stage::Dense(index) => self.dense(index, input, with_bias),
            Stage::Flatten => as_units(input),
        }
    }

    fn dense(&self, index: usize, input: &Tensor<4>, with_bias: bool) -> Tensor<4> {
        let (matrix, bias) = &self.dense[index];
        let product = as_rows(input).matmul(matrix.clone());
        let product = if with_bias { product + bias.clone().unsqueeze() } else { product };
        let [pictures, units] = product.dims();
        product.reshape([pictures, units, 1, 1])
    }
}

impl Layers for PlainLayers {
    fn preactivation(&self, stage: Stage, input: &Tensor<4>) -> Tensor<4> {
        self.linear(stage, input, true)
    }

    fn rectified(&self, stage: Stage, input: &Tensor<4>, factors: Option<&[f32]>) -> Tensor<4> {
        multiplied(relu(self.linear(stage, input, true)), factors, &self.placement)
    }

    fn modulate(&self, stage: Stage, rectified: &Tensor<4>, factors: Option<&[f32]>) -> Tensor<4> {
        pooled(stage, multiplied(rectified.clone(), factors, &self.placement))
    }

    fn direction(&self, stage: Stage, input: &Tensor<4>) -> Tensor<4> {
        self.linear(stage, input, false)
    }

    fn line_point(&self, stage: Stage, intact: &Tensor<4>, direction: &Tensor<4>, slope: f32) -> Tensor<4> {
        pooled(stage, relu(intact.clone() + direction.clone() * (slope - 1.0)))
    }

    fn means(&self, map: &Tensor<4>) -> Tensor<4> {
        let [pictures, channels, height, width] = map.dims();
        let positions: Tensor<3> = map.clone().reshape([pictures, channels, height * width]).cast(FloatDType::F32);
        positions.mean_dim(2).reshape([pictures, channels, 1, 1])
    }

    fn scores(&self, features: &Tensor<4>) -> Option<Tensor<4>> {
        let last = self.dense.len().checked_sub(1)?;
        Some(self.dense(last, features, true))
    }
}

fn multiplied(map: Tensor<4>, factors: Option<&[f32]>, placement: &Placement) -> Tensor<4> {
    match factors {
        Some(factors) => map * placement.factors(factors),
        None => map,
    }
}

fn pooled(stage: Stage, map: Tensor<4>) -> Tensor<4> {
    if stage.pooled() { max_pool2d(map, MaxPoolOptions::new([2, 2])) } else { map }
}
