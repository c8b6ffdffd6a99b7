//! A linear support vector machine (hinge loss, C = 1, classes weighted to balance, one against one) that reads the
//! emotion from features.

use ndarray::Array2;
use rand::seq::SliceRandom;
use rayon::prelude::*;
use stats::StatsError;
use stats::linear_svm::{Hyperplane, LinearSvm};
use study::preparation::EMOTIONS;
use study::progress::Stage;

/// Pairs of emotions, of which each has a machine.
const PAIRS: [(usize, usize); 3] = [(0, 1), (0, 2), (1, 2)];

/// The fold of every picture: each category is shuffled and dealt out in turn.
pub fn folds(labels: &[usize], folds: usize, seed: u64, set: usize) -> Vec<usize> {
    let mut fold = vec![0; labels.len()];
    for category in 0..EMOTIONS {
        let mut members: Vec<usize> = (0..labels.len()).filter(|&row| labels[row] == category).collect();
        members.shuffle(&mut stimuli::seed::rng(seed, "low-level folds", &[set as u64, category as u64]));
        members.into_iter().enumerate().for_each(|(position, row)| fold[row] = position % folds);
    }
    fold
}

/// The answer for every picture by a decoder that never saw it, and how many machines of these decoders are not solved. The
/// stage counts decoders.
///
/// # Errors
/// Features that are not finite.
pub fn cross_validated(
    features: &[Vec<f64>],
    labels: &[usize],
    folds: &[usize],
    stage: &Stage,
) -> Result<(Vec<usize>, usize), StatsError> {
    let part = |fold: usize| -> Result<(Vec<(usize, usize)>, usize), StatsError> {
        let (test, train): (Vec<usize>, Vec<usize>) = (0..labels.len()).partition(|&row| folds[row] == fold);
        let decoder = Decoder::new(features, labels, &train)?;
        stage.advance(1);
        Ok((test.iter().map(|&row| (row, decoder.answer(&features[row]))).collect(), decoder.unsolved()))
    };
    let parts: Vec<_> = (0..count(folds)).into_par_iter().map(part).collect::<Result<_, _>>()?;
    let (mut answers, mut unsolved) = (vec![0; labels.len()], 0);
    for (of_fold, unsolved_of_fold) in parts {
        of_fold.into_iter().for_each(|(row, answer)| answers[row] = answer);
        unsolved += unsolved_of_fold;
    }
    Ok((answers, unsolved))
}

/// How many decoders [`cross_validated`] makes.
pub fn count(folds: &[usize]) -> usize {
    folds.iter().max().map_or(0, |last| last + 1)
}

/// A machine per pair of emotions, and how features are standardised for them: by the training pictures, a feature that is
/// constant among them being left out.
pub struct Decoder {
    scaling: Scaling,
    /// Pairs of emotions that both occur, each with a machine whose positive side is the first.
    machines: Vec<((usize, usize), Hyperplane)>,
    /// The emotions that occur.
    known: Vec<usize>,
}

impl Decoder {
    /// Trains on these pictures.
    ///
    /// # Errors
    /// Features that are not finite.
    pub fn new(features: &[Vec<f64>], labels: &[usize], train: &[usize]) -> Result<Self, StatsError> {
        let scaling = Scaling::new(features, train);
        let counts: Vec<usize> =
            (0..EMOTIONS).map(|emotion| train.iter().filter(|&&row| labels[row] == emotion).count()).collect();
        let known: Vec<usize> = (0..EMOTIONS).filter(|&emotion| counts[emotion] > 0).collect();
        // n / (classes · n of the class), as scikit-learn's `class_weight = "balanced"`.
        let cost = |emotion: usize| train.len() as f64 / (known.len() * counts[emotion]) as f64;
        let machine = |(one, other): (usize, usize)| {
            let rows: Vec<usize> = train.iter().copied().filter(|&row| [one, other].contains(&labels[row])).collect();
            let scaled: Vec<Vec<f64>> = rows.iter().map(|&row| scaling.scaled(&features[row])).collect();
            let columns = scaled.first().map_or(0, Vec::len);
            let table = Array2::from_shape_fn((rows.len(), columns), |(row, column)| scaled[row][column]);
            let positive: Vec<bool> = rows.iter().map(|&row| labels[row] == one).collect();
            let costs: Vec<f64> = rows.iter().map(|&row| cost(labels[row])).collect();
            Ok(((one, other), LinearSvm::default().fit(table.view(), &positive, &costs)?))
        };
        let both = |(one, other): &(usize, usize)| counts[*one] > 0 && counts[*other] > 0;
        let machines = PAIRS.into_par_iter().filter(both).map(machine).collect::<Result<_, StatsError>>()?;
        Ok(Self { scaling, machines, known })
    }

