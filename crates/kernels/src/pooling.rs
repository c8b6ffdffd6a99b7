//! Pooling over windows.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::epilogue::Pool;
use crate::error::{ShapeError, check_parameter};
use crate::kernel::{Engine, larger_value};
use crate::maps::Maps;
use crate::window::{Rounding, Window};

/// Whether an average counts the padding (`count_include_pad`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Border {
    /// Padding counts as zeros; what of a window lies beyond the padding does not count.
    Counted,
    /// The mean of the pixels inside the map.
    Ignored,
}

/// The largest value of every window; NaN if one of its pixels is NaN. Padding is never the largest.
///
/// # Errors
/// As [`Window::output_size`], and if a window would hold padding alone.
pub fn max_pool(input: &Maps, window: &Window, rounding: Rounding) -> Result<Maps, ShapeError> {
    if *window == Pool::MAX2 && rounding == Rounding::Floor {
        return max_pool2(input);
    }
    let places = Places::new(input, window, rounding)?;
    let engine = Engine::detect();
    places.rows(input, |picture, rows, target| engine.run(MaxRow { places: &places, picture, rows, target }))
}

/// The mean of every window, summed in float64 row by row.
///
/// # Errors
/// As [`Window::output_size`], if a window would hold padding alone, and if the window is dilated: libraries disagree
/// on what such a mean counts.
pub fn average_pool(input: &Maps, window: &Window, rounding: Rounding, border: Border) -> Result<Maps, ShapeError> {
    check_parameter("the dilation of an average pool", window.dilation, window.dilation == [1; 2], "[1, 1]")?;
    let places = Places::new(input, window, rounding)?;
    let engine = Engine::detect();
    let counts = [0, 1].map(|axis| places.counts(window, axis, border));
    places.rows(input, |picture, rows, target| {
        let row_count = counts[0][rows.index];
        engine.run(MeanRow { places: &places, picture, rows, row_count, counts: &counts[1], target });
    })
}

/// Where the windows are.
struct Places {
    /// Per output row or column, the input rows or columns of its window that are inside the map.
    taps: [Vec<Vec<usize>>; 2],
    /// Height and width of the input.
    size: [usize; 2],
    channels: usize,
}

/// The input rows of one output row.
#[derive(Clone, Copy)]
struct Rows<'a> {
    /// The output row within its picture.
    index: usize,
    taps: &'a [usize],
}

impl Places {
    fn new(input: &Maps, window: &Window, rounding: Rounding) -> Result<Self, ShapeError> {
        let size = [input.height(), input.width()];
        let outputs = window.output_size(size, rounding)?;
        let taps = |axis: usize| -> Result<Vec<Vec<usize>>, ShapeError> {
            (0..outputs[axis]).map(|output| taps_inside(window, axis, size[axis], output)).collect()
        };
        Ok(Self { taps: [taps(0)?, taps(1)?], size, channels: input.channels() })
    }

    /// Values that count along an axis, per output row or column.
    fn counts(&self, window: &Window, axis: usize, border: Border) -> Vec<usize> {
        let end = window.padding[axis] + self.size[axis] + window.padding[axis + 2];
        let counted = |output: usize| window.kernel[axis].min(end - output * window.stride[axis]);
        let all = self.taps[axis].iter().enumerate();
        all.map(|(output, taps)| if border == Border::Counted { counted(output) } else { taps.len() }).collect()
    }

    /// The output, of which `fill` computes one row of a picture at a time.
    fn rows(&self, input: &Maps, fill: impl Fn(&[f32], Rows<'_>, &mut [f32]) + Sync) -> Result<Maps, ShapeError> {
        let [height, width] = [self.taps[0].len(), self.taps[1].len()];
        let mut output = Maps::zeros(input.pictures(), height, width, self.channels)?;
        output.data_mut().par_chunks_exact_mut(width * self.channels).enumerate().for_each(|(row, target)| {
            let picture = &input.data()[row / height * input.picture_len()..][..input.picture_len()];
            fill(picture, Rows { index: row % height, taps: &self.taps[0][row % height] }, target);
        });
        Ok(output)
    }

    /// The pixels of one window, row by row.
    #[inline(always)]
    fn pixels<'a>(&'a self, picture: &'a [f32], rows: Rows<'a>, x: usize) -> impl Iterator<Item = &'a [f32]> {
        let columns = &self.taps[1][x];
        rows.taps.iter().flat_map(move |row| {
            columns.iter().map(move |column| &picture[(row * self.size[1] + column) * self.channels..][..self.channels])
        })
    }
}

