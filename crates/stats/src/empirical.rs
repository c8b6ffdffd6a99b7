//! An observed value against a null distribution of random draws: empirical p, z and Cliff's delta.
//!
//! - `p = (1 + #{draws at least as extreme}) / (R + 1)` (Davison & Hinkley 1997, eq 4.11; Phipson & Smyth 2010, Stat
//!   Appl Genet Mol Biol 9: 39), never 0
//! - `z = (observed − mean of the draws) / sample standard deviation of the draws`
//! - Cliff's `δ = P(a > b) − P(a < b)` over all pairs (Cliff 1993, Psychol Bull 114: 494–509)

use crate::StatsError;
use crate::error::{check_finite, check_values};
use crate::tails::{Tails, rounding, same};

pub use crate::tails::Alternative;

/// An observed value and random draws of the same statistic under the null.
#[derive(Clone, Copy, Debug)]
pub struct Draws<'a> {
    observed: f64,
    null: &'a [f64],
}

impl<'a> Draws<'a> {
    /// Both in the same unit, and of order 1 where they are not 0: see [`Draws::p`].
    ///
    /// # Errors
    /// Every number must be finite.
    pub fn new(observed: f64, null: &'a [f64]) -> Result<Self, StatsError> {
        check_values("observed value", &[observed], "finite", f64::is_finite)?;
        check_finite("draws of the null", null)?;
        Ok(Self { observed, null })
    }

    /// Empirical p of the observed value; 1 without draws. Draws within `1e-10 · max(1, |observed|)` of it are equal to
    /// it but for rounding and count as extreme.
    ///
    /// # Examples
    /// ```
    /// use stats::empirical::{Alternative, Draws};
    ///
    /// // Nothing in 19 draws is as low: p = 1 / 20.
    /// let null: Vec<f64> = (0..19).map(f64::from).collect();
    /// assert_eq!(Draws::new(-5.0, &null)?.p(Alternative::Less), 0.05);
    /// // The same three numbers in another order: a tie, though not to the last bit.
    /// assert_eq!(Draws::new(0.1 + 0.2 + 0.3, &[0.3 + 0.2 + 0.1])?.p(Alternative::Greater), 1.0);
    /// # Ok::<(), stats::StatsError>(())
    /// ```
    pub fn p(self, alternative: Alternative) -> f64 {
        Tails::count(self.observed, self.null.iter().copied(), rounding(self.observed)).sampled_p(alternative)
    }

    /// How many standard deviations of the null the observed value lies above its mean; `None` for fewer than two draws
    /// or draws that are all equal but for rounding.
    pub fn z(self) -> Option<f64> {
        let null = self.null;
        if null.len() < 2 || null.iter().all(|&draw| same(draw, null[0])) {
            return None;
        }
        let mean = null.iter().sum::<f64>() / null.len() as f64;
        let variance = null.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / (null.len() - 1) as f64;
        let z = (self.observed - mean) / variance.sqrt();
        z.is_finite().then_some(z)
    }
}

