//! Sums and products of maps.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::activation::{Activation, CHUNK, rectify};
use crate::epilogue::Pool;
use crate::error::{ShapeError, check_same, check_shape};
use crate::kernel::Engine;
use crate::maps::Maps;
use crate::pooling::PoolRows;

/// `a + b` in place of `a`. `b` has the shape of `a`, or is `[pictures, 1, 1, channels]` and added to every pixel.
///
/// # Errors
/// If `b` has neither shape.
pub fn add(a: &mut Maps, b: &Maps) -> Result<(), ShapeError> {
    combine("the shape of b in a + b", a, b, |a, b| a + b)
}

/// `a · b` in place of `a`, value by value. `b` has the shape of `a`, or is `[pictures, 1, 1, channels]` and multiplies
/// every pixel (squeeze and excitation).
///
/// # Errors
/// If `b` has neither shape.
pub fn multiply(a: &mut Maps, b: &Maps) -> Result<(), ShapeError> {
    combine("the shape of b in a · b", a, b, |a, b| a * b)
}

fn combine(
    what: &'static str,
    a: &mut Maps,
    b: &Maps,
    of: impl Fn(f32, f32) -> f32 + Copy + Sync,
) -> Result<(), ShapeError> {
    let [pictures, _, _, channels] = a.shape();
    let zip = |a: &mut [f32], b: &[f32]| a.iter_mut().zip(b).for_each(|(a, &b)| *a = of(*a, b));
    if a.shape() == b.shape() {
        a.data_mut().par_chunks_mut(CHUNK).zip(b.data().par_chunks(CHUNK)).for_each(|(a, b)| zip(a, b));
        return Ok(());
    }
    if b.shape() != [pictures, 1, 1, channels] {
        return check_shape(what, &a.shape(), &b.shape());
    }
    let (height, row) = (a.height(), a.width() * channels);
    a.data_mut().par_chunks_exact_mut(row).enumerate().for_each(|(index, row)| {
        let b = &b.data()[index / height * channels..][..channels];
        row.chunks_exact_mut(channels).for_each(|a| zip(a, b));
    });
    Ok(())
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

/// One point of a gain line: `f(a + s·b)` with an activation f, then the pool, in one pass.
///
/// # Errors
/// If `a` and `b` differ in shape, are to be pooled and smaller than 2×2, or a parameter of the activation is outside its
/// range.
pub fn line(a: &Maps, b: &Maps, s: f32, activation: Activation, pool: Pool) -> Result<Maps, ShapeError> {
    let mut output = Maps::empty();
    line_into(a, b, s, activation, pool, &mut output)?;
    Ok(output)
}

/// As [`line()`], written over `output`, whose memory is used again where it is large enough.
///
/// # Errors
/// As [`line()`].
pub fn line_into(
    a: &Maps,
    b: &Maps,
    s: f32,
    activation: Activation,
    pool: Pool,
    output: &mut Maps,
) -> Result<(), ShapeError> {
    check_shape("the shape of b in a + s·b", &a.shape(), &b.shape())?;
    activation.check()?;
    let (a_height, channels) = (a.height(), a.channels());
    let [height, width] = pool.output_size([a_height, a.width()])?;
    output.reshape_for_overwrite([a.pictures(), height, width, channels])?;
    let (engine, a, b, stride) = (Engine::detect(), a.data(), b.data(), a.width() * channels);
    match pool {
        Pool::None => output.data_mut().par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, target)| {
            let range = chunk * CHUNK..chunk * CHUNK + target.len();
            engine.run(LineRow { a: &a[range.clone()], b: &b[range], s, activation, target });
        }),
        Pool::Max2 => {
            let rows = output.data_mut().par_chunks_mut(width * channels).enumerate();
            rows.for_each_init(Vec::new, |pair, (row, target)| {
                let start = (row / height * a_height + row % height * 2) * stride;
                let range = start..start + 2 * stride;
                pair.resize(2 * stride, 0.0);
                engine.run(LineRow { a: &a[range.clone()], b: &b[range], s, activation, target: pair });
                engine.run(PoolRows { rows: pair, channels, target });
            });
        }
    }
    Ok(())
}

