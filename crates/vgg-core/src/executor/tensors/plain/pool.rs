//! Pools. Maps are padded and cut here to what the windows cover, and Burn is given windows without padding: its own
//! paddings and counts differ from those of a graph.

use burn::tensor::module::{avg_pool2d, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, MaxPoolOptions, PadMode};
use burn::tensor::{Tensor, TensorData};
use graph::{AveragePool, MaxPool, Shape, Window};

/// A max-pool whose result has that shape.
pub(super) fn max(input: Tensor<4>, pool: &MaxPool, shape: Shape) -> Tensor<4> {
    let MaxPool { window, dilation } = pool;
    let covered = covered(input, window, *dilation, shape, f32::MIN);
    let options = MaxPoolOptions::new(window.kernel).with_stride(window.stride).with_dilation(*dilation);
    max_pool2d(covered, options)
}

/// The 2×2 max-pool of stride 2.
pub(super) fn halved(input: Tensor<4>) -> Tensor<4> {
    max_pool2d(input, MaxPoolOptions::new([2, 2]))
}

/// An average pool whose result has that shape: means of whole windows, corrected where a window counts fewer positions.
pub(super) fn average(input: Tensor<4>, pool: &AveragePool, shape: Shape) -> Tensor<4> {
    let AveragePool { window, count_include_pad } = pool;
    let ([_, _, height, width], device) = (input.dims(), input.device());
    let rows = counts(window, 0, height, shape.height, *count_include_pad);
    let columns = counts(window, 1, width, shape.width, *count_include_pad);
    let options = AvgPoolOptions::new(window.kernel).with_stride(window.stride);
    let means = avg_pool2d(covered(input, window, [1; 2], shape, 0.0), options);
    let area = (window.kernel[0] * window.kernel[1]) as f32;
    let corrections = rows.iter().flat_map(|row| columns.iter().map(move |column| area / (row * column) as f32));
    let corrections = corrections.collect::<Vec<f32>>();
    if corrections.iter().all(|correction| *correction == 1.0) {
        return means;
    }
    means * Tensor::<4>::from_data(TensorData::new(corrections, [1, 1, shape.height, shape.width]), &device)
}

/// For every window along one axis, the positions that count.
fn counts(window: &Window, axis: usize, side: usize, windows: usize, padding_counts: bool) -> Vec<usize> {
    let (before, after) = (window.padding[axis], window.padding[axis + 2]);
    let counted = if padding_counts { 0..before + side + after } else { before..before + side };
    let count = |index: usize| {
        let start = index * window.stride[axis];
        (start + window.kernel[axis]).min(counted.end).saturating_sub(start.max(counted.start))
    };
    (0..windows).map(count).collect()
}

/// What the windows of a pool see, and no more, with that value around it.
fn covered(input: Tensor<4>, window: &Window, dilation: [usize; 2], shape: Shape, value: f32) -> Tensor<4> {
    let [pictures, channels, height, width] = input.dims();
    let seen = |axis: usize, windows: usize| {
        (windows - 1) * window.stride[axis] + (window.kernel[axis] - 1) * dilation[axis] + 1
    };
    let (rows, columns) = (seen(0, shape.height), seen(1, shape.width));
    let [top, left, ..] = window.padding;
    let behind = [rows.saturating_sub(top + height), columns.saturating_sub(left + width)];
    let padded = padded(input, [top, left, behind[0], behind[1]], value);
    padded.slice([0..pictures, 0..channels, 0..rows, 0..columns])
}

/// Maps with that value at the top, left, bottom and right.
pub(super) fn padded(input: Tensor<4>, [top, left, bottom, right]: [usize; 4], value: f32) -> Tensor<4> {
    match [top, left, bottom, right] {
        [0, 0, 0, 0] => input,
        _ => input.pad([(top, bottom), (left, right)], PadMode::Constant(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_beyond_the_padding_never_count() {
        let window = Window { padding: [1, 0, 1, 0], ceil: true, ..Window::square(3, 2) };
        assert_eq!(counts(&window, 0, 8, 5, true), [3, 3, 3, 3, 2]);
        assert_eq!(counts(&window, 0, 8, 5, false), [2, 3, 3, 3, 1]);
    }
}
