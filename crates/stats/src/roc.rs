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

/// Scores in ascending order, so that the AUC of any resample of their pictures takes one walk and no sorting.
#[derive(Clone, Debug)]
pub struct SortedScores {
    /// Score, picture, whether it is a target.
    pictures: Vec<(f64, usize, bool)>,
}

impl SortedScores {
    /// Sorts the scores of pictures, each with the number of its picture and whether that is a target.
    ///
    /// # Errors
    /// No score may be NaN.
    pub fn new(scores: impl IntoIterator<Item = (f64, usize, bool)>) -> Result<Self, StatsError> {
        let mut pictures: Vec<_> = scores.into_iter().collect();
        let values: Vec<f64> = pictures.iter().map(|picture| picture.0).collect();
        check_values("scores", &values, "a number", |score| !score.is_nan())?;
        pictures.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        Ok(Self { pictures })
    }

    /// AUC where picture i is taken `copies[i]` times; `None` when targets or others are absent then.
    ///
    /// # Panics
    /// If a picture has no number of copies.
    pub fn auc(&self, copies: &[usize]) -> Option<f64> {
        // Twice the number of won comparisons, so that ties, which count half, stay whole numbers.
        let (mut won, mut positives, mut negatives) = (0_u64, 0_u64, 0_u64);
        for tied in self.pictures.chunk_by(|a, b| a.0 == b.0) {
            let count = |target: bool| -> u64 {
                tied.iter().filter(|picture| picture.2 == target).map(|picture| copies[picture.1] as u64).sum()
            };
            let (targets, others) = (count(true), count(false));
            won += targets * (2 * negatives + others);
            positives += targets;
            negatives += others;
        }
        (positives > 0 && negatives > 0).then(|| won as f64 / (2 * positives * negatives) as f64)
    }
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

        #[test]
        fn sorted_scores_give_the_auc_of_any_resample(
            pictures in proptest::collection::vec(((-4..5_i32).prop_map(f64::from), any::<bool>(), 0..4_usize), 0..40),
        ) {
            let copied = pictures.iter().flat_map(|&(score, target, n)| std::iter::repeat_n((score, target), n));
            let (scores, targets): (Vec<f64>, Vec<bool>) = copied.unzip();
            let copies: Vec<usize> = pictures.iter().map(|picture| picture.2).collect();
            let numbered = pictures.iter().enumerate().map(|(number, &(score, target, _))| (score, number, target));
            let found = SortedScores::new(numbered).expect("no NaN").auc(&copies);
            match (auc(&scores, &targets).expect("no NaN"), found) {
                (Some(expected), Some(found)) => prop_assert!((expected - found).abs() < 1e-14),
                (expected, found) => prop_assert_eq!(expected, found),
            }
        }
    }
}
