//! Local response normalisation across channels.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::error::{ShapeError, check_parameter};
use crate::kernel::Engine;
use crate::maps::Maps;

/// `y_c = x_c / (k + α/n · Σ x_j²)^β` over the window of n channels `j = c − before … c + after` that exist
/// (Krizhevsky, Sutskever & Hinton 2012, with α divided by n as in Caffe, PyTorch, ONNX and MATLAB; TensorFlow and the
/// paper itself do not divide: multiply their α by n).
///
/// Where n is even, libraries put the odd channel on different sides: see [`Lrn::torch`] and [`Lrn::onnx`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lrn {
    /// Channels of the window below c.
    pub before: usize,
    /// Channels of the window above c.
    pub after: usize,
    /// α, before the division by n = before + 1 + after.
    pub alpha: f64,
    /// β.
    pub beta: f64,
    /// k.
    pub k: f64,
}

impl Lrn {
    /// PyTorch's window of n channels, `c − ⌊n/2⌋ … c + ⌈n/2⌉ − 1`.
    ///
    /// # Errors
    /// If n is 0 or a parameter is negative or not finite.
    pub fn torch(n: usize, alpha: f64, beta: f64, k: f64) -> Result<Self, ShapeError> {
        check_parameter("the number of channels in a normalisation window", n, n > 0, "at least 1")?;
        Self { before: n / 2, after: (n - 1) / 2, alpha, beta, k }.checked()
    }

    /// The window of n channels in ONNX and MATLAB, `c − ⌊(n − 1)/2⌋ … c + ⌈(n − 1)/2⌉`.
    ///
    /// # Errors
    /// As [`Lrn::torch`].
    pub fn onnx(n: usize, alpha: f64, beta: f64, k: f64) -> Result<Self, ShapeError> {
        let Self { before, after, .. } = Self::torch(n, alpha, beta, k)?;
        Ok(Self { before: after, after: before, alpha, beta, k })
    }

    fn checked(self) -> Result<Self, ShapeError> {
        let values = [self.alpha, self.beta, self.k];
        let holds = values.iter().all(|value| value.is_finite() && *value >= 0.0);
        check_parameter("alpha, beta, k of a normalisation", values, holds, "finite and not negative")?;
        Ok(self)
    }

    /// Normalises every pixel. Sums and powers are float64, the sum from the lowest channel to the highest; the result is
    /// rounded once. NaN in a window makes all of its results NaN.
    ///
    /// # Errors
    /// If a parameter is negative or not finite.
    pub fn forward(&self, input: &Maps) -> Result<Maps, ShapeError> {
        let lrn = self.checked()?;
        let mut output = input.clone();
        let (channels, row_len) = (input.channels(), input.width() * input.channels());
        let engine = Engine::detect();
        // Channels farther away than the map has any are no part of a window.
        let (before, after) = (self.before.min(channels), self.after.min(channels));
        output.data_mut().par_chunks_exact_mut(row_len).for_each(|row| {
            engine.run(Row { lrn, before, after, channels, row });
        });
        Ok(output)
    }
}

struct Row<'a> {
    lrn: Lrn,
    before: usize,
    after: usize,
    channels: usize,
    row: &'a mut [f32],
}

impl WithSimd for Row<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { lrn, before, after, channels, row } = self;
        let scale = lrn.alpha / (lrn.before + 1 + lrn.after) as f64;
        let mut squares = vec![0f64; before + channels + after];
        let mut sums = vec![0f64; channels];
        for pixel in row.chunks_exact_mut(channels) {
            squares[before..].iter_mut().zip(&*pixel).for_each(|(square, &x)| *square = f64::from(x) * f64::from(x));
            sums.fill(0.0);
            for offset in 0..before + 1 + after {
                sums.iter_mut().zip(&squares[offset..]).for_each(|(sum, square)| *sum += square);
            }
            let bases = sums.iter().map(|sum| lrn.k + scale * sum);
            let values = pixel.iter_mut().zip(bases);
            // The usual power has two square roots in place of a logarithm and an exponential.
            if lrn.beta == 0.75 {
                values.for_each(|(x, base)| *x = (f64::from(*x) / (base.sqrt() * base.sqrt().sqrt())) as f32);
            } else {
                values.for_each(|(x, base)| *x = (f64::from(*x) / base.powf(lrn.beta)) as f32);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reference::{random_maps, relative_error};

    fn by_definition(input: &Maps, lrn: &Lrn) -> Vec<f64> {
        let channels = input.channels();
        let value = |(at, x): (usize, &f32)| {
            let (pixel, c) = (at / channels * channels, at % channels);
            let window = c.saturating_sub(lrn.before)..channels.min(c.saturating_add(lrn.after + 1));
            let sum: f64 = window.map(|j| f64::from(input.data()[pixel + j]).powi(2)).sum();
            f64::from(*x) / (lrn.k + lrn.alpha / (lrn.before + lrn.after + 1) as f64 * sum).powf(lrn.beta)
        };
        input.data().iter().enumerate().map(value).collect()
    }

    #[test]
    fn windows_of_even_size_lie_on_different_sides() {
        let sides = |lrn: Lrn| (lrn.before, lrn.after);
        for (n, torch, onnx) in [(1, (0, 0), (0, 0)), (2, (1, 0), (0, 1)), (4, (2, 1), (1, 2)), (5, (2, 2), (2, 2))] {
            assert_eq!(sides(Lrn::torch(n, 1.0, 1.0, 1.0).unwrap()), torch);
            assert_eq!(sides(Lrn::onnx(n, 1.0, 1.0, 1.0).unwrap()), onnx);
        }
    }

    #[test]
    fn not_a_number_reaches_its_window_and_no_more() {
        let mut input = random_maps(1, [1, 1, 2, 9]);
        input.data_mut()[4] = f32::NAN;
        let output = Lrn::torch(4, 1e-4, 0.75, 1.0).unwrap().forward(&input).unwrap();
        let hidden: Vec<usize> = (0..18).filter(|&at| output.data()[at].is_nan()).collect();
        assert_eq!(hidden, [3, 4, 5, 6]);
    }

    #[test]
    fn bad_parameters_are_refused() {
        assert!(Lrn::torch(0, 1.0, 1.0, 1.0).unwrap_err().to_string().contains("at least 1"));
        assert!(Lrn::onnx(5, f64::NAN, 1.0, 1.0).unwrap_err().to_string().contains("NaN"));
        let negative = Lrn { before: 1, after: 1, alpha: 1.0, beta: 1.0, k: -1.0 };
        assert!(negative.forward(&random_maps(1, [1, 1, 1, 1])).unwrap_err().to_string().contains("-1.0"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_window_agrees_with_the_definition(
            channels in 1usize..40, before in 0usize..50, after in 0usize..50, alpha in 0f64..2.0, k in 0.1f64..3.0,
            usual in any::<bool>(), beta in 0f64..2.0, seed in 0u64..1000,
        ) {
            let lrn = Lrn { before, after, alpha, beta: if usual { 0.75 } else { beta }, k };
            let input = random_maps(seed, [2, 2, 3, channels]);
            let found = lrn.forward(&input).unwrap();
            prop_assert!(relative_error(found.data(), &by_definition(&input, &lrn)) < 1e-7);
        }
    }
}
