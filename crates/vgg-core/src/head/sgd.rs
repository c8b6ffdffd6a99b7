//! Class scores by stochastic gradient descent with momentum, as MATLAB's `trainNetwork` does it with `sgdm`:
//! `v ← μ·v − ε·(∇L + λ·w)`, `w ← w + v`, where L is the mean cross-entropy of a batch; biases have no penalty.
//!
//! Sums run in f64 in a fixed order, so a result does not depend on the machine.

use ndarray::{Array1, Array2};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal};

use super::readout::{LabelledFeatures, Readout, ReadoutError, softmax};

/// Standard deviation of initial weights; biases start at 0. What MATLAB drew for a new layer when EmoNet was made.
const INITIAL_SD: f64 = 0.01;

/// The settings of the descent. Learning rate and batch of the default are those of Kragel et al. 2019; momentum, penalty
/// and epochs, which the paper does not state, are MATLAB's defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct SgdRecipe {
    /// ε.
    pub learning_rate: f64,
    /// μ.
    pub momentum: f64,
    /// λ, for weights only.
    pub penalty: f64,
    /// Passes over the training pictures, each in an order of its own.
    pub epochs: usize,
    /// Pictures per step; what is left over at the end of an epoch is a smaller batch.
    pub batch: usize,
    /// How unequal classes are treated.
    pub balance: Balance,
}

/// How classes of unequal size are treated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Balance {
    /// As they come.
    #[default]
    None,
    /// The loss of a picture is divided by the share of its class, times the number of classes.
    Weights,
    /// An epoch draws as many pictures as there are, each of a random class, with replacement.
    Sampling,
}

impl Default for SgdRecipe {
    fn default() -> Self {
        Self { learning_rate: 1e-4, momentum: 0.9, penalty: 1e-4, epochs: 30, batch: 16, balance: Balance::None }
    }
}

/// Weights and biases as `[units + 1][classes]`, the biases last, and what moves them.
struct State {
    parameters: Vec<f64>,
    velocity: Vec<f64>,
    gradient: Vec<f64>,
}

impl SgdRecipe {
    pub(super) fn train(&self, train: &LabelledFeatures, seed: u64) -> Result<Readout, ReadoutError> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let start = initial(train.features.ncols(), train.classes, &mut random);
        self.train_from(start, train, &mut random)
    }

    fn train_from(
        &self,
        parameters: Vec<f64>,
        train: &LabelledFeatures,
        random: &mut ChaCha8Rng,
    ) -> Result<Readout, ReadoutError> {
        let zeros = vec![0.0; parameters.len()];
        let mut state = State { parameters, velocity: zeros.clone(), gradient: zeros };
        let weights = self.class_weights(train);
        let members = members(train);
        let mut order: Vec<usize> = (0..train.labels.len()).collect();
        for epoch in 1..=self.epochs {
            match self.balance {
                Balance::Sampling => order.iter_mut().for_each(|picture| *picture = draw(&members, random)),
                Balance::None | Balance::Weights => order.shuffle(random),
            }
            for batch in order.chunks(self.batch.max(1)) {
                state.descend(batch, train, &weights);
                state.step(self, train.classes);
            }
            if state.parameters.iter().any(|parameter| !parameter.is_finite()) {
                return Err(ReadoutError::Diverged { epoch, learning_rate: self.learning_rate });
            }
        }
        Ok(state.readout(train.classes))
    }

    /// What the loss of a picture is multiplied by, per class.
    fn class_weights(&self, train: &LabelledFeatures) -> Vec<f64> {
        let (pictures, classes) = (train.labels.len() as f64, train.classes as f64);
        let inverse = |count: usize| pictures / (classes * count as f64);
        match self.balance {
            Balance::Weights => train.counts().into_iter().map(inverse).collect(),
            Balance::None | Balance::Sampling => vec![1.0; train.classes],
        }
    }
}

/// The pictures of every class.
fn members(train: &LabelledFeatures) -> Vec<Vec<usize>> {
    let mut members = vec![Vec::new(); train.classes];
    train.labels.iter().enumerate().for_each(|(picture, &label)| members[label].push(picture));
    members
}

/// A random picture of a random class, of which each has one.
fn draw(members: &[Vec<usize>], random: &mut ChaCha8Rng) -> usize {
    let class = &members[random.random_range(0..members.len())];
    class[random.random_range(0..class.len())]
}

fn initial(units: usize, classes: usize, random: &mut ChaCha8Rng) -> Vec<f64> {
    let normal = Normal::new(0.0, INITIAL_SD).expect("a standard deviation above 0");
    let mut parameters: Vec<f64> = (0..units * classes).map(|_| normal.sample(random)).collect();
    parameters.resize((units + 1) * classes, 0.0);
    parameters
}

