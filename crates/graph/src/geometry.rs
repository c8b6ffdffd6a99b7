//! How many places a sliding window has along one axis, and whether each of them sees the input.

use crate::{Conv, MaxPool, Window};

/// The largest kernel side, step, padding or dilation: far above any network, small enough that sums of them never
/// overflow, and what kernels take.
pub const MAX_WINDOW: usize = 1 << 15;

/// A sliding window along one axis.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axis {
    pub kernel: usize,
    pub stride: usize,
    /// Padding before the input.
    pub before: usize,
    /// Padding behind the input.
    pub after: usize,
    pub dilation: usize,
    pub ceil: bool,
}

impl Axis {
    /// Vertical and horizontal axis of a convolution.
    pub fn of_conv(conv: &Conv) -> [Self; 2] {
        Self::pair(conv.kernel, conv.stride, conv.padding, conv.dilation, false)
    }

    /// Vertical and horizontal axis of a pool whose taps lie `dilation` apart.
    pub fn of_window(window: &Window, dilation: [usize; 2]) -> [Self; 2] {
        Self::pair(window.kernel, window.stride, window.padding, dilation, window.ceil)
    }

    /// Vertical and horizontal axis of a max-pool.
    pub fn of_max(pool: &MaxPool) -> [Self; 2] {
        Self::of_window(&pool.window, pool.dilation)
    }

    fn pair(k: [usize; 2], s: [usize; 2], padding: [usize; 4], d: [usize; 2], ceil: bool) -> [Self; 2] {
        [0, 1].map(|axis| Self {
            kernel: k[axis],
            stride: s[axis],
            before: padding[axis],
            after: padding[axis + 2],
            dilation: d[axis],
            ceil,
        })
    }

    /// The rule that a setting breaks, if any.
    pub fn flaw(&self) -> Option<&'static str> {
        let within = |size: usize| (1..=MAX_WINDOW).contains(&size);
        if !(within(self.kernel) && within(self.stride) && within(self.dilation)) {
            return Some("kernel, stride and dilation must lie between 1 and 32,768");
        }
        let most = self.before.max(self.after);
        (most > MAX_WINDOW).then_some("padding must be at most 32,768")
    }

    /// From the first tap of a window to its last one.
    pub fn extent(&self) -> u64 {
        self.dilation as u64 * (self.kernel as u64 - 1) + 1
    }

    /// Number of windows over `input` positions; nothing if not even one fits.
    pub fn outputs(&self, input: usize) -> Option<usize> {
        let (stride, before) = (self.stride as u64, self.before as u64);
        let room = (input as u64 + before + self.after as u64).checked_sub(self.extent())?;
        let mut windows = if self.ceil { room.div_ceil(stride) + 1 } else { room / stride + 1 };
        if self.ceil && (windows - 1) * stride >= input as u64 + before {
            windows -= 1;
        }
        usize::try_from(windows).ok()
    }

    /// The positions of the input that window `index` sees.
    pub fn taps(self, index: usize, input: usize) -> impl Iterator<Item = (usize, usize)> {
        let start = index as i64 * self.stride as i64 - self.before as i64;
        let position = move |tap: usize| start + tap as i64 * self.dilation as i64;
        (0..self.kernel)
            .map(move |tap| (tap, position(tap)))
            .filter(move |&(_, at)| at >= 0 && at < input as i64)
            .map(|(tap, at)| (tap, at as usize))
    }

    /// Positions of window `index` within the padded input of a pool.
    pub fn padded_taps(&self, index: usize, input: usize) -> usize {
        let start = index * self.stride;
        let end = (start + self.kernel).min(input + self.before + self.after);
        end.saturating_sub(start)
    }

    /// Whether every window sees at least one position of the input.
    ///
    /// Of the windows that start in the input or behind it, the last one tells; of those that start in the padding
    /// before it (at most [`MAX_WINDOW`]), each one's first tap beyond that padding.
    pub fn sees_input(&self, input: usize, windows: usize) -> bool {
        let early = self.before.div_ceil(self.stride).min(windows);
        let first_seen = |index: usize| {
            let padding = self.before - index * self.stride;
            let tap = padding.div_ceil(self.dilation);
            tap < self.kernel && tap * self.dilation - padding < input
        };
        let last = windows.saturating_sub(1) * self.stride;
        (0..early).all(first_seen) && (last < self.before || last - self.before < input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(kernel: usize, stride: usize, before: usize, after: usize, dilation: usize, ceil: bool) -> Axis {
        Axis { kernel, stride, before, after, dilation, ceil }
    }

    #[test]
    fn sizes_follow_pytorch() {
        let check = |axis: Axis, input, expected| assert_eq!(axis.outputs(input), expected, "{axis:?} over {input}");
        check(axis(3, 2, 0, 0, 1, false), 55, Some(27));
        check(axis(3, 2, 0, 0, 1, true), 56, Some(28));
        check(axis(3, 2, 0, 0, 1, false), 56, Some(27));
        check(axis(2, 2, 1, 1, 1, true), 3, Some(2)); // the third window would start behind the input
        check(axis(1, 3, 0, 0, 1, true), 4, Some(2));
        check(axis(1, 3, 0, 0, 1, true), 3, Some(1)); // the second one would start at 3, behind the input
        check(axis(3, 2, 0, 1, 1, false), 224, Some(112)); // TensorFlow's "same" padding
        check(axis(3, 1, 1, 1, 2, false), 5, Some(3));
        check(axis(3, 1, 0, 0, 3, false), 6, None);
    }

    #[test]
    fn a_window_without_input_is_seen() {
        assert!(axis(3, 2, 1, 1, 1, false).sees_input(5, 3));
        assert!(!axis(2, 1, 2, 0, 1, false).sees_input(5, 6), "the first window lies in the padding");
        assert!(axis(2, 3, 0, 2, 1, false).sees_input(4, 2), "no window lies in the padding behind the input");
        assert!(!axis(2, 1, 0, 2, 1, false).sees_input(5, 6), "the last window lies in the padding");
        assert!(!axis(2, 1, 1, 1, 2, false).sees_input(1, 1), "the taps at -1 and 1 straddle the only position");
    }
}
