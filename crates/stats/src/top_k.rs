//! How often the true class is among the k best, and what chance and constant answers reach.
//!
//! A class stands before another with a higher score, or with the same score and a lower number. With truth shares p_c and
//! the share Q_c of samples that have class c among their k best, labels shuffled over samples are met at
//! `Σ p_c Q_c`; class-balanced, and for answers without preference, at `k / classes`. Naming the k most frequent classes,
//! whatever is shown, is right at the sum of the k largest p_c: where classes are of unequal size that may be more than a
//! good classifier reaches, so it stands beside every accuracy.

use ndarray::{Array2, ArrayView2};
use rand::seq::SliceRandom;
use rayon::prelude::*;

use crate::StatsError;
use crate::bootstrap::{Bootstrap, Interval};
use crate::confusion_matrix::check_classes;
use crate::error::{check_at_most, check_length};
use crate::groups::{dense, members};
use crate::seeded::generator;
use crate::tails::{Alternative, Tails};

/// How samples are averaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Average {
    /// Every sample counts alike.
    Samples,
    /// Every class that has samples counts alike.
    Classes,
}

/// Classes of each sample, best first, beside its true class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranking {
    truth: Vec<usize>,
    /// `[samples × classes]`
    best: Array2<usize>,
}

/// An accuracy with what it has to be compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Accuracy {
    /// Share of samples whose class is among the k best.
    pub plain: f64,
    /// The same per class, averaged over the classes that have samples.
    pub balanced: f64,
    /// `Σ p_c Q_c`: the plain accuracy of shuffled labels.
    pub shuffled: f64,
    /// `k / classes`: the chance of the balanced accuracy.
    pub uniform: f64,
    /// Plain accuracy of always naming the k most frequent classes.
    pub constant: f64,
}

/// A permutation test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Permutation {
    /// Samples whose class is among the k best.
    pub hits: u64,
    /// Mean of the shuffled labellings' hits.
    pub shuffled_hits: f64,
    /// `(1 + #{shuffled labellings with as many hits}) / (shuffles + 1)`
    pub p: f64,
}

impl Ranking {
    /// From scores `[samples × classes]` and true classes.
    ///
    /// # Examples
    /// ```
    /// use ndarray::array;
    /// use stats::top_k::Ranking;
    ///
    /// let scores = array![[0.7, 0.2, 0.1], [0.3, 0.3, 0.4], [0.5, 0.5, 0.0]];
    /// let ranking = Ranking::new(scores.view(), &[0, 1, 1])?;
    /// let found = ranking.accuracy(1)?;
    /// assert_eq!((found.plain, found.balanced, found.constant), (1.0 / 3.0, 0.5, 2.0 / 3.0));
    /// assert_eq!(ranking.accuracy(2)?.plain, 2.0 / 3.0, "class 0 stands before class 1 where both are as good");
    /// # Ok::<(), stats::StatsError>(())
    /// ```
    ///
    /// # Errors
    /// At least one sample is needed, a row of scores for each, none of them NaN, and true classes among the columns.
    pub fn new(scores: ArrayView2<f64>, truth: &[usize]) -> Result<Self, StatsError> {
        check_scores(scores, truth)?;
        let mut best = Array2::zeros(scores.dim());
        for (mut best, scores) in best.rows_mut().into_iter().zip(scores.rows()) {
            let mut classes: Vec<usize> = (0..scores.len()).collect();
            // −0 and 0 are the same score, so the order is not that of the bits. No score is NaN.
            classes.sort_by(|&a, &b| scores[b].partial_cmp(&scores[a]).unwrap_or(std::cmp::Ordering::Equal));
            best.iter_mut().zip(classes).for_each(|(place, class)| *place = class);
        }
        Ok(Self { truth: truth.to_vec(), best })
    }

