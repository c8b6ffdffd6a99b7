//! Our kernels for GPUs, as operations on tensors.
//!
//! Burn measures several kernels when a process first meets a shape, takes the fastest, and so sums in an order that may
//! change from process to process and from batch to batch; and its convolutions have only a direct kernel where a
//! graphics interface offers no matrix units. Here there is one kernel for each operation, with one order of summation:
//! the same device gives the same bytes, whatever the batch.

mod activation;
mod combine;
mod convolve;
mod grouped;
mod line;
mod lrn;
mod means;
mod pool;
mod range;
mod tile;
mod window;

use std::ops::Range;

use burn::backend::cubecl::dtype_to_storage_type;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Cube, DType, Shape, backend_extension};
use burn_cubecl::cubecl;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

pub(super) use self::activation::Bend;
pub(super) use self::combine::Pairing;
pub(super) use self::convolve::Convolution;
pub(super) use self::grouped::Grouping;
pub(super) use self::line::Point;
pub(super) use self::pool::{AveragePooling, MaxPooling};
use self::tile::UNITS;
pub(super) use self::tile::{TILE_TERMS, Tile};
pub(super) use self::window::Sliding;

/// Workgroups side by side in one dimension, by WebGPU.
const MOST_WORKGROUPS: u32 = 65_535;

/// Multiplications of one launch. Drivers give up on work that takes seconds (Windows after two) and take the device away:
/// a processor's own graphics, at some 50 billion per second, needs a fifth of a second for these.
pub(super) const MOST_MULTIPLICATIONS: u64 = 1 << 33;

/// Operations of which a CubeCL device runs one fixed kernel. Maps are `[pictures, channels, height, width]`, in float32
/// or float16; all sums and factors are float32. `left_range`, one float32, becomes 1 where a value leaves the range of the
/// map's type.
#[backend_extension(Cube)]
pub(super) trait Kernels: Backend {
    /// Memory for maps of that shape, whatever stands in it, with values of the type of others.
    fn allocated(others: FloatTensor<Self>, shape: [usize; 4]) -> FloatTensor<Self>;

    /// `W ∗ x + b` within bounds, written into some channels of `output`. Weights `[taps · padded channels, padded
    /// outputs]`, bias `[padded outputs]`, or more of them, in float32.
    fn convolved(
        input: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        output: FloatTensor<Self>,
        left_range: FloatTensor<Self>,
        convolution: Convolution,
    ) -> FloatTensor<Self>;

    /// The same in small groups of channels. Weights `[outputs, taps, channels of a group]`, bias `[outputs]`, or more of
    /// them, in float32.
    fn convolved_in_groups(
        input: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        output: FloatTensor<Self>,
        left_range: FloatTensor<Self>,
        grouping: Grouping,
    ) -> FloatTensor<Self>;

    /// Maps with their channels multiplied by factors `[channels]`, or more of them (float32), where there are any, then
    /// max-pooled.
    fn max_pooled(
        input: FloatTensor<Self>,
        factors: FloatTensor<Self>,
        left_range: FloatTensor<Self>,
        pool: MaxPooling,
    ) -> FloatTensor<Self>;

    /// Average-pooled maps.
    fn average_pooled(
        input: FloatTensor<Self>,
        left_range: FloatTensor<Self>,
        pool: AveragePooling,
    ) -> FloatTensor<Self>;

    /// The sum or product of two maps; for [`Pairing::ByMap`], the second has one value for each map.
    fn combined(
        left: FloatTensor<Self>,
        right: FloatTensor<Self>,
        left_range: FloatTensor<Self>,
        pairing: Pairing,
    ) -> FloatTensor<Self>;

    /// An activation of every value.
    fn activated(input: FloatTensor<Self>, left_range: FloatTensor<Self>, bend: Bend) -> FloatTensor<Self>;

    /// Local response normalisation.
    fn normalised(input: FloatTensor<Self>, left_range: FloatTensor<Self>, lrn: graph::Lrn) -> FloatTensor<Self>;

    /// An activation of `intact + step · direction`, then max-pooled.
    fn point_of_line(
        intact: FloatTensor<Self>,
        direction: FloatTensor<Self>,
        left_range: FloatTensor<Self>,
        point: Point,
    ) -> FloatTensor<Self>;

