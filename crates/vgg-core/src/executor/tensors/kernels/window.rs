//! Where the windows of convolutions and pools lie.

use burn_cubecl::cubecl;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::dims;

/// No pixel.
pub(super) const OUTSIDE: u32 = u32::MAX;

/// A sliding window: [vertical, horizontal] each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Sliding {
    pub(in super::super) kernel: [usize; 2],
    pub(in super::super) stride: [usize; 2],
    pub(in super::super) dilation: [usize; 2],
    /// Padding at the top, left, bottom and right.
    pub(in super::super) padding: [usize; 4],
}

impl Sliding {
    /// Windows of that side, side by side.
    pub(in super::super) const fn square(side: usize) -> Self {
        Self { kernel: [side; 2], stride: [side; 2], dilation: [1; 2], padding: [0; 4] }
    }

    pub(super) fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// What a kernel needs to know, for maps of that shape.
    pub(super) fn launch(&self, input: &CubeTensor, output: &CubeTensor) -> WindowLaunch {
        let ([_, _, height, width], [_, _, rows, columns]) = (dims(input), dims(output));
        let Self { stride, dilation, padding, .. } = self;
        let sizes = [height, width, columns, rows * columns, stride[0], stride[1], dilation[0], dilation[1]];
        let [height, width, columns, plane, step_y, step_x, apart_y, apart_x] = sizes.map(|size| size as u32);
        let [top, left] = [padding[0], padding[1]].map(|size| size as u32);
        WindowLaunch::new(height, width, columns, plane, step_y, step_x, apart_y, apart_x, top, left)
    }

    /// Whether a window of the output reaches beyond the input.
    pub(super) fn reaches_out(&self, input: &CubeTensor, output: &CubeTensor) -> bool {
        let (from, to) = (dims(input), dims(output));
        (0..2).any(|axis| {
            let last = (to[axis + 2] - 1) * self.stride[axis] + (self.kernel[axis] - 1) * self.dilation[axis];
            self.padding[axis] > 0 || last >= from[axis + 2]
        })
    }
}

/// The same on the device.
#[derive(CubeLaunch, CubeType)]
pub(super) struct Window {
    /// Of a map of the input.
    pub(super) height: u32,
    pub(super) width: u32,
    /// Width of a map of the output, and its pixels.
    pub(super) output_width: u32,
    pub(super) output_plane: u32,
    pub(super) step_y: u32,
    pub(super) step_x: u32,
    /// Distances of taps.
    apart_y: u32,
    apart_x: u32,
    /// Padding before the input.
    pub(super) top: u32,
    pub(super) left: u32,
}

/// The row where the window of a pixel of the output begins, counted from the start of the padding.
#[cube]
pub(super) fn window_top(window: &Window, pixel: u32) -> u32 {
    (pixel / window.output_width) * window.step_y
}

/// The column where it begins.
#[cube]
pub(super) fn window_left(window: &Window, pixel: u32) -> u32 {
    (pixel % window.output_width) * window.step_x
}

/// The pixel of the input under a tap of a window that begins there, or [`OUTSIDE`] where that is checked.
#[cube]
pub(super) fn under_tap(
    window: &Window,
    top: u32,
    left: u32,
    row: u32,
    column: u32,
    #[comptime] reaches_out: bool,
) -> u32 {
    // Shifted by the padding, so that nothing is negative.
    let y = top + row * window.apart_y;
    let x = left + column * window.apart_x;
    let pixel = (y - window.top) * window.width + x - window.left;
    if comptime!(reaches_out) {
        let vertical = y >= window.top && y < window.height + window.top;
        let horizontal = x >= window.left && x < window.width + window.left;
        select(vertical && horizontal, pixel, OUTSIDE)
    } else {
        pixel
    }
}
