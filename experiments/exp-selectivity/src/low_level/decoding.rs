//! A linear support vector machine (LIBSVM's C-SVC, C = 1, classes weighted to balance), cross-validated.

use libsvm_rs::predict::predict;
use libsvm_rs::train::svm_train;
use libsvm_rs::{KernelType, SvmNode, SvmParameter, SvmProblem};
use rand::seq::SliceRandom;
use rayon::prelude::*;
use study::preparation::EMOTIONS;

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

/// The answer for every picture by a machine that never saw it. Features are standardised by the training pictures; a
/// feature that is constant among them is left out.
pub fn cross_validated(features: &[Vec<f64>], labels: &[usize], folds: &[usize]) -> Vec<usize> {
    let count = folds.iter().max().map_or(0, |last| last + 1);
    let parts: Vec<Vec<(usize, usize)>> = (0..count)
        .into_par_iter()
        .map(|fold| {
            let (test, train): (Vec<usize>, Vec<usize>) = (0..labels.len()).partition(|&row| folds[row] == fold);
            let scaling = Scaling::new(features, &train);
            let labels_of = |rows: &[usize]| rows.iter().map(|&row| labels[row] as f64).collect();
            let instances = train.iter().map(|&row| scaling.nodes(&features[row])).collect();
            let model = svm_train(&SvmProblem { labels: labels_of(&train), instances }, &parameters(labels, &train));
            test.iter().map(|&row| (row, predict(&model, &scaling.nodes(&features[row])) as usize)).collect()
        })
        .collect();
    let mut answers = vec![0; labels.len()];
    parts.into_iter().flatten().for_each(|(row, answer)| answers[row] = answer);
    answers
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

/// Weights n / (classes · n of the class), as scikit-learn's `class_weight="balanced"`.
fn parameters(labels: &[usize], train: &[usize]) -> SvmParameter {
    let counts: Vec<usize> =
        (0..EMOTIONS).map(|category| train.iter().filter(|&&row| labels[row] == category).count()).collect();
    let classes = counts.iter().filter(|&&count| count > 0).count();
    let weight = counts
        .iter()
        .enumerate()
        .filter(|(_, count)| **count > 0)
        .map(|(category, &count)| (category as i32, train.len() as f64 / (classes * count) as f64))
        .collect();
    SvmParameter { kernel_type: KernelType::Linear, c: 1.0, weight, ..SvmParameter::default() }
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

    fn nodes(&self, row: &[f64]) -> Vec<SvmNode> {
        let scaled = row.iter().zip(&self.0).map(|(value, (mean, factor))| (value - mean) * factor);
        (1..).zip(scaled).map(|(index, value)| SvmNode { index, value }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels() -> Vec<usize> {
        (0..60).map(|row| row % 3).collect()
    }

    fn accuracy(features: &[Vec<f64>], labels: &[usize]) -> f64 {
        let answers = cross_validated(features, labels, &folds(labels, 5, 1, 0));
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
