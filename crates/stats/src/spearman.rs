//! Spearman's rank correlation, for trends over layers.
//!
//! `ρ` is Pearson's correlation of the mid-ranks (Spearman 1904). The two-sided p comes from
//! `t = ρ sqrt(ν / (1 − ρ²))` with ν = n − 2 degrees of freedom (Kendall & Stuart, vol. 2), as
//! `scipy.stats.spearmanr` has it; it is an approximation that is good from about ten pairs on.

use crate::StatsError;
use crate::bootstrap::{Bootstrap, Interval};
use crate::error::{check_finite, check_length};
use crate::ranks::mid_ranks;
use crate::student_t::two_sided_p;

/// A rank correlation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spearman {
    /// The correlation, between −1 and 1.
    pub rho: f64,
    /// Two-sided p by the t approximation; 0 for a perfect correlation, as in SciPy.
    pub p: f64,
}

/// Rank correlation of `x` and `y`; `None` for fewer than three pairs or when one of the two is constant.
///
/// # Examples
/// ```
/// use stats::spearman::spearman;
///
/// let found = spearman(&[1.0, 2.0, 3.0, 4.0], &[0.1, 0.3, 0.2, 0.9])?.expect("both vary");
/// assert!((found.rho - 0.8).abs() < 1e-12);
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Errors
/// Both must have the same length and be finite.
pub fn spearman(x: &[f64], y: &[f64]) -> Result<Option<Spearman>, StatsError> {
    check_pairs(x, y)?;
    if x.len() < 3 {
        return Ok(None);
    }
    Ok(rank_correlation(x, y).map(|rho| Spearman { rho, p: two_sided_p(rho, x.len() - 2) }))
}

/// Rank correlation of `x` and `y` with a percentile bootstrap interval over pairs. Resamples in which one of the two
/// is constant are drawn anew.
///
/// # Errors
/// Both must have the same length, be finite and have a correlation.
pub fn spearman_interval(x: &[f64], y: &[f64], bootstrap: &Bootstrap) -> Result<Interval, StatsError> {
    check_pairs(x, y)?;
    let pairs: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
    bootstrap.interval("rank correlation", &pairs, |pairs| {
        let (x, y): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        rank_correlation(&x, &y)
    })
}

fn check_pairs(x: &[f64], y: &[f64]) -> Result<(), StatsError> {
    check_length("second variable of a correlation", x.len(), y.len())?;
    check_finite("first variable of a correlation", x)?;
    check_finite("second variable of a correlation", y)
}

/// Pearson's correlation of the ranks, which are multiples of ½ around a mean known exactly.
fn rank_correlation(x: &[f64], y: &[f64]) -> Option<f64> {
    let mean = (x.len() + 1) as f64 / 2.0;
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in mid_ranks(x).into_iter().zip(mid_ranks(y)) {
        let (x, y) = (x - mean, y - mean);
        xx += x * x;
        yy += y * y;
        xy += x * y;
    }
    // The root of the product is exact for equal sums, so that a perfect correlation is exactly ±1.
    (xx > 0.0 && yy > 0.0).then(|| (xy / (xx * yy).sqrt()).clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;

    #[test]
    fn degenerate_inputs() {
        assert_eq!(spearman(&[1.0, 2.0], &[1.0, 2.0]), Ok(None), "two pairs");
        assert_eq!(spearman(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]), Ok(None), "constant");
        assert_eq!(spearman(&[], &[]), Ok(None));
        let length = StatsError::Length { what: "second variable of a correlation", expected: 1, found: 0 };
        assert_eq!(spearman(&[1.0], &[]), Err(length));
        assert!(spearman(&[1.0, f64::NAN, 2.0], &[1.0, 2.0, 3.0]).is_err());
        assert_eq!(spearman(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]), Ok(Some(Spearman { rho: -1.0, p: 0.0 })));
    }

    #[test]
    fn the_interval_encloses_the_estimate_and_follows_the_seed() {
        let x: Vec<f64> = (0..13).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| x + 6.0 * (x * 1.7).sin()).collect();
        let bootstrap = Bootstrap { resamples: 999, seed: 3 };
        let interval = spearman_interval(&x, &y, &bootstrap).expect("a correlation");
        assert_eq!(Some(interval.estimate), spearman(&x, &y).expect("finite").map(|result| result.rho));
        assert!(interval.low < interval.estimate && interval.estimate < interval.high && interval.high <= 1.0);
        assert_eq!(spearman_interval(&x, &y, &bootstrap), Ok(interval));
        assert!(spearman_interval(&[1.0; 5], &x[..5], &bootstrap).is_err(), "constant");
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn without_ties_it_is_the_formula_of_squared_differences(
            y in Just((0..12).map(f64::from).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let x: Vec<f64> = (0..12).map(f64::from).collect();
            let squares: f64 = x.iter().zip(&y).map(|(x, y)| (x - y).powi(2)).sum();
            let expected = 1.0 - 6.0 * squares / (12.0 * 143.0);
            let result = spearman(&x, &y).expect("finite").expect("no ties");
            prop_assert!((result.rho - expected).abs() < 1e-14);
            prop_assert!((0.0..=1.0).contains(&result.p));
            let cubed: Vec<f64> = y.iter().map(|y| -y.powi(3)).collect();
            let reversed = spearman(&x, &cubed).expect("finite").expect("no ties");
            prop_assert!((reversed.rho + result.rho).abs() < 1e-14 && (reversed.p - result.p).abs() < 1e-12);
        }
    }
}
