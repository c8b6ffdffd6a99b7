//! Is the mean of paired differences 0? The exact randomisation test over all patterns of signs.
//!
//! Under the null each difference could as well have had the other sign, so the observed sum is one of `2^n` equally
//! likely ones: `p = #{patterns with a sum at least as extreme} / 2^n` (Fisher 1935, The Design of Experiments, § 21;
//! `scipy.stats.permutation_test` with `permutation_type="samples"`). The observed pattern is among them, so p is never
//! 0.

use crate::StatsError;
use crate::error::check_finite;
use crate::tails::{Alternative, Tails, rounding};

/// Differences up to which all patterns are counted: about a million.
pub const MOST: usize = 20;

/// Exact p of the mean of paired differences against 0.
///
/// # Examples
/// ```
/// use stats::empirical::Alternative;
/// use stats::sign_flip::sign_flip_p;
///
/// // Of the 16 patterns of signs only the observed one has so large a sum.
/// assert_eq!(sign_flip_p(&[0.2, 0.5, 0.1, 0.4], Alternative::Greater)?, 1.0 / 16.0);
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Errors
/// At least one and at most [`MOST`] differences are needed; they must be finite.
pub fn sign_flip_p(differences: &[f64], alternative: Alternative) -> Result<f64, StatsError> {
    if differences.is_empty() {
        return Err(StatsError::Empty { what: "paired differences" });
    }
    if differences.len() > MOST {
        return Err(StatsError::TooManyValues { what: "paired differences", most: MOST, found: differences.len() });
    }
    check_finite("paired differences", differences)?;
    // Large ones are scaled, so that no sum overflows.
    let unit = differences.iter().fold(1.0_f64, |unit, value| unit.max(value.abs()));
    let scaled: Vec<f64> = differences.iter().map(|value| value / unit).collect();
    let size = scaled.iter().map(|value| value.abs()).sum();
    let sums = (0..1_u32 << scaled.len()).map(|pattern| flipped_sum(&scaled, pattern));
    Ok(Tails::count(scaled.iter().sum(), sums, rounding(size)).exact_p(alternative))
}

/// The sum with the signs that are set in `pattern` turned.
fn flipped_sum(values: &[f64], pattern: u32) -> f64 {
    values.iter().enumerate().map(|(bit, &value)| if pattern >> bit & 1 == 1 { -value } else { value }).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;

    #[test]
    fn edges() {
        assert!(sign_flip_p(&[], Alternative::Less).is_err());
        assert!(sign_flip_p(&[f64::NAN], Alternative::Less).is_err());
        let message = sign_flip_p(&[1.0; 21], Alternative::Less).expect_err("too many").to_string();
        assert_eq!(message, "paired differences: at most 20 can be used, found 21");
        assert_eq!(sign_flip_p(&[0.0; 5], Alternative::TwoSided), Ok(1.0));
        assert_eq!(sign_flip_p(&[1e308; 3], Alternative::Greater), Ok(0.125));
        assert_eq!(sign_flip_p(&[0.1, 0.2, -0.3], Alternative::Greater), Ok(5.0 / 8.0), "0.1 + 0.2 − 0.3 is 0");
    }

    /// How many patterns have each sum of whole numbers, by adding one number after another.
    fn counts(values: &[i32]) -> std::collections::BTreeMap<i32, u64> {
        let start = std::collections::BTreeMap::from([(0, 1)]);
        values.iter().fold(start, |sums, &value| {
            let mut next = std::collections::BTreeMap::new();
            for (sum, count) in sums {
                *next.entry(sum + value).or_default() += count;
                *next.entry(sum - value).or_default() += count;
            }
            next
        })
    }

    proptest! {
        #![proptest_config(cases(128))]

        #[test]
        fn p_is_the_share_of_patterns_counted_by_convolution(values in proptest::collection::vec(-9..10_i32, 1..12)) {
            let observed: i32 = values.iter().sum();
            let all = 2f64.powi(values.len() as i32);
            let share = |extreme: &dyn Fn(i32) -> bool| {
                counts(&values).into_iter().filter(|(sum, _)| extreme(*sum)).map(|(_, count)| count as f64).sum::<f64>() / all
            };
            let numbers: Vec<f64> = values.iter().map(|&value| f64::from(value) * 0.1).collect();
            prop_assert_eq!(sign_flip_p(&numbers, Alternative::Less), Ok(share(&|sum| sum <= observed)));
            prop_assert_eq!(sign_flip_p(&numbers, Alternative::Greater), Ok(share(&|sum| sum >= observed)));
            let two_sided = share(&|sum| sum.abs() >= observed.abs());
            prop_assert_eq!(sign_flip_p(&numbers, Alternative::TwoSided), Ok(two_sided));
        }
    }
}
