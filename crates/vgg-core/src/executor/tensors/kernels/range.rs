//! Values that leave the range of their type, noticed where they arise.

use burn::backend::DType;
use burn_cubecl::cubecl;
use cubecl::prelude::*;

/// Bits of the infinite float32.
pub(super) const INFINITY: u32 = 0x7f80_0000;

/// The bits of the least float32 that a type cannot hold. Rounding takes what is below the middle of 65504 and the next
/// power of two to 65504.
pub(super) fn beyond(dtype: DType) -> u32 {
    match dtype {
        DType::F16 => 65_520f32.to_bits(),
        _ => INFINITY,
    }
}

/// The magnitude of a number as bits, which stand in the order of the magnitudes, with what is no number above all.
/// Compared as integers: WGSL lets a driver take for granted that no number is infinite or none, and on Vulkan `x != x` is
/// false for what is none.
#[cube]
pub(super) fn magnitude(number: f32) -> u32 {
    u32::reinterpret(number) & 0x7fff_ffffu32
}

/// Sets the flag of a run if the greatest magnitude that a unit has seen is not below a bound, given by its bits.
#[cube]
pub(super) fn note(left_range: &mut [f32], greatest: u32, bound: u32) {
    if greatest >= bound {
        left_range[0] = 1.0f32;
    }
}
