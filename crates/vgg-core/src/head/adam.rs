//! The papers' recipe: two units on frozen features, cross-entropy, Adam for a fixed number of epochs.
//!
//! Everything follows PyTorch: `nn.Linear`'s initial weights, `CrossEntropyLoss` (mean over the batch), `optim.Adam`
//! (Kingma & Ba 2015, β = 0.9 and 0.999, ε = 1e-8). Sums run in f64, so a result does not depend on the machine.

use ndarray::{Array1, Array2, ArrayView1};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Uniform};

use super::{Examples, Head};

/// Adam's settings. The default is that of Liu et al. 2024; Adam itself is our choice, since the paper names no
/// optimiser.
#[derive(Clone, Debug, PartialEq)]
pub struct AdamRecipe {
    /// Learning rate.
    pub learning_rate: f64,
    /// Passes over the training pictures.
    pub epochs: usize,
    /// Pictures per step.
    pub batch: usize,
}

impl Default for AdamRecipe {
    fn default() -> Self {
        Self { learning_rate: 1e-3, epochs: 10, batch: 128 }
    }
}

/// Parameters of the two units, and Adam's two moving averages for them: `[units + 1]` rows (the last is the bias) of
/// two columns, flat.
struct State {
    parameters: Vec<f64>,
    mean: Vec<f64>,
    variance: Vec<f64>,
    steps: i32,
}

impl AdamRecipe {
    pub(super) fn train(&self, examples: &Examples, seed: u64) -> Head {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let start = initial_parameters(examples.features.ncols(), &mut rng);
        self.train_from(start, examples, &mut rng)
    }

    fn train_from(&self, start: Vec<f64>, examples: &Examples, rng: &mut ChaCha8Rng) -> Head {
        let mut state = State::new(start);
        let mut order: Vec<usize> = (0..examples.targets.len()).collect();
        for _ in 0..self.epochs {
            order.shuffle(rng);
            for batch in order.chunks(self.batch.max(1)) {
                let gradient = gradient(&state.parameters, examples, batch);
                state.step(&gradient, self.learning_rate);
            }
        }
        state.into_head()
    }
}

/// PyTorch's `nn.Linear`: weights and bias uniform within ±1/√units.
fn initial_parameters(units: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let bound = 1.0 / (units as f64).sqrt();
    let distribution = Uniform::new(-bound, bound).expect("a bound above zero");
    (0..2 * (units + 1)).map(|_| distribution.sample(rng)).collect()
}

/// Gradient of the mean cross-entropy over a batch.
fn gradient(parameters: &[f64], examples: &Examples, batch: &[usize]) -> Vec<f64> {
    let mut gradient = vec![0.0; parameters.len()];
    for &row in batch {
        let features = examples.features.row(row);
        let errors = output_errors(parameters, features, examples.targets[row]);
        let errors = errors.map(|error| error / batch.len() as f64);
        for (slot, feature) in gradient.chunks_exact_mut(2).zip(features.iter().map(|&x| f64::from(x)).chain([1.0])) {
            slot[0] += errors[0] * feature;
            slot[1] += errors[1] * feature;
        }
    }
    gradient
}

/// Softmax probability minus target, for both units.
fn output_errors(parameters: &[f64], features: ArrayView1<'_, f32>, target: bool) -> [f64; 2] {
    let mut logits = [0.0; 2];
    for (weights, feature) in parameters.chunks_exact(2).zip(features.iter().map(|&x| f64::from(x)).chain([1.0])) {
        logits[0] += weights[0] * feature;
        logits[1] += weights[1] * feature;
    }
    let probability = 1.0 / (1.0 + (logits[0] - logits[1]).exp());
    let error = probability - f64::from(u8::from(target));
    [-error, error]
}

impl State {
    fn new(parameters: Vec<f64>) -> Self {
        let zeros = vec![0.0; parameters.len()];
        Self { parameters, mean: zeros.clone(), variance: zeros, steps: 0 }
    }