fn taps_inside(window: &Window, axis: usize, size: usize, output: usize) -> Result<Vec<usize>, ShapeError> {
    let (kernel, dilation, padding) = (window.kernel[axis], window.dilation[axis], window.padding[axis]);
    let padded = (0..kernel).map(|tap| output * window.stride[axis] + tap * dilation);
    let inside: Vec<usize> = padded.filter_map(|at| at.checked_sub(padding)).filter(|&at| at < size).collect();
    if inside.is_empty() {
        return Err(ShapeError::HollowWindow { size, kernel, dilation, padding });
    }
    Ok(inside)
}

struct MaxRow<'a> {
    places: &'a Places,
    picture: &'a [f32],
    rows: Rows<'a>,
    target: &'a mut [f32],
}

impl WithSimd for MaxRow<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (x, target) in self.target.chunks_exact_mut(self.places.channels).enumerate() {
            let mut pixels = self.places.pixels(self.picture, self.rows, x);
            if let Some(first) = pixels.next() {
                target.copy_from_slice(first);
            }
            for pixel in pixels {
                target.iter_mut().zip(pixel).for_each(|(largest, &value)| *largest = larger_value(*largest, value));
            }
        }
    }
}

struct MeanRow<'a> {
    places: &'a Places,
    picture: &'a [f32],
    rows: Rows<'a>,
    /// Rows that count.
    row_count: usize,
    /// Columns that count, per window.
    counts: &'a [usize],
    target: &'a mut [f32],
}

impl WithSimd for MeanRow<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let mut sums = vec![0f64; self.places.channels];
        for (x, target) in self.target.chunks_exact_mut(self.places.channels).enumerate() {
            sums.fill(0.0);
            for pixel in self.places.pixels(self.picture, self.rows, x) {
                sums.iter_mut().zip(pixel).for_each(|(sum, &value)| *sum += f64::from(value));
            }
            let count = (self.row_count * self.counts[x]) as f64;
            target.iter_mut().zip(&sums).for_each(|(mean, sum)| *mean = (sum / count) as f32);
        }
    }
}

/// 2×2 max-pool of stride 2; an odd last row or column is dropped.
pub(crate) fn max_pool2(input: &Maps) -> Result<Maps, ShapeError> {
    let [height, width] = Pool::Max2.output_size([input.height(), input.width()])?;
    let channels = input.channels();
    let mut output = Maps::zeros(input.pictures(), height, width, channels)?;
    let (engine, stride, row_len) = (Engine::detect(), input.width() * channels, width * channels);
    output.data_mut().par_chunks_mut(row_len).enumerate().for_each(|(row, target)| {
        let start = (row / height * input.height() + row % height * 2) * stride;
        engine.run(PoolRows { rows: &input.data()[start..start + 2 * stride], channels, target });
    });
    Ok(output)
}

/// Pools two rows of pixels, one after the other in `rows`, into one.
pub(crate) struct PoolRows<'a> {
    pub(crate) rows: &'a [f32],
    pub(crate) channels: usize,
    pub(crate) target: &'a mut [f32],
}