/// Cliff's delta of group `a` over group `b`, from −1 (every a below every b) to 1; a single observed value is a group
/// of one. Values that are equal but for rounding, as in [`Draws::p`], are neither above nor below each other.
///
/// # Errors
/// Neither group may be empty; every number must be finite.
pub fn cliffs_delta(a: &[f64], b: &[f64]) -> Result<f64, StatsError> {
    if a.is_empty() || b.is_empty() {
        return Err(StatsError::Empty { what: "values of a group" });
    }
    check_finite("values of the first group", a)?;
    check_finite("values of the second group", b)?;
    let mut sorted = b.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let balance: i64 = a
        .iter()
        .map(|value| {
            let below = sorted.partition_point(|other| other < value && !same(*other, *value));
            let not_above = sorted.partition_point(|other| other <= value || same(*other, *value));
            below as i64 - (sorted.len() - not_above) as i64
        })
        .sum();
    Ok(balance as f64 / (a.len() as f64 * b.len() as f64))
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use proptest::prelude::*;
    use rand::seq::SliceRandom;

    use super::*;
    use crate::roc::auc;
    use crate::seeded::generator;
    use crate::testing::cases;

    #[test]
    fn ties_with_the_null_count_as_extreme() {
        let p_of = |observed, null: &[f64], alternative| Draws::new(observed, null).expect("finite").p(alternative);
        let p = |alternative| p_of(2.0, &[1.0, 2.0, 2.0, 5.0], alternative);
        assert_eq!((p(Alternative::Less), p(Alternative::Greater)), (4.0 / 5.0, 4.0 / 5.0));
        assert_eq!(p(Alternative::TwoSided), 1.0);
        assert_eq!(p_of(0.0, &[1.0; 99], Alternative::Less), 0.01);
        assert_eq!(p_of(0.0, &[1.0; 99], Alternative::TwoSided), 0.02);
        assert_eq!(p_of(0.0, &[], Alternative::Greater), 1.0, "no draws");
    }

    #[test]
    fn z_needs_a_spread() {
        let z = |null: &[f64]| Draws::new(5.0, null).expect("finite").z();
        assert_abs_diff_eq!(z(&[1.0, 2.0, 3.0]).expect("spread"), 3.0, epsilon = 1e-15);
        assert_eq!(z(&[0.1; 7]), None, "equal draws");
        assert_eq!(z(&[0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1, 0.6]), None, "draws that are equal but for rounding");
        assert_eq!(z(&[1.0]), None, "one draw");
        let error = Draws::new(f64::NAN, &[1.0, 2.0]).expect_err("NaN");
        assert_eq!(error.to_string(), "observed value, number 0, is NaN; it must be finite");
        assert!(Draws::new(1.0, &[0.0, f64::NAN]).is_err());
    }

    #[test]
    fn delta_needs_two_groups() {
        assert_eq!(cliffs_delta(&[], &[1.0]), Err(StatsError::Empty { what: "values of a group" }));
        assert!(cliffs_delta(&[1.0], &[f64::NAN]).is_err());
        assert_eq!(cliffs_delta(&[0.0], &[1.0, 2.0, 3.0]), Ok(-1.0));
        assert_eq!(cliffs_delta(&[0.1 + 0.2 - 0.3, 7.0], &[0.0, 7.0]), Ok(0.0), "0.1 + 0.2 − 0.3 is 0");
    }

    fn group() -> impl Strategy<Value = Vec<f64>> {
        proptest::collection::vec((-4..5_i32).prop_map(f64::from), 1..20)
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn delta_is_auc_rescaled((a, b) in (group(), group())) {
            let scores: Vec<f64> = a.iter().chain(&b).copied().collect();
            let targets: Vec<bool> = (0..scores.len()).map(|index| index < a.len()).collect();
            let area = auc(&scores, &targets).expect("numbers").expect("both groups");
            prop_assert!((cliffs_delta(&a, &b).expect("groups") - (2.0 * area - 1.0)).abs() < 1e-14);
        }

        #[test]
        fn p_is_a_probability_and_mirrors((null, observed) in (group(), -4..5_i32)) {
            let observed = f64::from(observed);
            let mirrored: Vec<f64> = null.iter().map(|draw| -draw).collect();
            let less = Draws::new(observed, &null).expect("finite").p(Alternative::Less);
            let greater = Draws::new(-observed, &mirrored).expect("finite").p(Alternative::Greater);
            prop_assert_eq!(less, greater);
            prop_assert!(less >= 1.0 / (null.len() + 1) as f64 && less <= 1.0);
        }

        #[test]
        fn means_of_the_same_numbers_in_another_order_tie(
            (values, taken, seed) in (proptest::collection::vec(-9..10_i32, 4..16), 1..4_usize, 0..1000_u64),
            unit in prop_oneof![Just(0.1), Just(100.0 / 3.0), Just(1.0 / 7.0)],
        ) {
            // Shuffle after shuffle, a mean of the first numbers minus that of the others: in f64 and in whole numbers.
            let (n, k) = (values.len() as i32, taken as i32);
            let statistic = |order: &[i32]| {
                let mean = |part: &[i32]| part.iter().map(|&v| f64::from(v) * unit).sum::<f64>() / part.len() as f64;
                mean(&order[..taken]) - mean(&order[taken..])
            };
            let whole = |order: &[i32]| {
                (n - k) * order[..taken].iter().sum::<i32>() - k * order[taken..].iter().sum::<i32>()
            };
            let shuffles: Vec<Vec<i32>> = (0..60)
                .map(|draw| {
                    let mut order = values.clone();
                    order.shuffle(&mut generator(seed, draw));
                    order
                })
                .collect();
            let null: Vec<f64> = shuffles.iter().map(|order| statistic(order)).collect();
            let count = |extreme: &dyn Fn(i32) -> bool| {
                (1 + shuffles.iter().filter(|order| extreme(whole(order))).count()) as f64 / 61.0
            };
            let (less, greater) = (count(&|w| w <= whole(&values)), count(&|w| w >= whole(&values)));
            let draws = Draws::new(statistic(&values), &null).expect("finite");
            prop_assert_eq!(draws.p(Alternative::Less), less);
            prop_assert_eq!(draws.p(Alternative::Greater), greater);
            prop_assert_eq!(draws.p(Alternative::TwoSided), (2.0 * less.min(greater)).min(1.0));
        }
    }
}