    /// Spatial means, `[pictures, channels, 1, 1]` in float32.
    fn spatial_means(maps: FloatTensor<Self>, left_range: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl Kernels for Cube {
    fn allocated(others: CubeTensor, shape: [usize; 4]) -> CubeTensor {
        empty_like(&others, shape, others.dtype)
    }

    fn convolved(
        input: CubeTensor,
        weights: CubeTensor,
        bias: CubeTensor,
        output: CubeTensor,
        left_range: CubeTensor,
        convolution: Convolution,
    ) -> CubeTensor {
        convolve::convolved([into_contiguous(input), weights, bias, output, left_range], convolution)
    }

    fn convolved_in_groups(
        input: CubeTensor,
        weights: CubeTensor,
        bias: CubeTensor,
        output: CubeTensor,
        left_range: CubeTensor,
        grouping: Grouping,
    ) -> CubeTensor {
        grouped::convolved_in_groups([into_contiguous(input), weights, bias, output, left_range], grouping)
    }

    fn max_pooled(input: CubeTensor, factors: CubeTensor, left_range: CubeTensor, pool: MaxPooling) -> CubeTensor {
        pool::max_pooled(into_contiguous(input), factors, left_range, pool)
    }

    fn average_pooled(input: CubeTensor, left_range: CubeTensor, pool: AveragePooling) -> CubeTensor {
        pool::average_pooled(into_contiguous(input), left_range, pool)
    }

    fn combined(left: CubeTensor, right: CubeTensor, left_range: CubeTensor, pairing: Pairing) -> CubeTensor {
        combine::combined(into_contiguous(left), into_contiguous(right), left_range, pairing)
    }

    fn activated(input: CubeTensor, left_range: CubeTensor, bend: Bend) -> CubeTensor {
        activation::activated(into_contiguous(input), left_range, bend)
    }

    fn normalised(input: CubeTensor, left_range: CubeTensor, lrn: graph::Lrn) -> CubeTensor {
        lrn::normalised(into_contiguous(input), left_range, lrn)
    }

    fn point_of_line(intact: CubeTensor, direction: CubeTensor, left_range: CubeTensor, point: Point) -> CubeTensor {
        line::point_of_line(into_contiguous(intact), into_contiguous(direction), left_range, point)
    }

    fn spatial_means(maps: CubeTensor, left_range: CubeTensor) -> CubeTensor {
        means::spatial_means(into_contiguous(maps), left_range)
    }
}

/// Pieces of work in portions of so many multiplications, or single ones where a piece has more.
fn launches(pieces: u32, of_piece: u64, most: u64) -> impl Iterator<Item = Range<u32>> {
    let portion = (most / of_piece.max(1)).clamp(1, pieces.max(1).into()) as u32;
    (0..pieces).step_by(portion as usize).map(move |start| start..pieces.min(start.saturating_add(portion)))
}

/// Values of which each takes so many multiplications, in portions that a launch may take.
fn portions(values: u32, of_value: u64) -> impl Iterator<Item = Range<u32>> {
    launches(values, of_value, MOST_MULTIPLICATIONS)
}

fn dims(tensor: &CubeTensor) -> [usize; 4] {
    tensor.meta.shape().dims()
}

/// Number of values, which no device's limit lets be more.
fn len(tensor: &CubeTensor) -> u32 {
    tensor.meta.num_elements() as u32
}

fn elem(tensor: &CubeTensor) -> ElemType {
    dtype_to_storage_type(tensor.dtype)
}

fn empty_like(tensor: &CubeTensor, shape: [usize; 4], dtype: DType) -> CubeTensor {
    empty_device_contiguous_dtype(tensor.client.clone(), tensor.device.clone(), Shape::new(shape), dtype)
}

/// That many workgroups, and some idle ones where they do not fit in one row.
fn workgroups(count: u32, rows: u32) -> CubeCount {
    let layers = count.div_ceil(MOST_WORKGROUPS).max(1);
    CubeCount::Static(count.div_ceil(layers), rows, layers)
}

/// Workgroups of [`unit_dim`] for so many values.
fn elements(values: u32) -> CubeCount {
    workgroups(values.div_ceil(UNITS), 1)
}

fn unit_dim() -> CubeDim {
    CubeDim::new_1d(UNITS)
}

/// Which of [`workgroups`] this is.
#[cube]
fn workgroup() -> u32 {
    CUBE_POS_X + CUBE_POS_Z * CUBE_COUNT_X
}

/// Which of [`elements`] this is.
#[cube]
fn position() -> u32 {
    workgroup() * CUBE_DIM_X + UNIT_POS
}

#[cfg(test)]
mod tests {
    use burn::backend::Dispatch;
    use burn::tensor::{Tensor, TensorData};

    use super::*;
    use crate::device::{self, DeviceChoice, Kind};

    #[test]
    fn launches_are_all_tiles_in_order_and_none_twice() {
        let portions = |tiles, of_tile, most| launches(tiles, of_tile, most).collect::<Vec<_>>();
        assert_eq!(portions(7, 10, 35), [0..3, 3..6, 6..7]);
        assert_eq!(portions(2, 100, 35), [0..1, 1..2]);
        assert_eq!(portions(5, 1, u64::MAX), vec![0..5; 1]);
        assert_eq!(portions(0, 1, 1), []);
    }

    #[test]
    fn many_launches_give_the_bits_of_one() {
        let Ok(device) = device::open(&DeviceChoice::Number(0)) else {
            eprintln!("skipped: no adapter of wgpu on this machine");
            return;
        };
        let Kind::Burn(burn, _) = &device.kind else { unreachable!("an adapter is reached through Burn") };
        let values = |len: usize| (0..len).map(|i| ((i * 7919) % 257) as f32 / 128.0 - 1.0).collect::<Vec<_>>();
        let data = |shape: &[usize]| TensorData::new(values(shape.iter().product()), shape.to_vec());
        let convolved = |most| -> Vec<f32> {
            let maps = |shape| Tensor::<4>::from_data(data(shape), burn).into_dispatch();
            let weights = Tensor::<2>::from_data(data(&[9 * 16, 16]), burn).into_dispatch();
            let [bias, left_range] = [16, 1].map(|len| Tensor::<1>::from_data(data(&[len]), burn).into_dispatch());
            let sliding = Sliding { stride: [1; 2], padding: [1; 4], ..Sliding::square(3) };
            let bounds = [f32::MIN, f32::MAX];
            let convolution = Convolution { sliding, reads: [0, 5], gives: [0, 7], packed: false, bounds, most };
            let (input, output) = (maps(&[3, 5, 20, 20]), maps(&[3, 7, 20, 20]));
            let output = Dispatch::convolved(input, weights, bias, output, left_range, convolution);
            Tensor::<4>::from_dispatch(output).into_data().try_into_vec().expect("float32")
        };
        let whole = convolved(u64::MAX);
        assert_eq!(whole.len(), 3 * 7 * 400);
        for most in [1, 1_000_000] {
            assert_eq!(convolved(most), whole, "at most {most}");
        }
    }
}
