//! Layers by our kernels, for GPUs: weights in the order in which the kernels read them, in blocks that every adapter
//! can bind.

use std::sync::{Mutex, PoisonError};

use burn::backend::Dispatch;
use burn::tensor::Tensor;
use ndarray::{Array1, Array2, Array4, ArrayView2, Axis, s};

use super::kernels::{Convolution, Kernels, MOST_MULTIPLICATIONS, TILE_TERMS, Tile};
use super::{Layers, Placement, as_units};
use crate::Checkpoint;
use crate::executor::Stage;

/// Weights of a network, by layer.
pub(super) struct FixedLayers {
    constants: Constants,
    convolutions: Vec<Weights>,
    dense: Vec<Weights>,
}

/// What all layers share.
struct Constants {
    placement: Placement,
    /// Factors of channels without a gain, and biases where none is wanted, for the broadest layer.
    ones: Tensor<1>,
    zeros: Tensor<1>,
    /// One number, which kernels set to 1 where a value leaves the range of its type.
    left_range: Mutex<Tensor<1>>,
}

/// A layer, cut by outputs where the whole matrix is larger than the adapter lets a shader bind (fc6 of VGG-16 has
/// 411 MB; WebGPU guarantees 128 MiB). Every output is the same sum as in the whole matrix.
struct Weights {
    taps_side: u32,
    blocks: Vec<Block>,
}

/// Some of a layer's outputs, padded to whole tiles.
struct Block {
    outputs: usize,
    matrix: Tensor<2>,
    bias: Tensor<1>,
}

impl FixedLayers {
    pub(super) fn new(checkpoint: &Checkpoint, placement: Placement) -> Self {
        let convolutions = checkpoint
            .convolutions
            .iter()
            .map(|weights| Weights::new(by_taps(&weights.kernel).view(), &weights.bias, 3, &placement))
            .collect();
        let dense = checkpoint
            .dense
            .iter()
            .map(|weights| Weights::new(weights.matrix.view(), &weights.bias, 1, &placement))
            .collect();
        let blocks = [&convolutions, &dense].into_iter().flatten().flat_map(|weights: &Weights| &weights.blocks);
        let channels = checkpoint.convolutions.iter().map(|weights| weights.bias.len());
        let broadest = blocks.map(Block::padded).chain(channels).max().unwrap_or(1);
        let [ones, zeros] = [1.0, 0.0].map(|value| placement.floats(&vec![value; broadest]));
        let left_range = Mutex::new(placement.floats(&[0.0]));
        Self { constants: Constants { placement, ones, zeros, left_range }, convolutions, dense }
    }

    fn apply(&self, stage: Stage, input: &Tensor<4>, step: Step) -> Tensor<4> {
        match stage {
            Stage::Conv { layer, .. } => self.convolutions[layer].apply(input, step, &self.constants),
            Stage::Dense(index) => self.dense[index].apply(&as_units(input), step, &self.constants),
            // Already rectified.
            Stage::Flatten => as_units(input),
        }
    }
}

/// What is done with the sums of a layer.
#[derive(Clone, Copy)]
struct Step {
    with_bias: bool,
    rectified: bool,
}

impl Constants {
    /// The number that kernels set. Clones of a tensor share its memory.
    fn left_range(&self) -> Tensor<1> {
        self.left_range.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The same, and another one from now on.
    fn take_left_range(&self) -> Tensor<1> {
        let new = self.placement.floats(&[0.0]);
        std::mem::replace(&mut *self.left_range.lock().unwrap_or_else(PoisonError::into_inner), new)
    }
}

impl Layers for FixedLayers {
    fn preactivation(&self, stage: Stage, input: &Tensor<4>) -> Tensor<4> {
        self.apply(stage, input, Step { with_bias: true, rectified: false })
    }

    fn rectified(&self, stage: Stage, input: &Tensor<4>) -> Tensor<4> {
        self.apply(stage, input, Step { with_bias: true, rectified: true })
    }

    fn modulate(&self, stage: Stage, rectified: &Tensor<4>, factors: Option<&[f32]>) -> Tensor<4> {
        if factors.is_none() && !stage.pooled() {
            return rectified.clone();
        }
        let factors = factors.map_or_else(|| self.constants.ones.clone(), |own| self.constants.placement.floats(own));
        let [factors, left_range] = [factors, self.constants.left_range()].map(Tensor::into_dispatch);
        let rectified = rectified.clone().into_dispatch();
        Tensor::from_dispatch(Dispatch::modulated(rectified, factors, left_range, window(stage)))
    }

    fn direction(&self, stage: Stage, input: &Tensor<4>) -> Tensor<4> {
        self.apply(stage, input, Step { with_bias: false, rectified: false })
    }

    fn line_point(&self, stage: Stage, intact: &Tensor<4>, direction: &Tensor<4>, slope: f32) -> Tensor<4> {
        let [intact, direction] = [intact, direction].map(|map| map.clone().into_dispatch());
        let left_range = self.constants.left_range().into_dispatch();
        Tensor::from_dispatch(Dispatch::point_of_line(intact, direction, left_range, slope - 1.0, window(stage)))
    }

    fn means(&self, map: &Tensor<4>) -> Tensor<4> {
        Tensor::from_dispatch(Dispatch::spatial_means(map.clone().into_dispatch()))
    }

