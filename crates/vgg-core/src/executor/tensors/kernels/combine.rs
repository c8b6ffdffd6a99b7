//! Sums and products of two maps.

use burn_cubecl::cubecl;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::range::{beyond, magnitude, note};
use super::{dims, elem, elements, empty_like, len, position, unit_dim};

/// What two values become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in super::super) enum Pairing {
    /// Their sum.
    Sum,
    /// Their product.
    Product,
    /// The product of a value and the factor of its map.
    ByMap,
}

/// Two maps as one, value by value, in float32.
#[cube(launch_unchecked)]
fn combine<F: Float>(
    left: &[F],
    right: &[F],
    output: &mut [F],
    left_range: &mut [f32],
    end: u32,
    plane: u32,
    beyond: u32,
    #[comptime] pairing: Pairing,
    #[define(F)] _dtype: ElemType,
) {
    let at = position();
    if at < end {
        let x = f32::cast_from(left[at as usize]);
        let y = match comptime!(pairing) {
            Pairing::Sum => x + f32::cast_from(right[at as usize]),
            Pairing::Product => x * f32::cast_from(right[at as usize]),
            Pairing::ByMap => x * f32::cast_from(right[(at / plane) as usize]),
        };
        output[at as usize] = F::cast_from(y);
        note(left_range, magnitude(y), beyond);
    }
}

pub(super) fn combined(left: CubeTensor, right: CubeTensor, left_range: CubeTensor, pairing: Pairing) -> CubeTensor {
    let [_, _, height, width] = dims(&left);
    let output = empty_like(&left, dims(&left), left.dtype);
    // SAFETY: units beyond the end do nothing; the right map has the left one's shape, or one value for each of its maps.
    unsafe {
        combine::launch_unchecked(
            &output.client,
            elements(len(&output)),
            unit_dim(),
            left.into_buffer_arg(),
            right.into_buffer_arg(),
            output.clone().into_buffer_arg(),
            left_range.into_buffer_arg(),
            len(&output),
            (height * width) as u32,
            beyond(output.dtype),
            pairing,
            elem(&output),
        );
    }
    output
}
