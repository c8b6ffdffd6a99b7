//! The window that convolutions and pools slide over a map.

use crate::error::{ShapeError, check_parameter};

/// Largest kernel, stride, dilation or padding: products of two of them stay far below what `usize` holds.
const LARGEST: usize = 1 << 15;

/// A sliding window. Pairs are `[vertical, horizontal]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Taps: height and width of the kernel.
    pub kernel: [usize; 2],
    /// Pixels from one window to the next.
    pub stride: [usize; 2],
    /// Pixels around the map: top, left, bottom, right (ONNX's order of `pads`).
    pub padding: [usize; 4],
    /// Pixels from one tap to the next.
    pub dilation: [usize; 2],
}

/// How many windows a pool has where the stride does not divide the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Only windows that fit.
    Floor,
    /// One more that reaches past the end, if it starts inside the map or the padding before it (PyTorch's and ONNX
    /// Runtime's `ceil_mode`).
    Ceil,
}

impl Window {
    /// A square window of stride 1 without padding or dilation.
    pub const fn square(side: usize) -> Self {
        Self { kernel: [side; 2], stride: [1; 2], padding: [0; 4], dilation: [1; 2] }
    }

    /// The same window with this stride in both directions.
    pub const fn stride(self, stride: usize) -> Self {
        Self { stride: [stride; 2], ..self }
    }

    /// The same window with this padding on all four sides.
    pub const fn padding(self, padding: usize) -> Self {
        Self { padding: [padding; 4], ..self }
    }

    /// The same window with this dilation in both directions.
    pub const fn dilation(self, dilation: usize) -> Self {
        Self { dilation: [dilation; 2], ..self }
    }

    /// Taps of the window.
    pub fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Height and width of the output for maps of this height and width.
    ///
    /// # Errors
    /// If a kernel size, stride or dilation is zero, any number is larger than 32,768, or the window is larger than the
    /// padded maps.
    pub fn output_size(&self, size: [usize; 2], rounding: Rounding) -> Result<[usize; 2], ShapeError> {
        self.check()?;
        let one = |axis| self.windows(axis, size[axis], rounding);
        match (one(0), one(1)) {
            (Some(height), Some(width)) => Ok([height, width]),
            _ => {
                let text = |[height, width]: [usize; 2]| format!("{height}×{width}");
                let padded = [0, 1].map(|axis| size[axis] + self.padding[axis] + self.padding[axis + 2]);
                let extent = text([self.extent(0), self.extent(1)]);
                Err(ShapeError::WindowTooLarge { extent, size: text(size), padded: text(padded) })
            }
        }
    }

    pub(crate) fn check(&self) -> Result<(), ShapeError> {
        let rule = "from 1 to 32768";
        check_parameter("the kernel size", self.kernel, within(&self.kernel, 1), rule)?;
        check_parameter("the stride", self.stride, within(&self.stride, 1), rule)?;
        check_parameter("the dilation", self.dilation, within(&self.dilation, 1), rule)?;
        check_parameter("the padding", self.padding, within(&self.padding, 0), "at most 32768")
    }

    /// Pixels that the window covers along an axis.
    pub(crate) fn extent(&self, axis: usize) -> usize {
        (self.kernel[axis] - 1) * self.dilation[axis] + 1
    }

    /// PyTorch's `pooling_output_shape`.
    fn windows(&self, axis: usize, size: usize, rounding: Rounding) -> Option<usize> {
        let (stride, before) = (self.stride[axis], self.padding[axis]);
        let padded = size + before + self.padding[axis + 2];
        let reach = if rounding == Rounding::Ceil { padded + stride - 1 } else { padded };
        let count = reach.checked_sub(self.extent(axis))? / stride + 1;
        let outside = rounding == Rounding::Ceil && (count - 1) * stride >= size + before;
        Some(if outside { count - 1 } else { count })
    }
}

fn within(values: &[usize], least: usize) -> bool {
    values.iter().all(|value| (least..=LARGEST).contains(value))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_known_networks() {
        let size = |window: Window, side| window.output_size([side; 2], Rounding::Floor).unwrap()[0];
        assert_eq!(size(Window::square(11).stride(4).padding(2), 224), 55);
        assert_eq!(size(Window::square(7).stride(2).padding(3), 224), 112);
        assert_eq!(size(Window::square(3).padding(1), 14), 14);
        assert_eq!(size(Window::square(3).padding(2).dilation(2), 14), 14);
        let same = Window { padding: [0, 0, 1, 1], ..Window::square(3).stride(2) };
        assert_eq!(size(same, 224), 112);
    }

    #[test]
    fn a_ceiled_window_must_start_inside_the_map_or_before_it() {
        let size = |window: Window, side| window.output_size([side; 2], Rounding::Ceil).unwrap()[0];
        assert_eq!(size(Window::square(3).stride(2), 6), 3);
        assert_eq!(size(Window::square(2).stride(3).padding(1), 3), 2);
        assert_eq!(size(Window::square(1).stride(4), 5), 2);
        assert_eq!(size(Window::square(3).stride(2), 2), 1);
    }

    #[test]
    fn bad_windows_are_refused_by_name() {
        let error = |window: Window| window.output_size([5, 4], Rounding::Floor).unwrap_err().to_string();
        let message = error(Window::square(3).dilation(3).padding(1));
        assert!(message.contains("7×7") && message.contains("5×4") && message.contains("7×6"), "{message}");
        assert!(error(Window::square(0)).contains("kernel size is [0, 0]"));
        assert!(error(Window::square(3).stride(0)).contains("the stride is [0, 0]"));
        assert!(error(Window::square(3).padding(usize::MAX)).contains("at most 32768"));
    }
}