    fn scores(&self, features: &Tensor<4>) -> Option<Tensor<4>> {
        let step = Step { with_bias: true, rectified: false };
        Some(self.dense.last()?.apply(features, step, &self.constants))
    }

    fn left_range(&self) -> Tensor<1> {
        self.constants.take_left_range()
    }
}

impl Weights {
    /// A matrix of `[taps · padded channels, outputs]`.
    fn new(matrix: ArrayView2<'_, f32>, bias: &Array1<f32>, taps_side: u32, placement: &Placement) -> Self {
        let tile = Tile::outputs(matrix.ncols());
        let terms = matrix.nrows().next_multiple_of(TILE_TERMS as usize);
        // Weights arrive as float32, whatever they become.
        let bound = (placement.limit / (4 * terms as u64)).min(matrix.ncols().next_multiple_of(tile) as u64) as usize;
        let columns = (bound / tile * tile).max(tile);
        let blocks = matrix
            .axis_chunks_iter(Axis(1), columns)
            .zip(bias.axis_chunks_iter(Axis(0), columns))
            .map(|(matrix, bias)| Block::new(matrix, &bias.to_vec(), terms, placement))
            .collect();
        Self { taps_side, blocks }
    }

    fn apply(&self, input: &Tensor<4>, step: Step, constants: &Constants) -> Tensor<4> {
        let part = |block: &Block| block.apply(input, step, self.taps_side, constants);
        let mut parts: Vec<Tensor<4>> = self.blocks.iter().map(part).collect();
        if parts.len() == 1 { parts.remove(0) } else { Tensor::cat(parts, 1) }
    }
}

impl Block {
    fn new(matrix: ArrayView2<'_, f32>, bias: &[f32], terms: usize, placement: &Placement) -> Self {
        let (rows, outputs) = matrix.dim();
        let padded = outputs.next_multiple_of(Tile::outputs(outputs));
        let matrix = if (rows, outputs) == (terms, padded) && matrix.is_standard_layout() {
            placement.tensor(&matrix)
        } else {
            let mut whole = Array2::zeros((terms, padded));
            whole.slice_mut(s![..rows, ..outputs]).assign(&matrix);
            placement.tensor(&whole)
        };
        Self { outputs, matrix, bias: placement.floats(&padded_to(padded, bias)) }
    }

    /// Outputs with the padding.
    fn padded(&self) -> usize {
        self.matrix.dims()[1]
    }

    fn apply(&self, input: &Tensor<4>, step: Step, taps_side: u32, constants: &Constants) -> Tensor<4> {
        let bias = if step.with_bias { &self.bias } else { &constants.zeros };
        Tensor::from_dispatch(Dispatch::convolved(
            input.clone().into_dispatch(),
            self.matrix.clone().into_dispatch(),
            bias.clone().into_dispatch(),
            constants.left_range().into_dispatch(),
            Convolution { outputs: self.outputs, taps_side, rectified: step.rectified, most: MOST_MULTIPLICATIONS },
        ))
    }
}

/// A kernel `[outputs, channels, 3, 3]` as the kernels read it: taps, then channels (padded), then outputs.
fn by_taps(kernel: &Array4<f32>) -> Array2<f32> {
    let (outputs, channels, height, width) = kernel.dim();
    let padded = channels.next_multiple_of(TILE_TERMS as usize);
    Array2::from_shape_fn((height * width * padded, outputs), |(term, output)| {
        let (tap, channel) = (term / padded, term % padded);
        kernel.get([output, channel, tap / width, tap % width]).copied().unwrap_or(0.0)
    })
}

fn padded_to(len: usize, values: &[f32]) -> Vec<f32> {
    let mut padded = values.to_vec();
    padded.resize(len, 0.0);
    padded
}

fn window(stage: Stage) -> u32 {
    if stage.pooled() { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device as BurnDevice, FloatDType};

    use super::*;

    #[test]
    fn blocks_keep_to_the_limit_and_are_whole_tiles() {
        let outputs = |limit| {
            let placement = Placement { device: BurnDevice::flex(), dtype: FloatDType::F32, limit };
            let weights = Weights::new(Array2::zeros((32, 200)).view(), &Array1::zeros(200), 1, &placement);
            weights.blocks.iter().map(|block| block.outputs).collect::<Vec<_>>()
        };
        assert_eq!(outputs(u64::MAX), [200]);
        assert_eq!(outputs(4 * 32 * 150), [128, 72]);
        assert_eq!(outputs(4 * 32 * 64), [64, 64, 64, 8]);
        assert_eq!(outputs(1), [64, 64, 64, 8], "a limit below one tile cannot be kept, and one tile is the least");
    }

    #[test]
    fn a_kernel_is_read_by_taps_with_padded_channels() {
        let kernel = Array4::from_shape_fn((2, 3, 3, 3), |(o, c, y, x)| (1000 * o + 100 * c + 10 * y + x) as f32);
        let matrix = by_taps(&kernel);
        assert_eq!(matrix.dim(), (9 * 16, 2));
        assert_eq!([matrix[[0, 0]], matrix[[2, 1]], matrix[[3, 0]]], [0.0, 1200.0, 0.0]);
        assert_eq!(matrix[[5 * 16 + 1, 1]], 1112.0, "tap 5 is row 1, column 2");
    }
}
