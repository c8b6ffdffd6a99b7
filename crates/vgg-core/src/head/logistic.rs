//! Logistic regression trained to convergence: `min_w  C · Σ log(1 + exp(−y·(w·x + b))) + ½‖w‖²`, the form of
//! scikit-learn's `LogisticRegression`, with C chosen on validation pictures.
//!
//! There are many more features (4,096) than training pictures (some hundreds), so the search runs over one weight per
//! picture: the best w is a sum of training pictures, `w = Σ α_n x_n`, and only their inner products K are needed
//! (kernel logistic regression; Zhu & Hastie 2005). Each Newton step solves `(K + (C·V)⁻¹) α + b = z`, `Σ α = 0`.

use nalgebra::{DMatrix, DVector};
use ndarray::{Array1, Array2, ArrayView1};

use super::{Examples, Head, root_mean_square};

/// The grid of C.
#[derive(Clone, Debug, PartialEq)]
pub struct LogisticRecipe {
    /// Inverse penalties to try, weakest penalty last. Features are first divided by their root mean square over the
    /// training pictures, so that the grid does not depend on the network's scale.
    pub inverse_penalties: Vec<f64>,
}

impl Default for LogisticRecipe {
    fn default() -> Self {
        Self { inverse_penalties: (-6..=1).map(|power| 10f64.powi(power)).collect() }
    }
}

/// Why a head could not be trained.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum LogisticError {
    /// Training pictures of one kind only.
    #[error("a head needs pictures of both kinds: {positive} of {pictures} training pictures show the target emotion")]
    OneClass {
        /// Training pictures.
        pictures: usize,
        /// Those that show the target.
        positive: usize,
    },
    /// Features that are not numbers.
    #[error("the features of {rows} training pictures are not finite numbers")]
    NotFinite {
        /// How many rows.
        rows: usize,
    },
    /// The search did not settle.
    #[error("logistic regression did not converge at C = {inverse_penalty}")]
    NotConverged {
        /// The penalty at which it stopped.
        inverse_penalty: f64,
    },
}

/// A solution: one weight per training picture, and the intercept.
#[derive(Clone)]
struct Solution {
    alpha: DVector<f64>,
    bias: f64,
}

impl LogisticRecipe {
    pub(super) fn train(&self, train: &Examples, validation: &Examples) -> Result<Head, LogisticError> {
        let rows = train.features.rows().into_iter().filter(|row| row.iter().any(|x| !x.is_finite())).count();
        if rows > 0 {
            return Err(LogisticError::NotFinite { rows });
        }
        let scale = root_mean_square(&train.features);
        let gram = products(&train.features, &train.features, scale);
        let signs =
            DVector::from_iterator(train.targets.len(), train.targets.iter().map(|&t| if t { 1.0 } else { -1.0 }));
        let cross = products(&validation.features, &train.features, scale);
        let mut solution = Solution { alpha: DVector::zeros(train.targets.len()), bias: 0.0 };
        let mut best: Option<(f64, Solution)> = None;
        for &inverse_penalty in &self.inverse_penalties {
            solution = newton(&gram, &signs, inverse_penalty, solution)?;
            let loss = log_loss(&(&cross * &solution.alpha).add_scalar(solution.bias), &validation.targets);
            // Strictly better only: of equals, the stronger penalty stays.
            if best.as_ref().is_none_or(|(least, _)| loss < *least) {
                best = Some((loss, solution.clone()));
            }
        }
        let (_, chosen) = best.ok_or(LogisticError::NotConverged { inverse_penalty: f64::NAN })?;
        Ok(head(&train.features, scale, &chosen))
    }
}

/// Inner products of two sets of scaled feature rows.
fn products(left: &Array2<f32>, right: &Array2<f32>, scale: f64) -> DMatrix<f64> {
    let dot = |a: ArrayView1<'_, f32>, b: ArrayView1<'_, f32>| -> f64 {
        a.iter().zip(b).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum()
    };
    DMatrix::from_fn(left.nrows(), right.nrows(), |i, j| dot(left.row(i), right.row(j)) / (scale * scale))
}

/// Newton's method with step halving. At the solution `α = C · y · σ(−y·f)`; it stops when that holds to 1e-9 of C.
fn newton(
    gram: &DMatrix<f64>,
    signs: &DVector<f64>,
    inverse_penalty: f64,
    start: Solution,
) -> Result<Solution, LogisticError> {
    const STEPS: usize = 200;
    let mut now = start;
    let mut objective = objective_of(gram, signs, inverse_penalty, &now);
    for _ in 0..STEPS {
        let scores = (gram * &now.alpha).add_scalar(now.bias);
        let residuals = signs.zip_map(&scores, |sign, score| sign * logistic(-sign * score));
        let gap = (&now.alpha - &residuals * inverse_penalty).amax().max((residuals.sum() * inverse_penalty).abs());
        if gap <= 1e-9 * inverse_penalty {
            return Ok(now);
        }
        let Some(target) = newton_step(gram, &scores, &residuals, inverse_penalty) else { break };
        let mut step = 1.0;
        loop {
            let tried = Solution {
                alpha: &now.alpha + (&target.alpha - &now.alpha) * step,
                bias: now.bias + (target.bias - now.bias) * step,
            };
            let reached = objective_of(gram, signs, inverse_penalty, &tried);
            if reached <= objective + 1e-12 * objective.abs() || step < 1e-6 {
                (now, objective) = (tried, reached);
                break;
            }
            step /= 2.0;
        }
    }
    Err(LogisticError::NotConverged { inverse_penalty })
}

