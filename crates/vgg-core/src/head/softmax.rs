//! Multinomial logistic regression to convergence: `min_W  C · Σ_n −log p(label_n) + ½‖W‖²`, the form of scikit-learn's
//! `LogisticRegression`, with C chosen on validation pictures; biases have no penalty.
//!
//! Loss and gradient are summed in f64 and in a fixed order whatever the number of threads.

use std::ops::Range;

use ndarray::{Array1, Array2};
use rayon::prelude::*;

use super::lbfgs::minimise;
use super::readout::{LabelledFeatures, Readout, ReadoutError, softmax};
use super::root_mean_square;

/// Parts into which pictures are divided for threads: a constant, so that sums never depend on the machine.
const PARTS: usize = 16;
/// The largest slope at a solution, in units of C times the number of pictures.
const TOLERANCE: f64 = 1e-6;

/// The grid of C.
#[derive(Clone, Debug, PartialEq)]
pub struct SoftmaxRecipe {
    /// Inverse penalties to try, weakest penalty last. Features are first divided by their root mean square over the
    /// training pictures, so that the grid does not depend on the network's scale.
    pub inverse_penalties: Vec<f64>,
}

impl Default for SoftmaxRecipe {
    fn default() -> Self {
        Self { inverse_penalties: (-6..=0).map(|power| 10f64.powi(power)).collect() }
    }
}

/// The loss at one C. Parameters are `[units + 1][classes]`, the biases last.
#[derive(Clone, Copy)]
struct Problem<'a> {
    train: &'a LabelledFeatures,
    scale: f64,
    inverse_penalty: f64,
}

impl SoftmaxRecipe {
    pub(super) fn train(
        &self,
        train: &LabelledFeatures,
        validation: &LabelledFeatures,
    ) -> Result<Readout, ReadoutError> {
        let scale = root_mean_square(&train.features);
        let mut parameters = vec![0.0; (train.features.ncols() + 1) * train.classes];
        let mut best: Option<(f64, Vec<f64>)> = None;
        for &inverse_penalty in &self.inverse_penalties {
            parameters = Problem { train, scale, inverse_penalty }.solve(parameters)?;
            let loss = Problem { train: validation, scale, inverse_penalty }.loss(&parameters);
            // Strictly better only: of equals, the stronger penalty stays.
            if best.as_ref().is_none_or(|(least, _)| loss < *least) {
                best = Some((loss, parameters.clone()));
            }
        }
        let (_, chosen) = best.ok_or(ReadoutError::NotConverged { inverse_penalty: f64::NAN })?;
        Ok(readout(&chosen, train.classes, scale))
    }
}

