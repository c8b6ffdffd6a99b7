//! Agreement of predictions with ratings, picture by picture and averaged over bins of equal size.
//!
//! - Pearson's `r = Σ (x − x̄)(y − ȳ) / √(Σ (x − x̄)² Σ (y − ȳ)²)` (Pearson 1895)
//! - `RMSE = √(Σ (x − y)² / n)`
//!
//! Averaging over bins of similar rating removes what single pictures scatter, so r over bins is larger than over pictures
//! and says something else; both are given where a publication leaves open which it means.

use crate::StatsError;
use crate::error::{check_at_most, check_length, check_values};

/// Beyond this size squares could leave the range of f64.
const LARGEST: f64 = 1e100;
/// Deviations below this share of the values are rounding.
const ROUNDING: f64 = 1e-13;

/// How well predictions agree with ratings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// Pearson's correlation; `None` where one of the two is constant.
    pub r: Option<f64>,
    /// Root mean squared difference, in the unit of the ratings.
    pub rmse: f64,
}

/// Agreement over all pairs.
///
/// # Examples
/// ```
/// let found = stats::agreement::agreement(&[1.0, 2.0, 4.0], &[2.0, 3.0, 5.0])?;
/// assert_eq!((found.r, found.rmse), (Some(1.0), 1.0));
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Errors
/// At least one pair is needed; numbers must be smaller than 1e100.
pub fn agreement(ratings: &[f64], predictions: &[f64]) -> Result<Agreement, StatsError> {
    check_pairs(ratings, predictions)?;
    let squares: f64 = ratings.iter().zip(predictions).map(|(x, y)| (x - y).powi(2)).sum();
    Ok(Agreement { r: pearson(ratings, predictions), rmse: (squares / ratings.len() as f64).sqrt() })
}

/// Agreement of the means over bins of equal size: pictures in order of rating (of equal ones in their own order) are
/// divided into `bins` runs whose sizes differ by one at most, and ratings and predictions averaged in each.
///
/// # Errors
/// As [`agreement`]; from 1 to as many bins as pictures.
pub fn binned_agreement(ratings: &[f64], predictions: &[f64], bins: usize) -> Result<Agreement, StatsError> {
    check_pairs(ratings, predictions)?;
    if bins == 0 {
        return Err(StatsError::Empty { what: "bins" });
    }
    check_at_most("bins", bins, ratings.len())?;
    let order = by_rating(ratings);
    let bin = |bin: usize| &order[bin * order.len() / bins..(bin + 1) * order.len() / bins];
    let means =
        |values: &[f64]| -> Vec<f64> { (0..bins).map(|of| mean(bin(of).iter().map(|&at| values[at]))).collect() };
    agreement(&means(ratings), &means(predictions))
}

/// Pictures in order of rating; of equal ones the first stands first.
pub(crate) fn by_rating(ratings: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..ratings.len()).collect();
    order.sort_by(|&a, &b| ratings[a].total_cmp(&ratings[b]));
    order
}

pub(crate) fn check_pairs(ratings: &[f64], predictions: &[f64]) -> Result<(), StatsError> {
    check_length("predictions", ratings.len(), predictions.len())?;
    if ratings.is_empty() {
        return Err(StatsError::Empty { what: "ratings" });
    }
    let allowed = "finite and smaller than 1e100";
    check_values("ratings", ratings, allowed, |value| value.abs() < LARGEST)?;
    check_values("predictions", predictions, allowed, |value| value.abs() < LARGEST)
}

fn pearson(x: &[f64], y: &[f64]) -> Option<f64> {
    let (x, y) = (deviations(x)?, deviations(y)?);
    let sum = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    Some((sum(&x, &y) / (sum(&x, &x) * sum(&y, &y)).sqrt()).clamp(-1.0, 1.0))
}

/// Deviations from the mean, in units of the largest; `None` where nothing varies but for rounding.
fn deviations(values: &[f64]) -> Option<Vec<f64>> {
    let mean = mean(values.iter().copied());
    let largest = |values: &[f64]| values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let deviations: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let unit = largest(&deviations);
    (unit > ROUNDING * largest(values)).then(|| deviations.iter().map(|deviation| deviation / unit).collect())
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;

    #[test]
    fn edges() {
        assert_eq!(agreement(&[3.0], &[1.0]), Ok(Agreement { r: None, rmse: 2.0 }));
        assert_eq!(agreement(&[0.1; 7], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]).map(|found| found.r), Ok(None));
        assert_eq!(agreement(&[1e-200, 2e-200, 3e-200], &[3.0, 2.0, 1.0]).map(|found| found.r), Ok(Some(-1.0)));
        assert!(agreement(&[], &[]).is_err() && agreement(&[1.0], &[]).is_err());
        assert!(agreement(&[1.0], &[f64::NAN]).is_err() && agreement(&[1e200], &[1.0]).is_err());
        let bins = |bins| binned_agreement(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0], bins);
        assert!(bins(0).is_err() && bins(4).is_err() && bins(3).is_ok());
    }

    #[test]
    fn bins_average_pictures_of_similar_rating() {
        // In order of rating the predictions are 1 3 | 2 6 5: means 2 and 13/3; ratings 1.5 and 4.
        let found = binned_agreement(&[5.0, 1.0, 3.0, 2.0, 4.0], &[5.0, 1.0, 2.0, 3.0, 6.0], 2).expect("five pictures");
        let expected = ((0.5_f64.powi(2) + (1.0_f64 / 3.0).powi(2)) / 2.0).sqrt();
        assert_abs_diff_eq!(found.rmse, expected, epsilon = 1e-14);
        assert_eq!(found.r, Some(1.0), "two bins lie on a line");
    }

    proptest! {
        #![proptest_config(cases(96))]

        #[test]
        fn scale_and_offset_do_not_change_r(
            pairs in proptest::collection::vec((-50..51_i32, -50..51_i32), 2..30),
            scale in 0.1..9.0_f64,
        ) {
            let (x, y): (Vec<f64>, Vec<f64>) = pairs.into_iter().map(|(x, y)| (f64::from(x), f64::from(y))).unzip();
            let plain = agreement(&x, &y).expect("finite");
            let moved: Vec<f64> = y.iter().map(|y| -scale * y + 3.0).collect();
            match (plain.r, agreement(&x, &moved).expect("finite").r) {
                (Some(plain), Some(moved)) => prop_assert!((plain + moved).abs() < 1e-12),
                (plain, moved) => prop_assert_eq!(plain, moved),
            }
            let bins = binned_agreement(&x, &y, x.len()).expect("finite");
            prop_assert!((bins.rmse - plain.rmse).abs() < 1e-12, "a bin per picture");
        }
    }
}