impl WithSimd for PoolRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let channels = self.channels;
        let (upper, lower) = self.rows.split_at(self.rows.len() / 2);
        let pairs = upper.chunks_exact(2 * channels).zip(lower.chunks_exact(2 * channels));
        for (target, (upper, lower)) in self.target.chunks_exact_mut(channels).zip(pairs) {
            let (upper_left, upper_right) = upper.split_at(channels);
            let (lower_left, lower_right) = lower.split_at(channels);
            let left = upper_left.iter().zip(lower_left);
            let right = upper_right.iter().zip(lower_right);
            for (value, ((&a, &b), (&c, &d))) in target.iter_mut().zip(left.zip(right)) {
                *value = larger_value(larger_value(a, b), larger_value(c, d));
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reference::{random_maps, relative_error, windows};

    #[test]
    fn an_odd_row_and_column_are_dropped() {
        let input = Maps::new(1, 3, 3, 1, vec![1.0, 5.0, 9.0, 2.0, 3.0, 9.0, 9.0, 9.0, 9.0]).unwrap();
        assert_eq!(max_pool2(&input).unwrap().data(), [5.0]);
        let error = max_pool2(&random_maps(1, [1, 1, 4, 2])).unwrap_err().to_string();
        assert!(error.contains("2×2") && error.contains("1×4"), "{error}");
    }

    #[test]
    fn windows_of_padding_alone_and_dilated_means_are_refused() {
        let maps = random_maps(1, [1, 1, 5, 2]);
        let hollow = Window { kernel: [2, 1], padding: [2, 0, 2, 0], dilation: [3, 1], ..Window::square(1) };
        let error = max_pool(&maps, &hollow, Rounding::Floor).unwrap_err().to_string();
        assert!(error.contains("padding alone") && error.contains("pooling 1 pixels"), "{error}");
        let error = average_pool(&maps, &Window::square(1).dilation(2), Rounding::Floor, Border::Ignored).unwrap_err();
        assert!(error.to_string().contains("[2, 2]"), "{error}");
    }

    #[test]
    fn not_a_number_is_never_hidden() {
        for place in 0..9 {
            let mut values = vec![1.0; 9 * 20];
            values[place * 20 + 13] = f32::NAN;
            let maps = Maps::new(1, 3, 3, 20, values).unwrap();
            let pooled = [
                max_pool(&maps, &Window::square(3), Rounding::Floor).unwrap(),
                average_pool(&maps, &Window::square(3), Rounding::Floor, Border::Counted).unwrap(),
            ];
            for pooled in pooled {
                assert!(pooled.data().iter().enumerate().all(|(channel, value)| value.is_nan() == (channel == 13)));
            }
            if place % 3 < 2 && place < 6 {
                assert!(max_pool2(&maps).unwrap().data()[13].is_nan());
            }
        }
    }

    /// Largest value and mean of every window in float64.
    fn by_definition(input: &Maps, window: &Window, rounding: Rounding, border: Border) -> (Vec<f64>, Vec<f64>) {
        let [_, height, width, _] = input.shape();
        let mut results = (Vec::new(), Vec::new());
        for values in windows(input, window, rounding) {
            let inside = values.iter().filter_map(|value| value.pixel).map(f64::from);
            let in_padding = |place: isize, size: usize, after: usize| place < (size + after) as isize;
            let counted = values.iter().filter(|value| match border {
                Border::Ignored => value.pixel.is_some(),
                Border::Counted => {
                    in_padding(value.y, height, window.padding[2]) && in_padding(value.x, width, window.padding[3])
                }
            });
            results.0.push(inside.clone().fold(f64::NEG_INFINITY, f64::max));
            results.1.push(inside.sum::<f64>() / counted.count() as f64);
        }
        results
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn pools_agree_with_their_definitions(
            size in (1usize..12, 1usize..12), channels in 1usize..20, kernel in (1usize..5, 1usize..5),
            stride in (1usize..4, 1usize..4), padding in (0usize..3, 0usize..3, 0usize..3, 0usize..3),
            dilation in (1usize..3, 1usize..3), ceil in any::<bool>(), counted in any::<bool>(), seed in 0u64..1000,
        ) {
            let input = random_maps(seed, [2, size.0, size.1, channels]);
            let window = Window {
                kernel: kernel.into(), stride: stride.into(), padding: padding.into(), dilation: dilation.into(),
            };
            let rounding = if ceil { Rounding::Ceil } else { Rounding::Floor };
            let border = if counted { Border::Counted } else { Border::Ignored };
            let Ok(found) = max_pool(&input, &window, rounding) else {
                let outputs = window.output_size(size.into(), rounding);
                let hollow = outputs.is_ok() && windows(&input, &window, rounding)
                    .any(|values| values.iter().all(|value| value.pixel.is_none()));
                prop_assert!(outputs.is_err() || hollow);
                return Ok(());
            };
            let truth = by_definition(&input, &window, rounding, border);
            prop_assert_eq!(relative_error(found.data(), &truth.0), 0.0);
            if window.dilation == [1; 2] {
                let found = average_pool(&input, &window, rounding, border).unwrap();
                prop_assert!(relative_error(found.data(), &truth.1) < 1e-7);
            }
        }

        #[test]
        fn the_fast_pool_is_the_general_one(
            height in 2usize..12, width in 2usize..12, channels in 1usize..20, seed in 0u64..1000,
        ) {
            let input = random_maps(seed, [2, height, width, channels]);
            let even = crate::reference::crop(&input, height / 2 * 2, width / 2 * 2);
            prop_assert_eq!(max_pool2(&input).unwrap(), max_pool(&even, &Pool::MAX2, Rounding::Ceil).unwrap());
        }
    }
}