impl Problem<'_> {
    fn solve(self, start: Vec<f64>) -> Result<Vec<f64>, ReadoutError> {
        let tolerance = TOLERANCE * self.inverse_penalty * self.train.labels.len() as f64;
        minimise(start, tolerance, |parameters| self.objective(parameters))
            .ok_or(ReadoutError::NotConverged { inverse_penalty: self.inverse_penalty })
    }

    /// The objective and its gradient.
    fn objective(&self, parameters: &[f64]) -> (f64, Vec<f64>) {
        let (loss, mut gradient) = self.sum(parameters);
        let weights = &parameters[..parameters.len() - self.train.classes];
        gradient.iter_mut().for_each(|slope| *slope *= self.inverse_penalty);
        gradient.iter_mut().zip(weights).for_each(|(slope, weight)| *slope += weight);
        (self.inverse_penalty * loss + 0.5 * weights.iter().map(|weight| weight * weight).sum::<f64>(), gradient)
    }

    /// Σ −log p of the pictures, without penalty, and its gradient.
    fn sum(&self, parameters: &[f64]) -> (f64, Vec<f64>) {
        let pictures = self.train.labels.len();
        let length = pictures.div_ceil(PARTS).max(1);
        let parts: Vec<Range<usize>> =
            (0..pictures).step_by(length).map(|first| first..pictures.min(first + length)).collect();
        let sums: Vec<(f64, Vec<f64>)> = parts.into_par_iter().map(|part| self.part(parameters, part)).collect();
        let mut total = (0.0, vec![0.0; parameters.len()]);
        for (loss, gradient) in sums {
            total.0 += loss;
            total.1.iter_mut().zip(gradient).for_each(|(slot, part)| *slot += part);
        }
        total
    }

    fn part(&self, parameters: &[f64], pictures: Range<usize>) -> (f64, Vec<f64>) {
        let classes = self.train.classes;
        let (mut loss, mut gradient) = (0.0, vec![0.0; parameters.len()]);
        for picture in pictures {
            let (label, row) = (self.train.labels[picture], self.train.features.row(picture));
            let inputs = || row.iter().map(|&x| f64::from(x) / self.scale).chain([1.0]);
            let mut scores = vec![0.0; classes];
            for (parameters, x) in parameters.chunks_exact(classes).zip(inputs()) {
                scores.iter_mut().zip(parameters).for_each(|(score, parameter)| *score += parameter * x);
            }
            loss -= log_probability(&scores, label);
            softmax(&mut scores);
            scores[label] -= 1.0;
            for (gradient, x) in gradient.chunks_exact_mut(classes).zip(inputs()) {
                gradient.iter_mut().zip(&scores).for_each(|(slot, error)| *slot += error * x);
            }
        }
        (loss, gradient)
    }

    /// Mean cross-entropy; 0 where there are no pictures.
    fn loss(&self, parameters: &[f64]) -> f64 {
        self.sum(parameters).0 / self.train.labels.len().max(1) as f64
    }
}

fn log_probability(scores: &[f64], label: usize) -> f64 {
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    scores[label] - largest - scores.iter().map(|score| (score - largest).exp()).sum::<f64>().ln()
}

fn readout(parameters: &[f64], classes: usize, scale: f64) -> Readout {
    let units = parameters.len() / classes - 1;
    Readout {
        weights: Array2::from_shape_fn((units, classes), |(row, class)| {
            (parameters[row * classes + class] / scale) as f32
        }),
        bias: Array1::from_shape_fn(classes, |class| parameters[units * classes + class] as f32),
    }
}

#[cfg(test)]
mod tests {
    use super::super::readout::golden;
    use super::*;

    /// scikit-learn at a gradient of 1e-10; ours stops at 1e-6 of C per picture, which leaves probabilities within 1e-4.
    #[test]
    fn it_is_the_optimum_that_scikit_learn_finds() {
        let (train, validation, golden) = golden();
        for (power, name) in [(-2, "softmax_0.01"), (0, "softmax_1")] {
            let recipe = SoftmaxRecipe { inverse_penalties: vec![10f64.powi(power)] };
            let layer = recipe.train(&train, &validation).expect("converges");
            let found = super::super::readout::probabilities(layer.scores(validation.features.view()).view());
            let expected = golden[name].as_array().expect("rows").iter().flat_map(|row| row.as_array().expect("a row"));
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected.as_f64().expect("a number")).abs() < 1e-4, "{name}: {found} {expected}");
            }
        }
    }

    #[test]
    fn the_penalty_is_that_of_the_least_loss_on_validation_pictures() {
        let (train, validation, golden) = golden();
        let all = SoftmaxRecipe::default();
        let chosen = all.train(&train, &validation).expect("converges");
        let best = golden["best_inverse_penalty"].as_f64().expect("a number");
        let alone = SoftmaxRecipe { inverse_penalties: vec![best] }.train(&train, &validation).expect("converges");
        let (chosen, alone) = (chosen.scores(validation.features.view()), alone.scores(validation.features.view()));
        assert!(chosen.iter().zip(&alone).all(|(a, b)| (a - b).abs() < 1e-3), "{chosen} {alone}");
    }

    #[test]
    fn threads_do_not_matter() {
        let (train, validation, _) = golden();
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| SoftmaxRecipe::default().train(&train, &validation)).expect("converges")
        };
        assert_eq!(with(1), with(3));
    }
}