/// The solution of the quadratic problem that touches the objective at the present scores.
fn newton_step(
    gram: &DMatrix<f64>,
    scores: &DVector<f64>,
    residuals: &DVector<f64>,
    inverse_penalty: f64,
) -> Option<Solution> {
    // A picture far on the right side has no curvature left; the floor keeps its row finite and changes no solution,
    // since the gap is measured without it.
    let curvature = scores.map(|score| (logistic(score) * logistic(-score)).max(1e-10));
    let working = scores + residuals.component_div(&curvature);
    let mut system = gram.clone();
    for (index, v) in curvature.iter().enumerate() {
        system[(index, index)] += 1.0 / (inverse_penalty * v);
    }
    let cholesky = system.cholesky()?;
    let ones = cholesky.solve(&DVector::from_element(scores.len(), 1.0));
    let fitted = cholesky.solve(&working);
    let bias = fitted.sum() / ones.sum();
    Some(Solution { alpha: fitted - ones * bias, bias })
}

fn objective_of(gram: &DMatrix<f64>, signs: &DVector<f64>, inverse_penalty: f64, at: &Solution) -> f64 {
    let fitted = gram * &at.alpha;
    let losses = signs.zip_map(&fitted, |sign, score| softplus(-sign * (score + at.bias)));
    inverse_penalty * losses.sum() + 0.5 * at.alpha.dot(&fitted)
}

/// Mean cross-entropy of scores; 0 where there are no pictures.
fn log_loss(scores: &DVector<f64>, targets: &[bool]) -> f64 {
    let total: f64 = scores.iter().zip(targets).map(|(&s, &target)| softplus(if target { -s } else { s })).sum();
    total / targets.len().max(1) as f64
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn head(features: &Array2<f32>, scale: f64, solution: &Solution) -> Head {
    let mut weights = Array1::<f64>::zeros(features.ncols());
    for (row, &alpha) in features.rows().into_iter().zip(&solution.alpha) {
        weights.zip_mut_with(&row, |sum, &x| *sum += alpha * f64::from(x) / (scale * scale));
    }
    // Two units whose difference is the margin.
    let half = |x: f64, unit: usize| (if unit == 1 { x / 2.0 } else { -x / 2.0 }) as f32;
    Head {
        weights: Array2::from_shape_fn((weights.len(), 2), |(row, unit)| half(weights[row], unit)),
        bias: Array1::from_shape_fn(2, |unit| half(solution.bias, unit)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::HeadBank;

    /// scikit-learn stops at a gradient of 1e-12, ours at 1e-9; heads are rounded to f32, which moves a margin by some
    /// 1e-6 of its size.
    #[test]
    fn it_is_the_optimum_that_scikit_learn_finds() {
        let (examples, golden) = crate::head::golden();
        for case in golden["logistic"].as_array().expect("a list") {
            let inverse_penalty = case["inverse_penalty"].as_f64().expect("a number");
            let recipe = LogisticRecipe { inverse_penalties: vec![inverse_penalty] };
            let head = recipe.train(&examples, &examples).expect("converges");
            let margins = HeadBank::new(&[head]).margins(&examples.features);
            for (found, expected) in margins.iter().zip(case["margins"].as_array().expect("a list")) {
                let expected = expected.as_f64().expect("a number");
                let difference = (f64::from(*found) - expected).abs();
                assert!(
                    difference < 1e-5 * expected.abs().max(1.0),
                    "C = {inverse_penalty}: {found} against {expected}"
                );
            }
        }
    }

    #[test]
    fn the_penalty_is_the_one_that_serves_the_validation_pictures() {
        let (examples, _) = crate::head::golden();
        let noise =
            Examples { features: examples.features.clone(), targets: examples.targets.iter().map(|t| !t).collect() };
        let train = |validation: &Examples| LogisticRecipe::default().train(&examples, validation).expect("converges");
        let size = |head: Head| head.weights.iter().map(|weight| weight.abs()).sum::<f32>();
        assert!(size(train(&noise)) < 1e-3, "validation that contradicts the training leaves the strongest penalty");
        assert!(size(train(&examples)) > 0.1);
    }

    #[test]
    fn features_that_cannot_be_are_refused() {
        let (mut examples, _) = crate::head::golden();
        examples.features[[3, 2]] = f32::NAN;
        let error = LogisticRecipe::default().train(&examples, &examples);
        assert_eq!(error, Err(LogisticError::NotFinite { rows: 1 }));
    }

    #[test]
    fn equal_features_say_nothing() {
        let (mut examples, _) = crate::head::golden();
        examples.features.fill(0.0);
        let head = LogisticRecipe::default().train(&examples, &examples).expect("converges");
        assert!(head.weights.iter().all(|weight| *weight == 0.0));
    }
}
