//! Quantiles of a sample.
//!
//! Linear interpolation between order statistics (Hyndman & Fan 1996, Am Stat 50: 361–365, type 7), the default of
//! NumPy and R.

use crate::StatsError;
use crate::error::{check_finite, check_values};

/// The quantiles of `values` at the probabilities `at`.
///
/// # Examples
/// ```
/// use stats::quantile::quantiles;
///
/// assert_eq!(quantiles(&[3.0, 1.0, 2.0], [0.0, 0.5, 0.75])?, [1.0, 2.0, 2.5]);
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Errors
/// At least one value is needed, all finite; probabilities must lie between 0 and 1.
pub fn quantiles<const N: usize>(values: &[f64], at: [f64; N]) -> Result<[f64; N], StatsError> {
    if values.is_empty() {
        return Err(StatsError::Empty { what: "values to take a quantile of" });
    }
    check_finite("values to take a quantile of", values)?;
    check_values("probabilities", &at, "between 0 and 1", |p| (0.0..=1.0).contains(&p))?;
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    Ok(at.map(|p| {
        let place = p * (sorted.len() - 1) as f64;
        let low = sorted[place.floor() as usize];
        let high = sorted[place.ceil() as usize];
        low + (high - low) * place.fract()
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;

    #[test]
    fn edges() {
        assert_eq!(quantiles(&[7.0], [0.0, 0.3, 1.0]), Ok([7.0; 3]));
        assert_eq!(quantiles(&[3.0, 1.0, 2.0], [0.0, 0.25, 0.5, 1.0]), Ok([1.0, 1.5, 2.0, 3.0]));
        assert_eq!(quantiles(&[], [0.5]), Err(StatsError::Empty { what: "values to take a quantile of" }));
        assert!(quantiles(&[1.0, f64::NAN], [0.5]).is_err());
        assert!(quantiles(&[1.0], [1.5]).is_err());
    }

    proptest! {
        #![proptest_config(cases(128))]

        #[test]
        fn quantiles_rise_within_the_range(values in proptest::collection::vec(-1e3..1e3_f64, 1..40)) {
            let [low, lower, middle, upper, high] =
                quantiles(&values, [0.0, 0.1, 0.5, 0.9, 1.0]).expect("finite values");
            prop_assert!(low <= lower && lower <= middle && middle <= upper && upper <= high);
            prop_assert!(values.contains(&low) && values.contains(&high));
        }
    }
}
