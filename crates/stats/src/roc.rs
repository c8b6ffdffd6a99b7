//! Area under the receiver operating characteristic.
//!
//! `AUC = (R − n₊(n₊ + 1)/2) / (n₊ n₋)` with R the rank sum of the targets' scores: the probability that a target
//! scores higher than another picture, ties counting ½ (Hanley & McNeil 1982, Radiology 143: 29–36).

use crate::StatsError;
use crate::error::{check_length, check_values};
use crate::ranks::mid_ranks;

/// AUC of `scores` (higher means yes) for pictures that are targets or not; `None` when one of the two is absent.
///
/// # Examples
/// ```
/// use stats::roc::auc;
///
/// assert_eq!(auc(&[0.9, 0.4, 0.6, 0.1], &[true, true, false, false])?, Some(0.75));
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Errors
/// As many scores as pictures are needed, none of them NaN. Infinite scores are ordered like any other.
pub fn auc(scores: &[f64], targets: &[bool]) -> Result<Option<f64>, StatsError> {
    check_length("scores", targets.len(), scores.len())?;
    check_values("scores", scores, "a number", |score| !score.is_nan())?;
    let positives = targets.iter().filter(|&&target| target).count() as f64;
    let negatives = targets.len() as f64 - positives;
    if positives == 0.0 || negatives == 0.0 {
        return Ok(None);
    }
    let rank_sum: f64 =
        mid_ranks(scores).iter().zip(targets).filter(|(_, target)| **target).map(|(rank, _)| rank).sum();
    Ok(Some((rank_sum - positives * (positives + 1.0) / 2.0) / (positives * negatives)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;

    #[test]
    fn edges() {
        assert_eq!(auc(&[0.1, 0.9], &[false, true]), Ok(Some(1.0)));
        assert_eq!(auc(&[0.5, 0.5, 0.5], &[false, true, true]), Ok(Some(0.5)), "all scores equal");
        assert_eq!(auc(&[0.5], &[true]), Ok(None), "one picture");
        assert_eq!(auc(&[], &[]), Ok(None));
        let length = StatsError::Length { what: "scores", expected: 2, found: 1 };
        assert_eq!(auc(&[0.5], &[true, false]), Err(length));
        let message = auc(&[0.5, f64::NAN], &[true, false]).expect_err("NaN").to_string();
        assert_eq!(message, "scores, number 1, is NaN; it must be a number");
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn auc_is_the_share_of_won_comparisons(
            pictures in proptest::collection::vec(((-4..5_i32).prop_map(f64::from), any::<bool>()), 0..40),
        ) {
            let (scores, targets): (Vec<f64>, Vec<bool>) = pictures.iter().copied().unzip();
            let (mut won, mut pairs) = (0.0, 0.0);
            for (yes, _) in pictures.iter().filter(|picture| picture.1) {
                for (no, _) in pictures.iter().filter(|picture| !picture.1) {
                    won += if yes > no { 1.0 } else if yes == no { 0.5 } else { 0.0 };
                    pairs += 1.0;
                }
            }
            let expected = (pairs > 0.0).then(|| won / pairs);
            prop_assert_eq!(auc(&scores, &targets), Ok(expected));
        }
    }
}
