//! The mean of every map.

use burn::backend::DType;
use burn_cubecl::cubecl;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::range::{INFINITY, magnitude, note};
use super::{dims, elem, empty_like, workgroup, workgroups};

/// Units that add up one map together.
const UNITS: u32 = 64;

/// The mean of every map, in float32: each of 64 units adds up every 64th pixel, and their sums are added in pairs.
#[cube(launch_unchecked)]
fn means<F: Float>(
    maps: &[F],
    output: &mut [f32],
    left_range: &mut [f32],
    count: u32,
    plane: u32,
    #[define(F)] _dtype: ElemType,
) {
    let map = workgroup();
    let mut sums = Shared::<[f32]>::new_slice(comptime!(UNITS as usize));
    let mut sum = 0.0f32;
    if map < count {
        for pixel in range_stepped(UNIT_POS, plane, UNITS) {
            sum += f32::cast_from(maps[(map * plane + pixel) as usize]);
        }
    }
    sums[UNIT_POS as usize] = sum;
    sync_cube();
    #[unroll]
    for halving in 0..comptime!(UNITS.ilog2()) {
        let half = comptime!(UNITS >> (halving + 1));
        if UNIT_POS < half {
            sums[UNIT_POS as usize] += sums[(UNIT_POS + half) as usize];
        }
        sync_cube();
    }
    if UNIT_POS == 0 && map < count {
        let mean = sums[0] / f32::cast_from(plane);
        output[map as usize] = mean;
        note(left_range, magnitude(mean), INFINITY);
    }
}

pub(super) fn spatial_means(maps: CubeTensor, left_range: CubeTensor) -> CubeTensor {
    let [pictures, channels, height, width] = dims(&maps);
    let output = empty_like(&maps, [pictures, channels, 1, 1], DType::F32);
    let (count, dtype) = ((pictures * channels) as u32, elem(&maps));
    // SAFETY: workgroups beyond the last map read and write nothing.
    unsafe {
        means::launch_unchecked(
            &output.client,
            workgroups(count, 1),
            CubeDim::new_1d(UNITS),
            maps.into_buffer_arg(),
            output.clone().into_buffer_arg(),
            left_range.into_buffer_arg(),
            count,
            (height * width) as u32,
            dtype,
        );
    }
    output
}
