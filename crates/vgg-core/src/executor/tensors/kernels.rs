//! Our kernels for GPUs, as operations on tensors.
//!
//! Burn measures several kernels when a process first meets a shape, takes the fastest, and so sums in an order that may
//! change from process to process and from batch to batch; and its convolutions have only a direct kernel where a
//! graphics interface offers no matrix units. Here there is one kernel for each operation, with one order of summation:
//! the same device gives the same bytes, whatever the batch.

mod convolve;
mod maps;

use std::ops::Range;

use burn::backend::cubecl::dtype_to_storage_type;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Cube, DType, Shape, backend_extension};
use burn_cubecl::cubecl;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use self::convolve::{LANES, ProblemLaunch, UNITS};
pub(super) use self::convolve::{TILE_TERMS, Tile};
use self::maps::{MEAN_UNITS, WindowLaunch};

/// Workgroups side by side in one dimension, by WebGPU.
const MOST_WORKGROUPS: u32 = 65_535;

/// Multiplications of one launch. Drivers give up on work that takes seconds (Windows after two) and take the device away:
/// a processor's own graphics, at some 50 billion per second, needs a fifth of a second for these.
pub(super) const MOST_MULTIPLICATIONS: u64 = 1 << 33;

/// The shape of a convolution with stride 1 whose map keeps its size; of a dense layer where `taps_side` is 1.
#[derive(Clone, Copy)]
pub(super) struct Convolution {
    /// Channels that the layer makes, without the padding of its weights.
    pub(super) outputs: usize,
    pub(super) taps_side: u32,
    pub(super) rectified: bool,
    /// Multiplications of one launch; [`MOST_MULTIPLICATIONS`].
    pub(super) most: u64,
}

/// Operations of which a CubeCL device runs one fixed kernel. Maps are `[pictures, channels, height, width]`, in float32
/// or float16; all sums and factors are float32. `left_range`, one float32, becomes 1 where a value leaves the range of the
/// map's type.
#[backend_extension(Cube)]
pub(super) trait Kernels: Backend {
    /// `max(0, W ∗ x + b)`, or without the rectifier. Weights `[taps · padded channels, padded outputs]`, bias `[padded
    /// outputs]`, or more of them, in float32.
    fn convolved(
        input: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        left_range: FloatTensor<Self>,
        convolution: Convolution,
    ) -> FloatTensor<Self>;

    /// A rectified map with its channels multiplied by factors `[channels]`, or more of them (float32), then pooled by `window` × `window`.
    fn modulated(
        rectified: FloatTensor<Self>,
        factors: FloatTensor<Self>,
        left_range: FloatTensor<Self>,
        window: u32,
    ) -> FloatTensor<Self>;

    /// `max(0, intact + step · direction)`, then pooled by `window` × `window`.
    fn point_of_line(
        intact: FloatTensor<Self>,
        direction: FloatTensor<Self>,
        left_range: FloatTensor<Self>,
        step: f32,
        window: u32,
    ) -> FloatTensor<Self>;

