//! Pooling and elementwise operations on feature maps.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::epilogue::Pool;
use crate::error::{ShapeError, check_indices, check_same};
use crate::kernel::Engine;
use crate::maps::Maps;

/// 2×2 max-pool of stride 2; an odd last row or column is dropped.
///
/// # Errors
/// If the maps are smaller than 2×2.
pub fn max_pool2(input: &Maps) -> Result<Maps, ShapeError> {
    let (height, width) = Pool::Max2.output_size(input.height(), input.width())?;
    let channels = input.channels();
    let mut output = Maps::zeros(input.pictures(), height, width, channels)?;
    let (engine, stride, row_len) = (Engine::detect(), input.width() * channels, width * channels);
    output.data_mut().par_chunks_mut(row_len).enumerate().for_each(|(row, target)| {
        let start = (row / height * input.height() + row % height * 2) * stride;
        engine.run(PoolRows { rows: &input.data()[start..start + 2 * stride], channels, target });
    });
    Ok(output)
}

/// `max(0, x)` in place; NaN stays NaN.
pub fn relu(maps: &mut Maps) {
    maps.data_mut().par_chunks_mut(CHUNK).for_each(|chunk| {
        for value in chunk {
            *value = rectify(*value);
        }
    });
}

/// Multiplies every channel by its own factor, in place.
///
/// # Errors
/// If there is not one factor per channel.
pub fn scale_channels(maps: &mut Maps, factors: &[f32]) -> Result<(), ShapeError> {
    check_same("the number of channel factors", maps.channels(), factors.len())?;
    let row_len = maps.width() * maps.channels();
    maps.data_mut().par_chunks_mut(row_len).for_each(|row| {
        for pixel in row.chunks_exact_mut(factors.len()) {
            pixel.iter_mut().zip(factors).for_each(|(value, factor)| *value *= factor);
        }
    });
    Ok(())
}

/// Mean over the pixels of every channel, summed in float64 from the first pixel to the last: `[pictures, channels]`.
pub fn spatial_mean(maps: &Maps) -> Vec<f32> {
    let channels = maps.channels();
    let pixels = (maps.height() * maps.width()) as f64;
    let mut means = vec![0.0; maps.pictures() * channels];
    let pictures = maps.data().par_chunks_exact(maps.picture_len());
    means.par_chunks_exact_mut(channels).zip(pictures).for_each(|(means, picture)| {
        let mut sums = vec![0f64; channels];
        for pixel in picture.chunks_exact(channels) {
            sums.iter_mut().zip(pixel).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        means.iter_mut().zip(sums).for_each(|(mean, sum)| *mean = (sum / pixels) as f32);
    });
    means
}

/// The chosen channels, in the order given.
///
/// # Errors
/// If no channel is chosen or an index points past the last channel.
pub fn select_channels(maps: &Maps, channels: &[usize]) -> Result<Maps, ShapeError> {
    check_indices(channels, maps.channels())?;
    let mut output = Maps::zeros(maps.pictures(), maps.height(), maps.width(), channels.len())?;
    let (source_row, target_row) = (maps.width() * maps.channels(), maps.width() * channels.len());
    let sources = maps.data().par_chunks_exact(source_row);
    output.data_mut().par_chunks_exact_mut(target_row).zip(sources).for_each(|(target, source)| {
        for (target, source) in target.chunks_exact_mut(channels.len()).zip(source.chunks_exact(maps.channels())) {
            target.iter_mut().zip(channels).for_each(|(value, &channel)| *value = source[channel]);
        }
    });
    Ok(output)
}

/// One point of a gain line: `max(0, a + s·b)`, then the pool, in one pass.
///
/// # Errors
/// If `a` and `b` differ in shape, or are to be pooled and smaller than 2×2.
pub fn line(a: &Maps, b: &Maps, s: f32, pool: Pool) -> Result<Maps, ShapeError> {
    let mut output = Maps::empty();
    line_into(a, b, s, pool, &mut output)?;
    Ok(output)
}

/// As [`line()`], written over `output`, whose memory is used again where it is large enough.
///
/// # Errors
/// As [`line()`].
pub fn line_into(a: &Maps, b: &Maps, s: f32, pool: Pool, output: &mut Maps) -> Result<(), ShapeError> {
    if a.shape() != b.shape() {
        let (expected, found) = (format!("{:?}", a.shape()), format!("{:?}", b.shape()));
        return Err(ShapeError::Mismatch { what: "the shape of b in a + s·b", expected, found });
    }
    let (a_height, channels) = (a.height(), a.channels());
    let (height, width) = pool.output_size(a_height, a.width())?;
    output.reshape_for_overwrite([a.pictures(), height, width, channels])?;
    let (engine, a, b, stride) = (Engine::detect(), a.data(), b.data(), a.width() * channels);
    match pool {
        Pool::None => output.data_mut().par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, target)| {
            let range = chunk * CHUNK..chunk * CHUNK + target.len();
            engine.run(LineRow { a: &a[range.clone()], b: &b[range], s, target });
        }),
        Pool::Max2 => {
            let rows = output.data_mut().par_chunks_mut(width * channels).enumerate();
            rows.for_each_init(Vec::new, |pair, (row, target)| {
                let start = (row / height * a_height + row % height * 2) * stride;
                let range = start..start + 2 * stride;
                pair.resize(2 * stride, 0.0);
                engine.run(LineRow { a: &a[range.clone()], b: &b[range], s, target: pair });
                engine.run(PoolRows { rows: pair, channels, target });
            });
        }
    }
    Ok(())
}

