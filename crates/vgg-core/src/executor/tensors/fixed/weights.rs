//! Weights in the order in which the kernels read them, in blocks that every adapter can bind.

use burn::backend::Dispatch;
use burn::tensor::Tensor;
use graph::{Conv, Graph, NodeId, Op, Parameters};
use ndarray::{Array2, ArrayView2, Axis, s};

use super::constants::Constants;
use crate::executor::tensors::Placement;
use crate::executor::tensors::kernels::{
    Bend, Convolution, Grouping, Kernels, MOST_MULTIPLICATIONS, Sliding, TILE_TERMS, Tile,
};

/// Channels of a group up to which a convolution is no matrix product: a tile would be mostly padding.
const SMALL_GROUP: usize = 4;
/// Channels of a group up to which the terms of several taps are fetched together.
const FEW_CHANNELS: usize = TILE_TERMS as usize / 2;

/// The weights of a convolution or dense layer.
#[expect(clippy::large_enum_variant, reason = "one for each layer of a network, beside its weights on the device")]
pub(super) enum Weights {
    /// Matrix products, each of which gives some of the outputs.
    Products { sliding: Sliding, blocks: Vec<Block> },
    /// Many small groups: one kernel `[outputs, taps, channels of a group]`.
    Groups { sliding: Sliding, groups: usize, kernel: Tensor<1>, bias: Tensor<1> },
}

/// Some of a layer's outputs. Every output is the same sum as in the whole matrix, which may be larger than the adapter
/// lets a shader bind (fc6 of VGG-16 has 411 MB; WebGPU guarantees 128 MiB).
pub(super) struct Block {
    /// The first of the channels that are read, and how many.
    reads: [usize; 2],
    /// The first of the outputs, and how many.
    gives: [usize; 2],
    packed: bool,
    /// `[taps · padded channels, padded outputs]`
    matrix: Tensor<2>,
    /// `[padded outputs]`
    bias: Tensor<1>,
}

impl Weights {
    pub(super) fn new(graph: &Graph, node: NodeId, parameters: &Parameters, placement: &Placement) -> Self {
        let [outputs, reads, ..] = graph.kernel_shape(node).expect("a node with weights has a kernel");
        let (sliding, groups) = match graph.node(node).op {
            Op::Conv(Conv { kernel, stride, padding, dilation, groups, .. }) => {
                (Sliding { kernel, stride, dilation, padding }, groups)
            }
            _ => (Sliding::square(1), 1),
        };
        let bias = parameters.bias.clone().unwrap_or_else(|| vec![0.0; outputs]);
        let taps = sliding.kernel[0] * sliding.kernel[1];
        if groups > 1 && reads <= SMALL_GROUP {
            let kernel = placement.place(by_output(&parameters.kernel, taps, reads), [parameters.kernel.len()]);
            return Self::Groups { sliding, groups, kernel, bias: placement.floats(&bias) };
        }
        let packed = taps > 1 && reads <= FEW_CHANNELS;
        let gives = outputs / groups;
        let kernels = parameters.kernel.chunks_exact(gives * taps * reads).zip(bias.chunks_exact(gives));
        let of_group = |(group, (kernel, bias)): (usize, (&[f32], &[f32]))| {
            let matrix = by_taps(kernel, gives, taps, if packed { reads } else { padded(reads) });
            let first = [group * reads, group * gives];
            blocks(matrix.view(), bias, placement, |at, outputs| ([first[0], reads], [first[1] + at, outputs], packed))
        };
        Self::Products { sliding, blocks: kernels.enumerate().flat_map(of_group).collect() }
    }

    /// The most biases that an output may ask for, padding included.
    pub(super) fn broadest(&self) -> usize {
        match self {
            Self::Products { blocks, .. } => blocks.iter().map(|block| block.matrix.dims()[1]).max().unwrap_or(1),
            Self::Groups { bias, .. } => bias.dims()[0],
        }
    }

    /// The sums, `size` for each picture, within bounds.
    pub(super) fn apply(
        &self,
        input: &Tensor<4>,
        size: [usize; 3],
        with_bias: bool,
        bounds: Bend,
        constants: &Constants,
    ) -> Tensor<4> {
        let shape = [input.dims()[0], size[0], size[1], size[2]];
        let output = Tensor::from_dispatch(Dispatch::allocated(input.clone().into_dispatch(), shape));
        match self {
            Self::Products { sliding, blocks } => blocks
                .iter()
                .fold(output, |output, block| block.apply(input, output, *sliding, with_bias, bounds, constants)),
            Self::Groups { sliding, groups, kernel, bias } => {
                let bias = if with_bias { bias } else { &constants.zeros };
                Tensor::from_dispatch(Dispatch::convolved_in_groups(
                    input.clone().into_dispatch(),
                    kernel.clone().into_dispatch(),
                    bias.clone().into_dispatch(),
                    output.into_dispatch(),
                    constants.left_range().into_dispatch(),
                    Grouping { sliding: *sliding, groups: *groups, bounds: bounds.bounds() },
                ))
            }
        }
    }
}

