//! The inner loops. All `unsafe` of the crate is in this module; its functions check their slices once and then run
//! without bounds checks.

mod depthwise;
mod planes;
mod product;
mod rows;
mod transform;

use pulp::{Arch, Simd, WithSimd};

pub(crate) use depthwise::{DepthwiseRows, convolve_rows};
pub(crate) use planes::Planes;
pub(crate) use product::{Product, Source, Store, multiply};
pub(crate) use rows::{PixelRows, finish_rows};
pub(crate) use transform::{InputTiles, OutputTiles, TILE, forward_tiles, inverse_tiles};

/// The instruction set in use, with the sizes that follow from it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Engine {
    arch: Arch,
    /// float32 lanes of a vector.
    pub(crate) lanes: usize,
    /// Most rows of a register block: with two vectors per row, accumulators and operands fill the registers.
    pub(crate) max_rows: usize,
}

struct Describe;

impl WithSimd for Describe {
    type Output = (usize, usize);

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> (usize, usize) {
        (S::F32_LANES, S::REGISTER_COUNT)
    }
}

impl Engine {
    /// The best instruction set of this machine.
    pub(crate) fn detect() -> Self {
        Self::with(Arch::new())
    }

    /// A given instruction set.
    pub(crate) fn with(arch: Arch) -> Self {
        let (lanes, registers) = arch.dispatch(Describe);
        Self { arch, lanes, max_rows: if registers >= 32 { 14 } else { 6 } }
    }

    /// Every instruction set of this machine.
    #[cfg(test)]
    pub(crate) fn all() -> Vec<Self> {
        let mut all = vec![Self::with(Arch::Scalar), Self::detect()];
        #[cfg(target_arch = "x86_64")]
        all.extend(pulp::x86::V3::try_new().map(|simd| Self::with(Arch::V3(simd))));
        all
    }

    /// Columns of a full panel of packed weights: two vectors.
    pub(crate) fn panel(self) -> usize {
        2 * self.lanes
    }

    /// Runs an operation compiled for this instruction set.
    pub(crate) fn run<Op: WithSimd>(self, op: Op) -> Op::Output {
        self.arch.dispatch(op)
    }
}

/// Reads one vector.
///
/// # Safety
/// `pointer` must be valid for reads of a whole vector; it need not be aligned.
#[inline(always)]
unsafe fn load<S: Simd>(pointer: *const f32) -> S::f32s {
    // SAFETY: by the contract above; every bit pattern is a valid vector of float32.
    unsafe { pointer.cast::<S::f32s>().read_unaligned() }
}

/// Writes one vector.
///
/// # Safety
/// `pointer` must be valid for writes of a whole vector; it need not be aligned.
#[inline(always)]
unsafe fn store<S: Simd>(pointer: *mut f32, values: S::f32s) {
    // SAFETY: by the contract above.
    unsafe { pointer.cast::<S::f32s>().write_unaligned(values) }
}

/// What the values of a layer are clipped to before the gain: `[0, ∞]` is ReLU.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    /// Smallest value.
    pub low: f32,
    /// Largest value.
    pub high: f32,
}

/// `gain · clip(sum + bias)`; NaN stays NaN.
#[inline(always)]
fn finish_vector<S: Simd>(simd: S, sum: S::f32s, bias: S::f32s, gain: S::f32s, range: Range) -> S::f32s {
    let (low, high) = (simd.splat_f32s(range.low), simd.splat_f32s(range.high));
    let value = simd.add_f32s(sum, bias);
    // Every vector instruction returns its second operand if that is NaN; `f32::max` does not.
    let clipped = if S::F32_LANES > 1 {
        simd.min_f32s(high, simd.max_f32s(low, value))
    } else {
        let raised = simd.select_f32s(simd.less_than_f32s(value, low), low, value);
        simd.select_f32s(simd.less_than_f32s(high, raised), high, raised)
    };
    simd.mul_f32s(clipped, gain)
}

/// The larger value, NaN if either is NaN.
#[inline(always)]
fn larger<S: Simd>(simd: S, first: S::f32s, second: S::f32s) -> S::f32s {
    let larger = simd.select_f32s(simd.less_than_f32s(second, first), first, second);
    simd.select_f32s(simd.equal_f32s(first, first), larger, first)
}

/// The larger value, NaN if either is NaN.
#[inline(always)]
pub(crate) fn larger_value(first: f32, second: f32) -> f32 {
    if first > second || first.is_nan() { first } else { second }
}