impl State {
    /// The gradient of the mean cross-entropy of a batch.
    fn descend(&mut self, batch: &[usize], train: &LabelledFeatures, weights: &[f64]) {
        let classes = train.classes;
        self.gradient.fill(0.0);
        for &picture in batch {
            let (label, row) = (train.labels[picture], train.features.row(picture));
            let mut errors = vec![0.0; classes];
            let inputs = || row.iter().map(|&x| f64::from(x)).chain([1.0]);
            for (parameters, x) in self.parameters.chunks_exact(classes).zip(inputs()) {
                errors.iter_mut().zip(parameters).for_each(|(score, parameter)| *score += parameter * x);
            }
            softmax(&mut errors);
            errors[label] -= 1.0;
            errors.iter_mut().for_each(|error| *error *= weights[label] / batch.len() as f64);
            for (gradient, x) in self.gradient.chunks_exact_mut(classes).zip(inputs()) {
                gradient.iter_mut().zip(&errors).for_each(|(slot, error)| *slot += error * x);
            }
        }
    }

    fn step(&mut self, recipe: &SgdRecipe, classes: usize) {
        let biases = self.parameters.len() - classes;
        let moves = self.parameters.iter_mut().zip(&mut self.velocity).zip(&self.gradient);
        for (index, ((parameter, velocity), gradient)) in moves.enumerate() {
            let penalty = if index < biases { recipe.penalty * *parameter } else { 0.0 };
            *velocity = recipe.momentum * *velocity - recipe.learning_rate * (gradient + penalty);
            *parameter += *velocity;
        }
    }

    fn readout(&self, classes: usize) -> Readout {
        let units = self.parameters.len() / classes - 1;
        let value = |row: usize, class: usize| self.parameters[row * classes + class] as f32;
        Readout {
            weights: Array2::from_shape_fn((units, classes), |(row, class)| value(row, class)),
            bias: Array1::from_shape_fn(classes, |class| value(units, class)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::readout::golden;
    use super::*;

    fn numbers(value: &serde_json::Value) -> Vec<f64> {
        value.as_array().expect("a list").iter().map(|number| number.as_f64().expect("a number")).collect()
    }

    /// PyTorch's `optim.SGD` over the same pictures in one batch, from the same weights, for 40 epochs: there the order does
    /// not matter. PyTorch writes the velocity without the learning rate, which is the same descent.
    #[test]
    fn it_descends_as_pytorch_does() {
        let (train, _, golden) = golden();
        for (balance, name) in [(Balance::None, "sgd"), (Balance::Weights, "sgd_weighted")] {
            let recipe =
                SgdRecipe { learning_rate: 0.05, penalty: 1e-2, epochs: 40, batch: 60, balance, ..Default::default() };
            let start = numbers(&golden["start"]);
            let layer = recipe.train_from(start, &train, &mut ChaCha8Rng::seed_from_u64(1)).expect("trains");
            let found: Vec<f64> = layer.weights.iter().chain(&layer.bias).map(|&x| f64::from(x)).collect();
            // Both sum in f64; the result is rounded to f32.
            for (found, expected) in found.iter().zip(numbers(&golden[name])) {
                assert!((found - expected).abs() < 1e-6 * (1.0 + expected.abs()), "{name}: {found} {expected}");
            }
        }
    }

    #[test]
    fn the_seed_decides_and_sampling_favours_the_rare() {
        let (train, _, _) = golden();
        let recipe = |balance| SgdRecipe { learning_rate: 0.01, epochs: 60, balance, ..Default::default() };
        let of = |balance, seed| recipe(balance).train(&train, seed).expect("trains");
        assert_eq!(of(Balance::None, 3), of(Balance::None, 3));
        assert_ne!(of(Balance::None, 3), of(Balance::None, 4));
        let rare = train.counts().iter().enumerate().min_by_key(|(_, count)| **count).expect("classes").0;
        let said = |layer: &Readout| {
            let scores = layer.scores(train.features.view());
            scores.rows().into_iter().map(|row| row[rare] - row.sum() / 3.0).sum::<f32>()
        };
        assert!(said(&of(Balance::Sampling, 3)) > said(&of(Balance::None, 3)));
        assert!(said(&of(Balance::Weights, 3)) > said(&of(Balance::None, 3)));
    }

    #[test]
    fn steps_that_are_too_long_are_an_error() {
        let (train, _, _) = golden();
        let recipe = SgdRecipe { learning_rate: 1e306, ..Default::default() };
        let error = recipe.train(&train, 1).expect_err("diverges").to_string();
        assert!(error.starts_with("training diverged in epoch ") && error.contains("a lower learning rate"), "{error}");
    }
}
