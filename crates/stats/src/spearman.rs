//! Spearman's rank correlation, for trends over layers.
//!
//! `ρ` is Pearson's correlation of the mid-ranks (Spearman 1904). Its p is the share of all pairings of the ranks in
//! which ρ lies at least as far out, counted exactly for up to 14 pairs, for 16 without ties, and for more where many ties
//! leave few pairings. The t approximation of `scipy.stats.spearmanr` is not used: SciPy 1.17.1 gives 1.1e-6 for ρ = .9451 of 13
//! pairs, where it is 5.6e-6, and next to 0 for a perfect order, where it is 2/n!. Beyond, p is that of [`DRAWS`] random
//! pairings, with a standard error of `sqrt(p (1 − p) / DRAWS)`, .0007 at p = .05, and never below
//! `2 / (DRAWS + 1)`.

use crate::StatsError;
use crate::error::{check_finite, check_length};
use crate::pairings::{exact_tails, sampled_tails};
use crate::ranks::mid_ranks_by;
use crate::tails::{Alternative, same};

/// Random pairings where there are too many to count.
pub const DRAWS: usize = 99_999;

/// Pairs below which nothing is said.
const FEWEST: usize = 3;

/// A rank correlation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spearman {
    /// The correlation, between −1 and 1.
    pub rho: f64,
    /// Two-sided p: twice the smaller of the two one-sided ones, at most 1. With ties the null need not be symmetric.
    pub p: f64,
}

/// Rank correlation of `x` and `y`; `None` for fewer than three pairs or when one of the two is constant. Values that are
/// equal but for rounding (`1e-10 · max(1, |value|)`) share a rank. The seed is that of the random pairings.
///
/// # Examples
/// ```
/// use stats::spearman::spearman;
///
/// let found = spearman(&[1.0, 2.0, 3.0, 4.0], &[0.1, 0.3, 0.2, 0.9], 1)?.expect("both vary");
/// assert!((found.rho - 0.8).abs() < 1e-12);
/// // Of 24 orders the perfect one and three with one swap of neighbours are as good.
/// assert_eq!(found.p, 2.0 * 4.0 / 24.0);
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Errors
/// Both must have the same length and be finite.
pub fn spearman(x: &[f64], y: &[f64], seed: u64) -> Result<Option<Spearman>, StatsError> {
    Ok(rho(x, y)?.map(|rho| Spearman { rho, p: two_sided_p(x, y, seed) }))
}

fn two_sided_p(x: &[f64], y: &[f64], seed: u64) -> f64 {
    // Mid-ranks are multiples of ½.
    let [x, y] = [x, y].map(|values| mid_ranks_by(values, same).into_iter().map(|rank| (2.0 * rank) as i64).collect());
    let (x, y): (Vec<i64>, Vec<i64>) = (x, y);
    match exact_tails(&x, &y) {
        Some(tails) => tails.exact_p(Alternative::TwoSided),
        None => sampled_tails(&x, &y, DRAWS, seed).sampled_p(Alternative::TwoSided),
    }
}

/// The correlation alone, for a statistic whose null is drawn and not counted; `None` as in [`spearman`].
///
/// # Errors
/// As [`spearman`].
pub fn rho(x: &[f64], y: &[f64]) -> Result<Option<f64>, StatsError> {
    check_pairs(x, y)?;
    Ok((x.len() >= FEWEST).then(|| rank_correlation(x, y)).flatten())
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
    for (x, y) in mid_ranks_by(x, same).into_iter().zip(mid_ranks_by(y, same)) {
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
        assert_eq!(spearman(&[1.0, 2.0], &[1.0, 2.0], 1), Ok(None), "two pairs");
        assert_eq!(spearman(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0], 1), Ok(None), "constant");
        assert_eq!(spearman(&[0.6, 0.6, 0.1 + 0.2 + 0.3], &[1.0, 2.0, 3.0], 1), Ok(None), "constant but for rounding");
        assert_eq!(spearman(&[], &[], 1), Ok(None));
        let length = StatsError::Length { what: "second variable of a correlation", expected: 1, found: 0 };
        assert_eq!(spearman(&[1.0], &[], 1), Err(length));
        assert!(spearman(&[1.0, f64::NAN, 2.0], &[1.0, 2.0, 3.0], 1).is_err());
    }

    #[test]
    fn a_perfect_order_is_one_of_all_orders() {
        let rising = |n: u32| (0..n).map(f64::from).collect::<Vec<f64>>();
        let check = |n: u32, orders: f64| {
            let falling: Vec<f64> = rising(n).into_iter().rev().collect();
            assert_eq!(spearman(&rising(n), &falling, 1), Ok(Some(Spearman { rho: -1.0, p: 2.0 / orders })));
        };
        check(3, 6.0);
        check(5, 120.0);
        check(13, 6_227_020_800.0);
        let found = spearman(&rising(25), &rising(25), 1).expect("finite").expect("no ties");
        assert_eq!(found, Spearman { rho: 1.0, p: 2.0 / (DRAWS + 1) as f64 }, "beyond every random pairing");
    }

    #[test]
    fn values_that_differ_by_rounding_share_a_rank() {
        let layers = [1.0, 2.0, 3.0, 4.0];
        let found = spearman(&layers, &[0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1, 0.7, 0.8], 1);
        assert_eq!(found, spearman(&layers, &[0.6, 0.6, 0.7, 0.8], 1));
    }

    #[test]
    fn the_correlation_alone_is_the_same() {
        let (x, y) = ([1.0, 2.0, 3.0, 5.0], [4.0, 4.0, 1.0, 2.0]);
        assert_eq!(rho(&x, &y), spearman(&x, &y, 1).map(|found| found.map(|found| found.rho)));
        assert_eq!((rho(&x[..2], &y[..2]), rho(&x, &[7.0; 4])), (Ok(None), Ok(None)));
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn without_ties_it_is_the_formula_of_squared_differences(
            y in Just((0..9).map(f64::from).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let x: Vec<f64> = (0..9).map(f64::from).collect();
            let squares: f64 = x.iter().zip(&y).map(|(x, y)| (x - y).powi(2)).sum();
            let expected = 1.0 - 6.0 * squares / (9.0 * 80.0);
            let result = spearman(&x, &y, 1).expect("finite").expect("no ties");
            prop_assert!((result.rho - expected).abs() < 1e-14);
            prop_assert!((0.0..=1.0).contains(&result.p));
            let cubed: Vec<f64> = y.iter().map(|y| -y.powi(3)).collect();
            let reversed = spearman(&x, &cubed, 1).expect("finite").expect("no ties");
            prop_assert!((reversed.rho + result.rho).abs() < 1e-14 && reversed.p == result.p);
        }
    }
}
