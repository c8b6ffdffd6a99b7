//! Layers by the operations that Burn has itself, for its CPU backend.

use std::sync::atomic::{AtomicBool, Ordering};

use burn::tensor::activation::relu;
use burn::tensor::module::{conv2d, max_pool2d};
use burn::tensor::ops::{ConvOptions, MaxPoolOptions};
use burn::tensor::{FloatDType, Tensor};

use super::{Layers, Placement, as_rows, as_units};
use crate::Checkpoint;
use crate::checkpoint::{ConvWeights, DenseWeights};
use crate::executor::{Stage, range};

/// Weights of a network, by layer.
pub(super) struct PlainLayers {
    placement: Placement,
    convolutions: Vec<Weights<4>>,
    dense: Vec<Weights<2>>,
    /// Whether a map was beyond a layer's bound since results were last read.
    left_range: AtomicBool,
}

/// A layer, and the largest magnitude of its input with which no sum leaves the range of float32.
struct Weights<const D: usize> {
    matrix: Tensor<D>,
    bias: Tensor<1>,
    largest: f32,
}

impl PlainLayers {
    pub(super) fn new(checkpoint: &Checkpoint, placement: Placement) -> Self {
        let convolution = |weights: &ConvWeights| Weights {
            matrix: placement.tensor(&weights.kernel),
            bias: placement.tensor(&weights.bias),
            largest: range::largest_conv_input(weights),
        };
        let dense = |weights: &DenseWeights| Weights {
            matrix: placement.tensor(&weights.matrix),
            bias: placement.tensor(&weights.bias),
            largest: range::largest_dense_input(weights),
        };
        let convolutions = checkpoint.convolutions.iter().map(convolution).collect();
        let dense = checkpoint.dense.iter().map(dense).collect();
        Self { placement, convolutions, dense, left_range: AtomicBool::new(false) }
    }

    fn linear(&self, stage: Stage, input: &Tensor<4>, with_bias: bool) -> Tensor<4> {
        match stage {
            Stage::Conv { layer, .. } => {
                let Weights { matrix, bias, largest } = &self.convolutions[layer];
                self.check(input, *largest);
                let options = ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
                conv2d(input.clone(), matrix.clone(), with_bias.then(|| bias.clone()), options)
            }
            Stage::Dense(index) => self.dense(index, input, with_bias),
            Stage::Flatten => as_units(input),
        }
    }

    fn dense(&self, index: usize, input: &Tensor<4>, with_bias: bool) -> Tensor<4> {
        let Weights { matrix, bias, largest } = &self.dense[index];
        self.check(input, *largest);
        let product = as_rows(input).matmul(matrix.clone());
        let product = if with_bias { product + bias.clone().unsqueeze() } else { product };
        let [pictures, units] = product.dims();
        product.reshape([pictures, units, 1, 1])
    }

    /// Notes an input beyond the layer's bound, so that nothing is read that follows from it. What cannot be read now is
    /// an error when results are.
    fn check(&self, input: &Tensor<4>, largest: f32) {
        let within = input.clone().into_data().as_slice::<f32>().is_ok_and(|values| range::all_within(values, largest));
        if !within {
            self.left_range.store(true, Ordering::Relaxed);
        }
    }
}

impl Layers for PlainLayers {
    fn preactivation(&self, stage: Stage, input: &Tensor<4>) -> Tensor<4> {
        self.linear(stage, input, true)
    }

    fn rectified(&self, stage: Stage, input: &Tensor<4>) -> Tensor<4> {
        relu(self.linear(stage, input, true))
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

    fn left_range(&self) -> Tensor<1> {
        let left = self.left_range.swap(false, Ordering::Relaxed);
        self.placement.floats(&[f32::from(u8::from(left))])
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
