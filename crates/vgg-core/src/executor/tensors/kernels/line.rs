//! Points of gain lines.

use burn_cubecl::cubecl;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::activation::{Bend, Formula, bent};
use super::range::{INFINITY, beyond, magnitude, note};
use super::window::{Sliding, Window, window_left, window_top};
use super::{dims, elem, elements, empty_like, len, position, unit_dim};

/// `max over the window of f(intact + step · direction)`: a point of a gain line at slope 1 + step. `left_range` becomes 1
/// where a point is no finite float32, or the output cannot hold what becomes of it.
#[cube(launch_unchecked)]
fn line_point<F: Float>(
    intact: &[F],
    direction: &[F],
    output: &mut [F],
    left_range: &mut [f32],
    end: u32,
    step: f32,
    low: f32,
    high: f32,
    beyond: u32,
    window: Window,
    #[comptime] side: u32,
    #[comptime] formula: Formula,
    #[define(F)] _dtype: ElemType,
) {
    let at = position();
    if at < end {
        let (top, left) =
            (window_top(&window, at % window.output_plane), window_left(&window, at % window.output_plane));
        let map = (at / window.output_plane) * window.height * window.width;
        let start = map + top * window.width + left;
        let mut greatest = f32::min_value();
        let mut most_exact = 0u32;
        let mut most = 0u32;
        #[unroll]
        for i in 0..comptime!(side * side) {
            let pixel = (start + (i / side) * window.width + i % side) as usize;
            let point = fma(step, f32::cast_from(direction[pixel]), f32::cast_from(intact[pixel]));
            let value = bent(point, low, high, formula);
            greatest = max(greatest, value);
            most_exact = max(most_exact, magnitude(point));
            most = max(most, magnitude(value));
        }
        output[at as usize] = F::cast_from(greatest);
        note(left_range, most_exact, INFINITY);
        note(left_range, most, beyond);
    }
}

/// A point of a line.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Point {
    /// Slope − 1.
    pub(in super::super) step: f32,
    pub(in super::super) bend: Bend,
    /// Side of the max-pool behind it, 1 or 2.
    pub(in super::super) side: usize,
}

pub(super) fn point_of_line(
    intact: CubeTensor,
    direction: CubeTensor,
    left_range: CubeTensor,
    point: Point,
) -> CubeTensor {
    let [pictures, channels, height, width] = dims(&intact);
    let Point { step, bend, side } = point;
    let output = empty_like(&intact, [pictures, channels, height / side, width / side], intact.dtype);
    let window = Sliding::square(side).launch(&intact, &output);
    // SAFETY: units beyond the end do nothing, and windows lie inside the inputs, which have one shape.
    unsafe {
        line_point::launch_unchecked(
            &output.client,
            elements(len(&output)),
            unit_dim(),
            intact.into_buffer_arg(),
            direction.into_buffer_arg(),
            output.clone().into_buffer_arg(),
            left_range.into_buffer_arg(),
            len(&output),
            step,
            bend.low,
            bend.high,
            beyond(output.dtype),
            window,
            side as u32,
            bend.formula,
            elem(&output),
        );
    }
    output
}