/// Values handled at a time by one thread: 64 KiB, which stays in a first- or second-level cache.
const CHUNK: usize = 1 << 14;

/// `max(0, x)`, but NaN stays NaN so that a broken input is seen.
#[inline(always)]
fn rectify(value: f32) -> f32 {
    if value < 0.0 { 0.0 } else { value }
}

/// `max(0, a + s·b)`; compiled for the instruction set it runs on.
struct LineRow<'a> {
    a: &'a [f32],
    b: &'a [f32],
    s: f32,
    target: &'a mut [f32],
}

impl WithSimd for LineRow<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for ((value, &a), &b) in self.target.iter_mut().zip(self.a).zip(self.b) {
            *value = rectify(a + self.s * b);
        }
    }
}

/// Pools two rows of pixels, one after the other in `rows`, into one.
struct PoolRows<'a> {
    rows: &'a [f32],
    channels: usize,
    target: &'a mut [f32],
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
                *value = larger(larger(a, b), larger(c, d));
            }
        }
    }
}

/// The larger value, or the second if they cannot be compared: one instruction where `f32::max` takes several.
#[inline(always)]
fn larger(first: f32, second: f32) -> f32 {
    if first > second { first } else { second }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reference::noise;

    fn maps(seed: u64, [pictures, height, width, channels]: [usize; 4]) -> Maps {
        Maps::new(pictures, height, width, channels, noise(seed, pictures * height * width * channels)).unwrap()
    }

    #[test]
    fn an_odd_row_and_column_are_dropped() {
        let input = Maps::new(1, 3, 3, 1, vec![1.0, 5.0, 9.0, 2.0, 3.0, 9.0, 9.0, 9.0, 9.0]).unwrap();
        assert_eq!(max_pool2(&input).unwrap().data(), [5.0]);
        assert!(matches!(max_pool2(&maps(1, [1, 1, 4, 2])), Err(ShapeError::TooSmallToPool { height: 1, width: 4 })));
    }

    #[test]
    fn channels_are_chosen_scaled_and_averaged() {
        let mut input = Maps::new(1, 1, 2, 3, vec![1.0, 2.0, 3.0, 4.0, 6.0, 8.0]).unwrap();
        assert_eq!(select_channels(&input, &[2, 0]).unwrap().data(), [3.0, 1.0, 8.0, 4.0]);
        assert_eq!(select_channels(&input, &[3]), Err(ShapeError::Index { index: 3, count: 3 }));
        assert_eq!(spatial_mean(&input), [2.5, 4.0, 5.5]);
        scale_channels(&mut input, &[1.0, 0.0, -1.0]).unwrap();
        assert_eq!(input.data(), [1.0, 0.0, -3.0, 4.0, 0.0, -8.0]);
        relu(&mut input);
        assert_eq!(input.data(), [1.0, 0.0, 0.0, 4.0, 0.0, 0.0]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_line_is_its_steps_one_by_one(
            pictures in 1usize..4, height in 2usize..12, width in 2usize..12, channels in 1usize..20,
            s in -6f32..6.0, seed in 0u64..1000,
        ) {
            let shape = [pictures, height, width, channels];
            let (a, b) = (maps(seed, shape), maps(seed + 1, shape));
            let mut expected = a.clone();
            expected.data_mut().iter_mut().zip(b.data()).for_each(|(a, b)| *a = (*a + s * b).max(0.0));
            let found = line(&a, &b, s, Pool::None).unwrap();
            prop_assert_eq!(found.data(), expected.data());
            prop_assert_eq!(line(&a, &b, s, Pool::Max2).unwrap(), max_pool2(&expected).unwrap());
            for (picture, y, x, channel) in [(0, 0, 0, 0), (pictures - 1, height / 2 - 1, width / 2 - 1, channels - 1)] {
                let at = |y, x| expected.data()[((picture * height + y) * width + x) * channels + channel];
                let four = [at(2 * y, 2 * x), at(2 * y, 2 * x + 1), at(2 * y + 1, 2 * x), at(2 * y + 1, 2 * x + 1)];
                let pooled = max_pool2(&expected).unwrap();
                let value = pooled.data()[((picture * (height / 2) + y) * (width / 2) + x) * channels + channel];
                prop_assert_eq!(value, four.into_iter().fold(f32::NEG_INFINITY, f32::max));
            }
        }
    }
}