/// `f(a + s·b)`; compiled for the instruction set it runs on.
struct LineRow<'a> {
    a: &'a [f32],
    b: &'a [f32],
    s: f32,
    activation: Activation,
    target: &'a mut [f32],
}

impl WithSimd for LineRow<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { a, b, s, activation, target } = self;
        let terms = target.iter_mut().zip(a.iter().zip(b));
        if activation == Activation::Relu {
            return terms.for_each(|(value, (&a, &b))| *value = rectify(a + s * b));
        }
        terms.for_each(|(value, (&a, &b))| *value = a + s * b);
        activation.apply_here(target);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pooling::max_pool2;
    use crate::reference::random_maps;

    #[test]
    fn sums_and_products_of_equal_shapes_and_of_one_value_per_channel() {
        let a = Maps::new(2, 1, 2, 2, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]).unwrap();
        let b = Maps::new(2, 1, 1, 2, vec![10.0, 20.0, 30.0, -1.0]).unwrap();
        let (mut sum, mut product) = (a.clone(), a.clone());
        add(&mut sum, &b).unwrap();
        multiply(&mut product, &b).unwrap();
        assert_eq!(sum.data(), [11.0, 22.0, 13.0, 24.0, 35.0, 5.0, 37.0, 7.0]);
        assert_eq!(product.data(), [10.0, 40.0, 30.0, 80.0, 150.0, -6.0, 210.0, -8.0]);
        let (mut twice, mut square) = (a.clone(), a.clone());
        add(&mut twice, &a).unwrap();
        multiply(&mut square, &a).unwrap();
        assert!(twice.data().iter().zip(a.data()).all(|(found, value)| *found == 2.0 * value));
        assert!(square.data().iter().zip(a.data()).all(|(found, value)| *found == value * value));
    }

    #[test]
    fn other_shapes_are_refused_with_both_shapes() {
        let a = random_maps(1, [2, 3, 3, 4]);
        for shape in [[1, 1, 1, 4], [2, 1, 1, 3], [2, 3, 1, 4], [2, 3, 3, 1]] {
            let error = add(&mut a.clone(), &random_maps(2, shape)).unwrap_err().to_string();
            assert!(error.contains("[2, 3, 3, 4]") && error.contains(&format!("{shape:?}")), "{error}");
        }
        let error = line(&a, &random_maps(2, [2, 3, 4, 4]), 1.0, Activation::Relu, Pool::None).unwrap_err().to_string();
        assert!(error.contains("[2, 3, 3, 4]") && error.contains("[2, 3, 4, 4]"), "{error}");
    }

    #[test]
    fn channels_are_scaled() {
        let mut maps = Maps::new(1, 1, 2, 3, vec![1.0, 2.0, 3.0, 4.0, 6.0, 8.0]).unwrap();
        scale_channels(&mut maps, &[1.0, 0.0, -1.0]).unwrap();
        assert_eq!(maps.data(), [1.0, 0.0, -3.0, 4.0, 0.0, -8.0]);
        assert!(scale_channels(&mut maps, &[1.0]).unwrap_err().to_string().contains("expected 3, found 1"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_line_is_its_steps_one_by_one(
            pictures in 1usize..4, height in 2usize..12, width in 2usize..12, channels in 1usize..20,
            s in -6f32..6.0, seed in 0u64..1000,
        ) {
            let shape = [pictures, height, width, channels];
            let (a, b) = (random_maps(seed, shape), random_maps(seed + 1, shape));
            for activation in [Activation::Relu, Activation::Linear, Activation::Clip { low: 0.0, high: 1.5 }, Activation::Silu] {
                let mut expected = a.clone();
                expected.data_mut().iter_mut().zip(b.data()).for_each(|(a, b)| *a += s * b);
                activation.apply(&mut expected).unwrap();
                let found = line(&a, &b, s, activation, Pool::None).unwrap();
                prop_assert_eq!(found.data(), expected.data());
                prop_assert_eq!(line(&a, &b, s, activation, Pool::Max2).unwrap(), max_pool2(&expected).unwrap());
            }
        }
    }
}