    /// The accuracy at k with its chances.
    ///
    /// # Errors
    /// k must be from 1 to the number of classes.
    pub fn accuracy(&self, k: usize) -> Result<Accuracy, StatsError> {
        self.check_k(k)?;
        let (samples, classes) = (self.truth.len() as f64, self.best.ncols());
        let mut sizes = vec![0_u64; classes];
        self.truth.iter().for_each(|&class| sizes[class] += 1);
        let mut named = vec![0_u64; classes];
        (0..self.truth.len()).for_each(|sample| self.top(sample, k).for_each(|class| named[class] += 1));
        let shuffled: u64 = sizes.iter().zip(&named).map(|(size, named)| size * named).sum();
        sizes.sort_unstable();
        let most: u64 = sizes.iter().rev().take(k).sum();
        let hits = self.hits(k);
        let once = vec![1; self.truth.len()];
        Ok(Accuracy {
            plain: self.mean(&hits, Average::Samples, &once).unwrap_or_default(),
            balanced: self.mean(&hits, Average::Classes, &once).unwrap_or_default(),
            shuffled: shuffled as f64 / (samples * samples),
            uniform: k as f64 / classes as f64,
            constant: most as f64 / samples,
        })
    }

    /// Interval of the accuracy over resamples of groups, such as videos; one number per sample.
    ///
    /// # Errors
    /// As [`Ranking::accuracy`]; a group per sample and at least one resample are needed.
    pub fn interval(
        &self,
        k: usize,
        average: Average,
        groups: &[usize],
        bootstrap: Bootstrap,
    ) -> Result<Interval, StatsError> {
        self.check_k(k)?;
        check_length("groups of samples", self.truth.len(), groups.len())?;
        let (groups, hits) = (dense(groups), self.hits(k));
        let count = groups.iter().max().map_or(0, |last| last + 1);
        bootstrap.crossed("accuracy", 1, count, |_, copies| {
            let copies: Vec<usize> = groups.iter().map(|&group| copies[group]).collect();
            self.mean(&hits, average, &copies)
        })
    }

    /// Whether the hits are more than those of shuffled labels. A group keeps one label, as the frames of a video do, and
    /// labels move between groups of whatever size. Counts are whole numbers, so that ties are exact; shuffle i depends on
    /// the seed and i only.
    ///
    /// # Errors
    /// As [`Ranking::accuracy`]; a group per sample, all of one class, and at least one shuffle are needed.
    pub fn permutation(
        &self,
        k: usize,
        groups: &[usize],
        shuffles: usize,
        seed: u64,
    ) -> Result<Permutation, StatsError> {
        self.check_k(k)?;
        check_length("groups of samples", self.truth.len(), groups.len())?;
        if shuffles == 0 {
            return Err(StatsError::Empty { what: "shuffles" });
        }
        let groups = members(groups);
        let labels = groups.iter().enumerate().map(|(group, samples)| self.label(group, samples));
        let labels = labels.collect::<Result<Vec<usize>, StatsError>>()?;
        let named: Vec<Vec<u64>> = groups.iter().map(|samples| self.named(samples, k)).collect();
        let hits_of = |labels: &[usize]| named.iter().zip(labels).map(|(named, &label)| named[label]).sum::<u64>();
        let shuffle = |draw: u64| {
            let mut labels = labels.clone();
            labels.shuffle(&mut generator(seed, draw));
            hits_of(&labels)
        };
        let shuffled: Vec<u64> = (0..shuffles as u64).into_par_iter().map(shuffle).collect();
        let hits = hits_of(&labels);
        let tails = Tails::count(hits as f64, shuffled.iter().map(|&hits| hits as f64), 0.0);
        let shuffled_hits = shuffled.iter().sum::<u64>() as f64 / shuffles as f64;
        Ok(Permutation { hits, shuffled_hits, p: tails.sampled_p(Alternative::Greater) })
    }

    fn check_k(&self, k: usize) -> Result<(), StatsError> {
        if k == 0 {
            return Err(StatsError::Empty { what: "best classes" });
        }
        check_at_most("best classes", k, self.best.ncols())
    }

    /// The k best classes of a sample, best first; all of them where there are no more.
    ///
    /// # Panics
    /// If there is no such sample.
    pub fn top(&self, sample: usize, k: usize) -> impl Iterator<Item = usize> {
        self.best.row(sample).into_iter().take(k).copied()
    }

