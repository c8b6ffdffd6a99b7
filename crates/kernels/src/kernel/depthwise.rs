//! The depthwise convolution: every channel has a kernel of its own.

use pulp::Simd;

use super::rows::write;
use super::{Range, finish_vector, load};

/// Pixels of a row that are computed together, so that a vector of weights is read once for all of them.
const PIXELS: usize = 4;

/// Rows of a padded picture, and how they are convolved.
///
/// Channels are padded to whole vectors in all slices but the output.
pub(crate) struct DepthwiseRows<'a> {
    /// Padded input rows, `[lines][line][padded channels]`.
    pub strip: &'a [f32],
    /// Pixels in a line of the strip.
    pub line: usize,
    /// Weights, `[taps][padded channels]`, kernel row by kernel row.
    pub weights: &'a [f32],
    /// Height and width of the kernel.
    pub kernel: [usize; 2],
    /// Lines and pixels from one output pixel to the next.
    pub stride: [usize; 2],
    /// Lines and pixels from one tap to the next.
    pub dilation: [usize; 2],
    /// Channels of the output.
    pub channels: usize,
    /// Pixels of an output row.
    pub width: usize,
    /// Per padded channel: bias, then gain.
    pub bias: &'a [f32],
    /// See `bias`.
    pub gain: &'a [f32],
    /// What values are clipped to before the gain.
    pub range: Range,
}

/// Convolves as many rows as `output`, `[rows][width][channels]`, holds.
///
/// Every sum runs over the taps from first to last, whatever pixels are computed together.
#[inline(always)]
pub(crate) fn convolve_rows<S: Simd>(simd: S, rows: &DepthwiseRows<'_>, output: &mut [f32]) {
    let padded = rows.channels.next_multiple_of(S::F32_LANES);
    let count = output.len() / (rows.width * rows.channels);
    let last =
        |axis: usize, outputs: usize| (outputs - 1) * rows.stride[axis] + (rows.kernel[axis] - 1) * rows.dilation[axis];
    assert!(output.len() == count * rows.width * rows.channels && count > 0);
    assert!(last(1, rows.width) < rows.line && (last(0, count) + 1) * rows.line * padded <= rows.strip.len());
    assert!(rows.kernel[0] * rows.kernel[1] * padded <= rows.weights.len());
    assert!(rows.bias.len() >= padded && rows.gain.len() >= padded);
    for (y, output) in output.chunks_exact_mut(rows.width * rows.channels).enumerate() {
        let mut x = 0;
        // All channels of a few pixels are neighbours in memory, so they come before the next pixels.
        while x < rows.width {
            let count = if x + PIXELS <= rows.width { PIXELS } else { 1 };
            for channel in (0..padded).step_by(S::F32_LANES) {
                let place = Place { y, x, channel, padded };
                // SAFETY: `y` is below the number of rows, `x` plus the pixels at most the width, and `channel` plus a
                // vector at most `padded`: all taps are inside the strip and the weights, as asserted.
                unsafe {
                    match count {
                        PIXELS => block::<S, PIXELS>(simd, rows, place, output),
                        _ => block::<S, 1>(simd, rows, place, output),
                    }
                }
            }
            x += count;
        }
    }
}

#[derive(Clone, Copy)]
struct Place {
    y: usize,
    x: usize,
    channel: usize,
    padded: usize,
}

/// One vector of channels of `P` neighbouring pixels.
///
/// # Safety
/// The taps of the pixels `x … x + P − 1` of row `y` are inside the strip, and a vector can be read from every row of
/// the strip's pixels, the weights, bias and gain at `channel`.
#[inline(always)]
unsafe fn block<S: Simd, const P: usize>(simd: S, rows: &DepthwiseRows<'_>, place: Place, output: &mut [f32]) {
    let Place { y, x, channel, padded } = place;
    let mut sums = [simd.splat_f32s(0.0); P];
    for tap_y in 0..rows.kernel[0] {
        let line = (y * rows.stride[0] + tap_y * rows.dilation[0]) * rows.line;
        for tap_x in 0..rows.kernel[1] {
            let first = (line + x * rows.stride[1] + tap_x * rows.dilation[1]) * padded + channel;
            // SAFETY: by the contract above.
            let weight =
                unsafe { load::<S>(rows.weights.as_ptr().add((tap_y * rows.kernel[1] + tap_x) * padded + channel)) };
            for (pixel, sum) in sums.iter_mut().enumerate() {
                let at = first + pixel * rows.stride[1] * padded;
                // SAFETY: by the contract above.
                *sum = simd.mul_add_e_f32s(unsafe { load::<S>(rows.strip.as_ptr().add(at)) }, weight, *sum);
            }
        }
    }
    // SAFETY: by the contract above.
    let (bias, gain) =
        unsafe { (load::<S>(rows.bias.as_ptr().add(channel)), load::<S>(rows.gain.as_ptr().add(channel))) };
    let len = S::F32_LANES.min(rows.channels - channel);
    for (pixel, &sum) in sums.iter().enumerate() {
        let target = &mut output[(x + pixel) * rows.channels + channel..][..len];
        write(simd, target, finish_vector(simd, sum, bias, gain, rows.range));
    }
}