impl Block {
    fn apply(
        &self,
        input: &Tensor<4>,
        output: Tensor<4>,
        sliding: Sliding,
        with_bias: bool,
        bounds: Bend,
        constants: &Constants,
    ) -> Tensor<4> {
        let bias = if with_bias { &self.bias } else { &constants.zeros };
        let Self { reads, gives, packed, .. } = *self;
        Tensor::from_dispatch(Dispatch::convolved(
            input.clone().into_dispatch(),
            self.matrix.clone().into_dispatch(),
            bias.clone().into_dispatch(),
            output.into_dispatch(),
            constants.left_range().into_dispatch(),
            Convolution { sliding, reads, gives, packed, bounds: bounds.bounds(), most: MOST_MULTIPLICATIONS },
        ))
    }
}

/// A matrix `[terms, outputs]` in blocks of outputs, padded to whole tiles. The closure says what a block is of, from its
/// first output and their number.
fn blocks(
    matrix: ArrayView2<'_, f32>,
    bias: &[f32],
    placement: &Placement,
    about: impl Fn(usize, usize) -> ([usize; 2], [usize; 2], bool),
) -> Vec<Block> {
    let tile = Tile::outputs(matrix.ncols());
    let terms = padded(matrix.nrows());
    // Weights arrive as float32, whatever they become.
    let bound = (placement.limit / (4 * terms as u64)).min(matrix.ncols().next_multiple_of(tile) as u64) as usize;
    let columns = (bound / tile * tile).max(tile);
    let starts = (0..).step_by(columns);
    let parts = matrix.axis_chunks_iter(Axis(1), columns).zip(bias.chunks(columns)).zip(starts);
    let block = |((matrix, bias), at): ((ArrayView2<'_, f32>, &[f32]), usize)| {
        let (rows, outputs) = matrix.dim();
        let (reads, gives, packed) = about(at, outputs);
        let width = outputs.next_multiple_of(Tile::outputs(outputs));
        let mut whole = Array2::zeros((terms, width));
        whole.slice_mut(s![..rows, ..outputs]).assign(&matrix);
        let mut bias = bias.to_vec();
        bias.resize(width, 0.0);
        let matrix = placement.place(whole.into_raw_vec_and_offset().0, [terms, width]);
        Block { reads, gives, packed, matrix, bias: placement.floats(&bias) }
    };
    parts.map(block).collect()
}

/// A kernel `[outputs, channels, taps]` as matrix products read it: taps, then channels (padded to so many), then outputs.
fn by_taps(kernel: &[f32], outputs: usize, taps: usize, padded: usize) -> Array2<f32> {
    let reads = kernel.len() / outputs / taps;
    let mut matrix = Array2::zeros((taps * padded, outputs));
    for (output, mut column) in matrix.axis_iter_mut(Axis(1)).enumerate() {
        let own = &kernel[output * reads * taps..][..reads * taps];
        for (at, weight) in own.iter().enumerate() {
            column[at % taps * padded + at / taps] = *weight;
        }
    }
    matrix
}

/// A kernel `[outputs, channels, taps]` as `[outputs, taps, channels]`.
fn by_output(kernel: &[f32], taps: usize, reads: usize) -> Vec<f32> {
    let own = kernel.chunks_exact(taps * reads);
    own.flat_map(|own| (0..taps * reads).map(move |at| own[at % reads * taps + at / reads])).collect()
}

fn padded(terms: usize) -> usize {
    terms.next_multiple_of(TILE_TERMS as usize)
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device as BurnDevice, FloatDType};

    use super::*;

    #[test]
    fn blocks_keep_to_the_limit_and_are_whole_tiles() {
        let outputs = |limit| {
            let placement = Placement { device: BurnDevice::flex(), dtype: FloatDType::F32, limit };
            let about = |at, outputs| ([0, 32], [at, outputs], false);
            let blocks = blocks(Array2::zeros((32, 200)).view(), &[0.0; 200], &placement, about);
            blocks.iter().map(|block| block.gives).collect::<Vec<_>>()
        };
        assert_eq!(outputs(u64::MAX), [[0, 200]]);
        assert_eq!(outputs(4 * 32 * 150), [[0, 128], [128, 72]]);
        let least = [[0, 64], [64, 64], [128, 64], [192, 8]];
        assert_eq!(outputs(4 * 32 * 64), least);
        assert_eq!(outputs(1), least, "a limit below one tile cannot be kept, and one tile is the least");
    }

    #[test]
    fn a_kernel_is_read_by_taps_with_padded_channels() {
        // [2, 3, 3 · 3], each weight named by its place.
        let kernel: Vec<f32> = (0..2 * 27).map(|at| (1000 * (at / 27) + 100 * (at / 9 % 3) + at % 9) as f32).collect();
        let matrix = by_taps(&kernel, 2, 9, 16);
        assert_eq!(matrix.dim(), (9 * 16, 2));
        assert_eq!([matrix[[0, 0]], matrix[[2, 1]], matrix[[3, 0]]], [0.0, 1200.0, 0.0]);
        assert_eq!(matrix[[5 * 16 + 1, 1]], 1105.0, "tap 5 of channel 1");
        assert_eq!(by_taps(&kernel, 2, 9, 3)[[5 * 3 + 1, 1]], 1105.0, "packed");
        assert_eq!(by_output(&kernel, 9, 3)[27 + 5 * 3 + 1], 1105.0);
    }
}
