//! Counts of a yes-or-no recognition task, and the rates made of them.
//!
//! - F1 of the target `= 2 tp / (2 tp + fp + fn)` (van Rijsbergen 1979), the papers' measure; 0 when nothing was hit
//! - accuracy `= (tp + tn) / n`
//! - balanced accuracy `= ½ (tp / (tp + fn) + tn / (tn + fp))` (Brodersen et al. 2010, ICPR)
//! - F1 of always answering yes, with p the share of targets: `2p / (1 + p)`; the floor under any F1

/// How often a recognition head said yes and no to targets and others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Confusion {
    /// Targets recognised (hits).
    pub tp: usize,
    /// Others taken for targets (false alarms).
    pub fp: usize,
    /// Others rejected (correct rejections).
    pub tn: usize,
    /// Targets missed (misses); `fn` is a keyword.
    pub fn_: usize,
}

/// Counts pairs of (is a target, answered yes).
impl FromIterator<(bool, bool)> for Confusion {
    fn from_iter<I: IntoIterator<Item = (bool, bool)>>(answers: I) -> Self {
        let mut counts = Confusion::default();
        for (target, yes) in answers {
            *match (target, yes) {
                (true, true) => &mut counts.tp,
                (true, false) => &mut counts.fn_,
                (false, true) => &mut counts.fp,
                (false, false) => &mut counts.tn,
            } += 1;
        }
        counts
    }
}

impl Confusion {
    /// Number of targets.
    pub fn positives(&self) -> usize {
        self.tp + self.fn_
    }

    /// Number of others.
    pub fn negatives(&self) -> usize {
        self.fp + self.tn
    }

    /// F1 of the target; 0 when no target was recognised, also when there was none.
    ///
    /// # Examples
    /// ```
    /// use stats::confusion::Confusion;
    ///
    /// // (is a target, answered yes)
    /// let counts: Confusion = [(true, true), (true, false), (false, true), (false, false)].into_iter().collect();
    /// assert_eq!(counts.f1(), 0.5);
    /// ```
    pub fn f1(&self) -> f64 {
        if self.tp == 0 {
            return 0.0;
        }
        let hits = 2.0 * self.tp as f64;
        hits / (hits + (self.fp + self.fn_) as f64)
    }

    /// Share of right answers; `None` without pictures.
    pub fn accuracy(&self) -> Option<f64> {
        ratio(self.tp + self.tn, self.positives() + self.negatives())
    }

    /// Mean of the shares of right answers to targets and to others; `None` when one of the two is absent.
    pub fn balanced_accuracy(&self) -> Option<f64> {
        Some((ratio(self.tp, self.positives())? + ratio(self.tn, self.negatives())?) / 2.0)
    }

    /// Share of pictures to which the answer was yes, right or wrong; `None` without pictures. F1 follows it, whatever the
    /// answers are worth, so it stands beside every F1.
    pub fn yes_share(&self) -> Option<f64> {
        ratio(self.tp + self.fp, self.positives() + self.negatives())
    }

    /// F1 of answering yes to each of these pictures.
    pub fn f1_always_yes(&self) -> f64 {
        Confusion { tp: self.positives(), fp: self.negatives(), tn: 0, fn_: 0 }.f1()
    }
}

/// Change of a score against its base, `100 · (score − base) / base`, in percent; `None` for a base of 0.
pub fn change_pct(score: f64, base: f64) -> Option<f64> {
    let change = 100.0 * (score - base) / base;
    change.is_finite().then_some(change)
}

fn ratio(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;

    #[test]
    fn always_yes_gives_the_published_floors() {
        // Categories of IAPS and NAPS as Liu et al. used them; the floors are known to three decimals.
        for (counts, floors) in [([296, 390, 341], [0.447, 0.550, 0.499]), ([352, 477, 281], [0.482, 0.601, 0.404])] {
            let total: usize = counts.iter().sum();
            for (count, floor) in counts.into_iter().zip(floors) {
                let confusion = Confusion { fn_: count, tn: total - count, ..Default::default() };
                assert_abs_diff_eq!(confusion.f1_always_yes(), floor, epsilon = 0.000_51);
            }
        }
    }

    #[test]
    fn absent_classes_have_defined_values() {
        let nothing = Confusion::default();
        assert_eq!((nothing.f1(), nothing.accuracy(), nothing.balanced_accuracy()), (0.0, None, None));
        assert_eq!((nothing.yes_share(), Confusion { fp: 1, tn: 3, ..nothing }.yes_share()), (None, Some(0.25)));
        assert_eq!(nothing.f1_always_yes(), 0.0);
        let only_targets = Confusion { tp: 3, fn_: 1, ..Default::default() };
        assert_eq!((only_targets.accuracy(), only_targets.balanced_accuracy()), (Some(0.75), None));
        assert_eq!(only_targets.f1_always_yes(), 1.0);
        let never = Confusion { tn: 5, fn_: 2, ..Default::default() };
        assert_eq!((never.f1(), never.balanced_accuracy()), (0.0, Some(0.5)));
    }

    #[test]
    fn change_is_relative_and_has_no_value_without_a_base() {
        assert_eq!(change_pct(0.75, 0.5), Some(50.0));
        assert_eq!(change_pct(0.0, 0.5), Some(-100.0));
        assert_eq!((change_pct(0.5, 0.0), change_pct(0.0, 0.0), change_pct(f64::NAN, 0.5)), (None, None, None));
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn f1_is_the_harmonic_mean_of_precision_and_recall(
            answers in proptest::collection::vec(any::<(bool, bool)>(), 1..60),
        ) {
            let counts: Confusion = answers.iter().copied().collect();
            prop_assert_eq!(counts.positives() + counts.negatives(), answers.len());
            prop_assert_eq!(counts.positives(), answers.iter().filter(|answer| answer.0).count());
            if counts.tp > 0 {
                let precision = counts.tp as f64 / (counts.tp + counts.fp) as f64;
                let recall = counts.tp as f64 / counts.positives() as f64;
                prop_assert!((counts.f1() - 2.0 / (1.0 / precision + 1.0 / recall)).abs() < 1e-15);
            }
            if let Some(balanced) = counts.balanced_accuracy() {
                let swapped: Confusion = answers.iter().map(|&(target, yes)| (!target, !yes)).collect();
                prop_assert!((0.0..=1.0).contains(&balanced));
                prop_assert_eq!(swapped.balanced_accuracy(), Some(balanced), "classes play equal parts");
            }
        }
    }
}
