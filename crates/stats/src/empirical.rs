//! An observed value against a null distribution of random draws: empirical p, z and Cliff's delta.
//!
//! - `p = (1 + #{draws at least as extreme}) / (R + 1)` (Davison & Hinkley 1997, eq 4.11; Phipson & Smyth 2010, Stat
//!   Appl Genet Mol Biol 9: 39), never 0
//! - `z = (observed − mean of the draws) / sample standard deviation of the draws`
//! - Cliff's `δ = P(a > b) − P(a < b)` over all pairs (Cliff 1993, Psychol Bull 114: 494–509)

use crate::StatsError;
use crate::error::{check_finite, check_values};

/// What counts as extreme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alternative {
    /// The observed value is smaller than chance: draws at or below it count.
    Less,
    /// The observed value is larger than chance: draws at or above it count.
    Greater,
    /// Either: twice the smaller of the two one-sided p, at most 1, which assumes no symmetric null.
    TwoSided,
}

/// Empirical p of `observed` among the draws of the null; 1 without draws.
///
/// # Examples
/// ```
/// use stats::empirical::{Alternative, empirical_p};
///
/// // Nothing in 19 draws is as low: p = 1 / 20.
/// let null: Vec<f64> = (0..19).map(f64::from).collect();
/// assert_eq!(empirical_p(-5.0, &null, Alternative::Less)?, 0.05);
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Errors
/// Every number must be finite.
pub fn empirical_p(observed: f64, null: &[f64], alternative: Alternative) -> Result<f64, StatsError> {
    check_inputs(observed, null)?;
    let share = |count: usize| (1 + count) as f64 / (null.len() + 1) as f64;
    let less = || share(null.iter().filter(|&&draw| draw <= observed).count());
    let greater = || share(null.iter().filter(|&&draw| draw >= observed).count());
    Ok(match alternative {
        Alternative::Less => less(),
        Alternative::Greater => greater(),
        Alternative::TwoSided => (2.0 * less().min(greater())).min(1.0),
    })
}

/// How many standard deviations of the null `observed` lies above its mean; `None` for fewer than two draws or draws
/// that are all equal.
///
/// # Errors
/// Every number must be finite.
pub fn z_score(observed: f64, null: &[f64]) -> Result<Option<f64>, StatsError> {
    check_inputs(observed, null)?;
    if null.len() < 2 || null.iter().all(|&draw| draw == null[0]) {
        return Ok(None);
    }
    let mean = null.iter().sum::<f64>() / null.len() as f64;
    let variance = null.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / (null.len() - 1) as f64;
    let z = (observed - mean) / variance.sqrt();
    Ok(z.is_finite().then_some(z))
}

/// Cliff's delta of group `a` over group `b`, from −1 (every a below every b) to 1; a single observed value is a group
/// of one.
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
            let below = sorted.partition_point(|other| other < value);
            let not_above = sorted.partition_point(|other| other <= value);
            below as i64 - (sorted.len() - not_above) as i64
        })
        .sum();
    Ok(balance as f64 / (a.len() as f64 * b.len() as f64))
}

fn check_inputs(observed: f64, null: &[f64]) -> Result<(), StatsError> {
    check_values("observed value", &[observed], "finite", f64::is_finite)?;
    check_finite("draws of the null", null)
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use proptest::prelude::*;

    use super::*;
    use crate::roc::auc;
    use crate::testing::cases;

    #[test]
    fn ties_with_the_null_count_as_extreme() {
        let p = |alternative| empirical_p(2.0, &[1.0, 2.0, 2.0, 5.0], alternative).expect("finite");
        assert_eq!((p(Alternative::Less), p(Alternative::Greater)), (4.0 / 5.0, 4.0 / 5.0));
        assert_eq!(p(Alternative::TwoSided), 1.0);
        assert_eq!(empirical_p(0.0, &[1.0; 99], Alternative::Less), Ok(0.01));
        assert_eq!(empirical_p(0.0, &[1.0; 99], Alternative::TwoSided), Ok(0.02));
        assert_eq!(empirical_p(0.0, &[], Alternative::Greater), Ok(1.0), "no draws");
    }

    #[test]
    fn z_needs_a_spread() {
        assert_abs_diff_eq!(z_score(5.0, &[1.0, 2.0, 3.0]).expect("finite").expect("spread"), 3.0, epsilon = 1e-15);
        assert_eq!(z_score(5.0, &[0.1; 7]), Ok(None), "equal draws");
        assert_eq!(z_score(5.0, &[1.0]), Ok(None), "one draw");
        let error = z_score(f64::NAN, &[1.0, 2.0]).expect_err("NaN");
        assert_eq!(error.to_string(), "observed value, number 0, is NaN; it must be finite");
        assert!(empirical_p(1.0, &[0.0, f64::NAN], Alternative::Less).is_err());
    }

    #[test]
    fn delta_needs_two_groups() {
        assert_eq!(cliffs_delta(&[], &[1.0]), Err(StatsError::Empty { what: "values of a group" }));
        assert!(cliffs_delta(&[1.0], &[f64::NAN]).is_err());
        assert_eq!(cliffs_delta(&[0.0], &[1.0, 2.0, 3.0]), Ok(-1.0));
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
            let less = empirical_p(observed, &null, Alternative::Less).expect("finite");
            let greater = empirical_p(-observed, &mirrored, Alternative::Greater).expect("finite");
            prop_assert_eq!(less, greater);
            prop_assert!(less >= 1.0 / (null.len() + 1) as f64 && less <= 1.0);
        }
    }
}