    /// How many machines ended before they were as near to their optimum as they should be.
    pub fn unsolved(&self) -> usize {
        self.machines.iter().filter(|(_, plane)| !plane.converged).count()
    }

    /// The emotion with most votes, the first of several.
    pub fn answer(&self, features: &[f64]) -> usize {
        let scaled = self.scaling.scaled(features);
        let mut votes = [0; EMOTIONS];
        for ((one, other), plane) in &self.machines {
            votes[if plane.margin(&scaled) > 0.0 { *one } else { *other }] += 1;
        }
        let best = self.known.iter().map(|&emotion| votes[emotion]).max();
        self.known.iter().copied().find(|&emotion| Some(votes[emotion]) == best).unwrap_or_default()
    }
}

/// Mean over categories of the share of right answers; nothing where a category has no picture.
pub fn balanced_accuracy(pairs: &[(usize, usize)]) -> Option<f64> {
    let mut sum = 0.0;
    for category in 0..EMOTIONS {
        let members = pairs.iter().filter(|(truth, _)| *truth == category);
        let (right, all) =
            members.fold((0, 0), |(right, all), (truth, answer)| (right + usize::from(truth == answer), all + 1));
        if all == 0 {
            return None;
        }
        sum += f64::from(u32::try_from(right).ok()?) / f64::from(u32::try_from(all).ok()?);
    }
    Some(sum / EMOTIONS as f64)
}

/// Mean and reciprocal standard deviation of every feature; 0 for one that is constant.
struct Scaling(Vec<(f64, f64)>);

impl Scaling {
    fn new(features: &[Vec<f64>], train: &[usize]) -> Self {
        let columns = features.first().map_or(0, Vec::len);
        let n = train.len().max(1) as f64;
        let of_column = |column: usize| {
            let values = || train.iter().map(|&row| features[row][column]);
            let mean = values().sum::<f64>() / n;
            let sd = (values().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt();
            let largest = values().fold(0.0, |largest: f64, value| largest.max(value.abs()));
            (mean, if sd > 1e-6 * largest { 1.0 / sd } else { 0.0 })
        };
        Self((0..columns).map(of_column).collect())
    }

    fn scaled(&self, row: &[f64]) -> Vec<f64> {
        let kept = row.iter().zip(&self.0).filter(|(_, (_, factor))| *factor > 0.0);
        kept.map(|(value, (mean, factor))| (value - mean) * factor).collect()
    }
}

#[cfg(test)]
mod tests {
    use study::progress::{Progress, Voice};

    use super::*;

    fn labels() -> Vec<usize> {
        (0..60).map(|row| row % 3).collect()
    }

    fn accuracy(features: &[Vec<f64>], labels: &[usize]) -> f64 {
        let stage = Progress::new(Voice::Quiet).stage("decoding", 5);
        let (answers, unsolved) = cross_validated(features, labels, &folds(labels, 5, 1, 0), &stage).expect("finite");
        assert_eq!(unsolved, 0);
        balanced_accuracy(&labels.iter().copied().zip(answers).collect::<Vec<_>>()).expect("every category")
    }

    #[test]
    fn folds_share_every_category_evenly() {
        let (labels, folds) = (labels(), folds(&labels(), 5, 1, 0));
        for fold in 0..5 {
            for category in 0..3 {
                assert_eq!((0..60).filter(|&row| folds[row] == fold && labels[row] == category).count(), 4);
            }
        }
    }

    #[test]
    fn what_differs_is_decoded_and_what_is_equal_is_not() {
        let labels = labels();
        let telling: Vec<Vec<f64>> = labels.iter().map(|&label| vec![(label as f64 - 1.0) * 3.0, 7.0]).collect();
        assert_eq!(accuracy(&telling, &labels), 1.0);
        let equal = vec![vec![0.3, 7.0]; 60];
        assert_eq!(accuracy(&equal, &labels), 1.0 / 3.0, "one answer for all");
    }

    #[test]
    fn a_category_of_one_picture_is_never_recognised() {
        let labels = [0, 0, 0, 1, 1, 1, 2];
        let features: Vec<Vec<f64>> = labels.iter().map(|&label| vec![label as f64]).collect();
        let found = accuracy(&features, &labels);
        assert!(found <= 2.0 / 3.0, "{found}");
        assert_eq!(balanced_accuracy(&[(0, 0), (1, 1)]), None);
    }
}