    /// Spatial means, `[pictures, channels, 1, 1]` in float32.
    fn spatial_means(maps: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl Kernels for Cube {
    fn convolved(
        input: CubeTensor,
        weights: CubeTensor,
        bias: CubeTensor,
        left_range: CubeTensor,
        convolution: Convolution,
    ) -> CubeTensor {
        let input = into_contiguous(input);
        let [pictures, channels, height, width] = dims(&input);
        let output = empty_like(&input, [pictures, convolution.outputs, height, width], input.dtype);
        let [terms, padded_outputs] = weights.meta.shape().dims();
        let taps = convolution.taps_side.pow(2);
        let positions = pictures * height * width;
        let tile = Tile::new(convolution.outputs, positions);
        let tiles = positions.div_ceil(tile.positions() as usize) as u32;
        let of_tile = u64::from(tile.positions()) * (terms * padded_outputs) as u64;
        for launched in launches(tiles, of_tile, convolution.most) {
            let problem = ProblemLaunch::new(
                launched.start,
                pictures as u32,
                channels as u32,
                height as u32,
                width as u32,
                convolution.outputs as u32,
                terms as u32 / taps / TILE_TERMS,
                if convolution.rectified { 0.0 } else { f32::MIN },
                beyond(output.dtype),
            );
            // SAFETY: the kernel keeps to `positions`, `channels` and `outputs`, which are those of the buffers, and to
            // the padded weights, whose size is a multiple of the tile.
            unsafe {
                convolve::convolve::launch_unchecked(
                    &output.client,
                    workgroups(launched.len() as u32, (padded_outputs / Tile::outputs(convolution.outputs)) as u32),
                    CubeDim::new_1d(UNITS),
                    LANES as usize,
                    input.clone().into_buffer_arg(),
                    weights.clone().into_buffer_arg(),
                    bias.clone().into_buffer_arg(),
                    output.clone().into_buffer_arg(),
                    left_range.clone().into_buffer_arg(),
                    problem,
                    convolution.taps_side,
                    tile,
                    dtype_to_storage_type(output.dtype),
                );
            }
        }
        output
    }

    fn modulated(rectified: CubeTensor, factors: CubeTensor, left_range: CubeTensor, window: u32) -> CubeTensor {
        let rectified = into_contiguous(rectified);
        let (output, dim, geometry) = pooled(&rectified, window);
        // SAFETY: units beyond the output return, and windows lie inside the input.
        unsafe {
            maps::modulate::launch_unchecked(
                &output.client,
                elements(&output, dim),
                dim,
                rectified.into_buffer_arg(),
                factors.into_buffer_arg(),
                output.clone().into_buffer_arg(),
                left_range.into_buffer_arg(),
                geometry,
                window,
                dtype_to_storage_type(output.dtype),
            );
        }
        output
    }

    fn point_of_line(
        intact: CubeTensor,
        direction: CubeTensor,
        left_range: CubeTensor,
        step: f32,
        window: u32,
    ) -> CubeTensor {
        let (intact, direction) = (into_contiguous(intact), into_contiguous(direction));
        let (output, dim, geometry) = pooled(&intact, window);
        // SAFETY: units beyond the output return, and windows lie inside the inputs, which have one shape.
        unsafe {
            maps::line_point::launch_unchecked(
                &output.client,
                elements(&output, dim),
                dim,
                intact.into_buffer_arg(),
                direction.into_buffer_arg(),
                output.clone().into_buffer_arg(),
                left_range.into_buffer_arg(),
                step,
                geometry,
                window,
                dtype_to_storage_type(output.dtype),
            );
        }
        output
    }

    fn spatial_means(maps: CubeTensor) -> CubeTensor {
        let maps = into_contiguous(maps);
        let [pictures, channels, height, width] = dims(&maps);
        let output = empty_like(&maps, [pictures, channels, 1, 1], DType::F32);
        let dtype = dtype_to_storage_type(maps.dtype);
        let count = (pictures * channels) as u32;
        // SAFETY: workgroups beyond the last map read and write nothing.
        unsafe {
            maps::means::launch_unchecked(
                &output.client,
                workgroups(count, 1),
                CubeDim::new_1d(MEAN_UNITS),
                maps.into_buffer_arg(),
                output.clone().into_buffer_arg(),
                count,
                (height * width) as u32,
                dtype,
            );
        }
        output
    }
}

/// Tiles in portions of so many multiplications, or single ones where a tile has more.
fn launches(tiles: u32, of_tile: u64, most: u64) -> impl Iterator<Item = Range<u32>> {
    let portion = (most / of_tile).clamp(1, tiles.max(1).into()) as u32;
    (0..tiles).step_by(portion as usize).map(move |start| start..tiles.min(start.saturating_add(portion)))
}

fn dims(tensor: &CubeTensor) -> [usize; 4] {
    tensor.meta.shape().dims()
}

fn empty_like(tensor: &CubeTensor, shape: [usize; 4], dtype: DType) -> CubeTensor {
    empty_device_contiguous_dtype(tensor.client.clone(), tensor.device.clone(), Shape::new(shape), dtype)
}

/// That many workgroups, and some idle ones where they do not fit in one row.
fn workgroups(count: u32, rows: u32) -> CubeCount {
    let layers = count.div_ceil(MOST_WORKGROUPS).max(1);
    CubeCount::Static(count.div_ceil(layers), rows, layers)
}

fn elements(output: &CubeTensor, dim: CubeDim) -> CubeCount {
    workgroups((output.meta.num_elements() as u32).div_ceil(dim.num_elems()), 1)
}

/// The bits of the least float32 that a type cannot hold. Rounding takes what is below the middle of 65504 and the next
/// power of two to 65504.
fn beyond(dtype: DType) -> u32 {
    match dtype {
        DType::F16 => 65_520f32.to_bits(),
        _ => f32::INFINITY.to_bits(),
    }
}

/// An empty pooled map, how many units work on it together, and where its windows lie.
fn pooled(input: &CubeTensor, window: u32) -> (CubeTensor, CubeDim, WindowLaunch) {
    let [pictures, channels, height, width] = dims(input);
    let (rows, columns) = (height / window as usize, width / window as usize);
    let output = empty_like(input, [pictures, channels, rows, columns], input.dtype);
    let len = pictures * channels * rows * columns;
    let [len, channels, rows, columns, input_width, input_plane] =
        [len, channels, rows, columns, width, height * width].map(|size| size as u32);
    let window = WindowLaunch::new(len, channels, rows, columns, input_width, input_plane, beyond(output.dtype));
    (output, CubeDim::new_1d(UNITS), window)
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
        let dispatch = |shape: &[usize]| TensorData::new(values(shape.iter().product()), shape.to_vec());
        let convolved = |most| -> Vec<f32> {
            let input = Tensor::<4>::from_data(dispatch(&[3, 5, 20, 20]), burn).into_dispatch();
            let weights = Tensor::<2>::from_data(dispatch(&[9 * 16, 16]), burn).into_dispatch();
            let [bias, left_range] = [16, 1].map(|len| Tensor::<1>::from_data(dispatch(&[len]), burn).into_dispatch());
            let convolution = Convolution { outputs: 7, taps_side: 3, rectified: false, most };
            let output = Dispatch::convolved(input, weights, bias, left_range, convolution);
            Tensor::<4>::from_dispatch(output).into_data().try_into_vec().expect("float32")
        };
        let whole = convolved(u64::MAX);
        assert_eq!(whole.len(), 3 * 7 * 400);
        for most in [1, 1_000_000] {
            assert_eq!(convolved(most), whole, "at most {most}");
        }
    }
}