    fn step(&mut self, gradient: &[f64], learning_rate: f64) {
        const BETA: [f64; 2] = [0.9, 0.999];
        const EPSILON: f64 = 1e-8;
        self.steps += 1;
        let correction = BETA.map(|beta| 1.0 - beta.powi(self.steps));
        for (index, &slope) in gradient.iter().enumerate() {
            self.mean[index] = BETA[0] * self.mean[index] + (1.0 - BETA[0]) * slope;
            self.variance[index] = BETA[1] * self.variance[index] + (1.0 - BETA[1]) * slope * slope;
            let scale = (self.variance[index] / correction[1]).sqrt() + EPSILON;
            self.parameters[index] -= learning_rate * self.mean[index] / correction[0] / scale;
        }
    }

    fn into_head(self) -> Head {
        let units = self.parameters.len() / 2 - 1;
        let value = |row: usize, column: usize| self.parameters[2 * row + column] as f32;
        Head {
            weights: Array2::from_shape_fn((units, 2), |(row, column)| value(row, column)),
            bias: Array1::from_shape_fn(2, |column| value(units, column)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn separable() -> Examples {
        let features = Array2::from_shape_fn((40, 3), |(row, column)| match column {
            0 => {
                if row % 2 == 0 {
                    1.0
                } else {
                    -1.0
                }
            }
            _ => ((row * 7 + column * 3) % 5) as f32 / 5.0,
        });
        Examples { features, targets: (0..40).map(|row| row % 2 == 0).collect() }
    }

    #[test]
    fn it_learns_what_can_be_learnt() {
        let recipe = AdamRecipe { learning_rate: 0.05, epochs: 50, batch: 8 };
        let (examples, head) = (separable(), recipe.train(&separable(), 1));
        for (row, &target) in examples.features.rows().into_iter().zip(&examples.targets) {
            let logits = row.dot(&head.weights) + &head.bias;
            assert_eq!(logits[1] > logits[0], target);
        }
    }

    /// PyTorch computes in f64 here; sums in another order differ by less than 1e-12, and heads are rounded to f32.
    #[test]
    fn it_is_adam_as_pytorch_has_it() {
        let (examples, golden) = crate::head::golden();
        let adam = &golden["adam"];
        let number = |value: &serde_json::Value| value.as_f64().expect("a number");
        let table = |name: &str, unit: usize, index: usize| number(&adam[name][unit][index]);
        let start = (0..=10).flat_map(|index| [table("start", 0, index), table("start", 1, index)]).collect();
        let recipe = AdamRecipe { learning_rate: number(&adam["learning_rate"]), epochs: 30, batch: 1000 };
        let head = recipe.train_from(start, &examples, &mut ChaCha8Rng::seed_from_u64(0));
        for unit in 0..2 {
            for index in 0..10 {
                let (found, expected) = (head.weights[[index, unit]], table("trained", unit, index));
                assert!((f64::from(found) - expected).abs() < 1e-7, "unit {unit}, weight {index}");
            }
            assert!((f64::from(head.bias[unit]) - table("trained", unit, 10)).abs() < 1e-7);
        }
    }

    #[test]
    fn the_seed_decides() {
        let train = |seed| AdamRecipe::default().train(&separable(), seed);
        assert_eq!(train(5), train(5));
        assert_ne!(train(5), train(6));
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_loss() {
        let examples = separable();
        let batch: Vec<usize> = (0..10).collect();
        let parameters: Vec<f64> = (0..8).map(|i| f64::from(i) * 0.1 - 0.3).collect();
        let loss = |parameters: &[f64]| -> f64 {
            let total: f64 = batch
                .iter()
                .map(|&row| {
                    let error = output_errors(parameters, examples.features.row(row), examples.targets[row])[1];
                    -(1.0 - error.abs()).ln()
                })
                .sum();
            total / batch.len() as f64
        };
        for (index, slope) in gradient(&parameters, &examples, &batch).into_iter().enumerate() {
            let (mut above, mut below) = (parameters.clone(), parameters.clone());
            above[index] += 1e-5;
            below[index] -= 1e-5;
            // Central differences of a smooth loss are right to the square of the step.
            assert!((slope - (loss(&above) - loss(&below)) / 2e-5).abs() < 1e-8, "parameter {index}");
        }
    }
}