    fn hits(&self, k: usize) -> Vec<bool> {
        (0..self.truth.len()).map(|sample| self.top(sample, k).any(|class| class == self.truth[sample])).collect()
    }

    /// The one class of a group.
    fn label(&self, group: usize, samples: &[usize]) -> Result<usize, StatsError> {
        let first = samples[0];
        match samples.iter().find(|&&sample| self.truth[sample] != self.truth[first]) {
            None => Ok(self.truth[first]),
            Some(&other) => Err(StatsError::MixedGroup {
                group,
                what: "class",
                pictures: [first, other],
                values: [self.truth[first], self.truth[other]],
            }),
        }
    }

    /// How many of these samples have each class among their k best.
    fn named(&self, samples: &[usize], k: usize) -> Vec<u64> {
        let mut named = vec![0; self.best.ncols()];
        samples.iter().for_each(|&sample| self.top(sample, k).for_each(|class| named[class] += 1));
        named
    }

    /// Share of hits where every sample is taken as often as `copies` says; `None` without any.
    fn mean(&self, hits: &[bool], average: Average, copies: &[usize]) -> Option<f64> {
        let mut counts = vec![[0_u64; 2]; self.best.ncols()];
        for ((&class, &hit), &copies) in self.truth.iter().zip(hits).zip(copies) {
            counts[class][0] += copies as u64 * u64::from(hit);
            counts[class][1] += copies as u64;
        }
        match average {
            Average::Samples => share(counts.iter().fold([0, 0], |sum, count| [sum[0] + count[0], sum[1] + count[1]])),
            Average::Classes => {
                let shares: Vec<f64> = counts.into_iter().filter_map(share).collect();
                (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
            }
        }
    }
}

fn share([hits, all]: [u64; 2]) -> Option<f64> {
    (all > 0).then(|| hits as f64 / all as f64)
}

/// Refuses scores that do not fit the true classes, or are NaN.
pub(crate) fn check_scores(scores: ArrayView2<f64>, truth: &[usize]) -> Result<(), StatsError> {
    check_length("rows of scores", truth.len(), scores.nrows())?;
    if truth.is_empty() {
        return Err(StatsError::Empty { what: "samples" });
    }
    check_classes(truth, scores.ncols())?;
    match scores.iter().enumerate().find(|(_, score)| score.is_nan()) {
        None => Ok(()),
        Some((index, &value)) => {
            Err(StatsError::Value { what: "scores, row by row", index, value, allowed: "a number" })
        }
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use ndarray::array;
    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;

    fn ranking() -> impl Strategy<Value = Ranking> {
        (2..6_usize, 1..30_usize).prop_flat_map(|(classes, samples)| {
            let scores = proptest::collection::vec((-3..4_i32).prop_map(f64::from), samples * classes);
            (scores, proptest::collection::vec(0..classes, samples)).prop_map(move |(scores, truth)| {
                let scores = Array2::from_shape_vec((samples, classes), scores).expect("as many scores as cells");
                Ranking::new(scores.view(), &truth).expect("valid")
            })
        })
    }

    proptest! {
        #![proptest_config(cases(96))]

        #[test]
        fn all_classes_hold_the_true_one(ranking in ranking()) {
            let classes = ranking.best.ncols();
            let accuracies: Vec<Accuracy> = (1..=classes).map(|k| ranking.accuracy(k).expect("valid k")).collect();
            prop_assert!(accuracies.windows(2).all(|pair| pair[0].plain <= pair[1].plain));
            let last = accuracies[classes - 1];
            prop_assert_eq!((last.plain, last.balanced, last.uniform, last.constant), (1.0, 1.0, 1.0, 1.0));
            prop_assert!((last.shuffled - 1.0).abs() < 1e-12);
        }

        #[test]
        fn shuffled_labels_meet_their_chance(ranking in ranking()) {
            let alone: Vec<usize> = (0..ranking.truth.len()).collect();
            let found = ranking.permutation(1, &alone, 4000, 3).expect("valid");
            let expected = ranking.accuracy(1).expect("valid k").shuffled;
            // Hits of one shuffle vary by less than the root of their number; 6 standard errors of 4000 shuffles.
            let n = alone.len() as f64;
            prop_assert!((found.shuffled_hits / n - expected).abs() <= 6.0 * (n / 4000.0).sqrt() / n);
        }
    }

    #[test]
    fn of_equal_scores_the_first_class_stands_first() {
        let ranking = Ranking::new(array![[0.0, -0.0, 1.0], [2.0, 2.0, 2.0]].view(), &[1, 2]).expect("valid");
        assert_eq!(ranking.best, array![[2, 0, 1], [0, 1, 2]]);
        assert_eq!([1, 2, 3].map(|k| ranking.accuracy(k).map(|found| found.plain)), [Ok(0.0), Ok(0.0), Ok(1.0)]);
    }

    #[test]
    fn a_group_keeps_one_label() {
        // Four videos of three frames, all recognised: of 24 orders of their labels 4 are as good.
        let truth: Vec<usize> = (0..12).map(|frame| frame / 6).collect();
        let scores = Array2::from_shape_fn((12, 2), |(frame, class)| f64::from(truth[frame] == class));
        let ranking = Ranking::new(scores.view(), &truth).expect("valid");
        let videos: Vec<usize> = (0..12).map(|frame| frame / 3).collect();
        let found = ranking.permutation(1, &videos, 5000, 1).expect("one label each");
        assert_eq!(found.hits, 12);
        // The share is 1/6 with a standard error of .0053.
        assert_abs_diff_eq!(found.p, 1.0 / 6.0, epsilon = 0.02);
        let alone: Vec<usize> = (0..12).collect();
        assert!(ranking.permutation(1, &alone, 5000, 1).expect("valid").p < 0.01);
        let mixed = ranking.permutation(1, &[0; 12], 10, 1).expect_err("two labels").to_string();
        assert_eq!(
            mixed,
            "group 0 mixes two kinds of pictures: picture 0 is of class 0, picture 6 of class 1; split the group"
        );
    }

    #[test]
    fn intervals_over_groups_are_wider() {
        let truth: Vec<usize> = (0..60).map(|frame| frame / 6 % 3).collect();
        let guess = |frame: usize| if (frame / 6).is_multiple_of(4) { (truth[frame] + 1) % 3 } else { truth[frame] };
        let scores = Array2::from_shape_fn((60, 3), |(frame, class)| f64::from(guess(frame) == class));
        let ranking = Ranking::new(scores.view(), &truth).expect("valid");
        let videos: Vec<usize> = (0..60).map(|frame| frame / 6).collect();
        let frames: Vec<usize> = (0..60).collect();
        let bootstrap = Bootstrap { resamples: 400, seed: 2 };
        for average in [Average::Samples, Average::Classes] {
            let width = |groups: &[usize]| {
                let found = ranking.interval(1, average, groups, bootstrap).expect("valid");
                assert!(found.low <= found.estimate && found.estimate <= found.high);
                found.high - found.low
            };
            assert!(width(&videos) > 1.5 * width(&frames), "{average:?}");
        }
    }

    #[test]
    fn unusable_input_is_refused() {
        let scores = array![[0.5, 0.5], [f64::NAN, 1.0]];
        let message = Ranking::new(scores.view(), &[0, 1]).expect_err("NaN").to_string();
        assert_eq!(message, "scores, row by row, number 2, is NaN; it must be a number");
        let scores = array![[0.5, 0.5], [0.0, 1.0]];
        assert!(Ranking::new(scores.view(), &[0]).is_err() && Ranking::new(scores.view(), &[0, 2]).is_err());
        let ranking = Ranking::new(scores.view(), &[0, 1]).expect("valid");
        assert!(ranking.accuracy(0).is_err() && ranking.accuracy(3).is_err());
        assert!(ranking.permutation(1, &[0], 10, 1).is_err() && ranking.permutation(1, &[0, 1], 0, 1).is_err());
    }
}
