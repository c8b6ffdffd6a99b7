//! A linear support vector machine with the hinge loss, for many observations.
//!
//! `min ½ (‖w‖² + b²) + Σ Cᵢ · max(0, 1 − yᵢ (w · xᵢ + b))`, y = ±1, with a cost per observation (Cortes & Vapnik 1995, Mach
//! Learn 20: 273–297). The intercept is penalised like a weight, as that of a feature that is always 1; so has it LIBLINEAR,
//! and scikit-learn's `LinearSVC` with `loss = "hinge"`. LIBSVM's C-SVC with a linear kernel leaves `b` free and is otherwise
//! the same. The solution is unique.
//!
//! It is found by the augmented Lagrangian method with semismooth Newton steps (Yan & Li 2020, Optim Methods Softw 35:
//! 855–883). LIBLINEAR's dual coordinate descent (Hsieh et al. 2008) visits observations at random, and with hundreds of
//! standardised features and C = 1 needs tens of thousands of passes; here a few dozen steps, each of one pass and one
//! system of as many equations as there are features, reach a duality gap that is measured, without any randomness.

mod newton;
mod system;

use nalgebra::DMatrix;
use ndarray::ArrayView2;

use crate::StatsError;
use crate::error::{check_length, check_values};
use newton::Search;
use system::dot;

/// How exactly the minimum is sought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearSvm {
    /// The difference between primal and dual value, as a share of the primal, at which the search ends.
    pub tolerance: f64,
    /// Newton steps after which it ends in any case.
    pub steps: usize,
}

/// A fitted machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Hyperplane {
    /// A weight per feature.
    pub weights: Vec<f64>,
    /// The intercept.
    pub intercept: f64,
    /// What was minimised, at these weights.
    pub primal: f64,
    /// A value that the minimum is not below.
    pub dual: f64,
    /// Newton steps.
    pub steps: usize,
    /// Whether the tolerance was reached.
    pub converged: bool,
}

impl Default for LinearSvm {
    /// A gap of one part in 10,000, and more steps than are ever needed.
    fn default() -> Self {
        Self { tolerance: 1e-4, steps: 2000 }
    }
}

impl LinearSvm {
    /// Fits a machine.
    ///
    /// # Shapes
    /// - `features`: `[observations × features]`
    /// - `positive`: whether an observation is of the positive class
    /// - `costs`: C of each observation
    ///
    /// # Examples
    /// ```
    /// use ndarray::array;
    /// use stats::linear_svm::LinearSvm;
    ///
    /// let features = array![[2.0, 0.1], [1.5, -0.2], [-1.0, 0.3], [-2.5, 0.0]];
    /// let found = LinearSvm::default().fit(features.view(), &[true, true, false, false], &[1.0; 4])?;
    /// assert!(found.margin(&[3.0, 0.0]) > 1.0 && found.margin(&[-3.0, 0.0]) < -1.0);
    /// assert!(found.converged && found.primal - found.dual < 1e-3);
    /// # Ok::<(), stats::StatsError>(())
    /// ```
    ///
    /// # Errors
    /// Lengths that differ, features that are not finite, costs that are not finite and above 0.
    pub fn fit(&self, features: ArrayView2<f64>, positive: &[bool], costs: &[f64]) -> Result<Hyperplane, StatsError> {
        check_length("classes of observations", features.nrows(), positive.len())?;
        check_length("costs of observations", features.nrows(), costs.len())?;
        check_values("costs of observations", costs, "finite and above 0", |cost| cost.is_finite() && cost > 0.0)?;
        let signed: Vec<f64> =
            features.rows().into_iter().zip(positive).flat_map(|(row, &is)| signed(row, is)).collect();
        check_values("features", &signed, "finite", f64::is_finite)?;
        let columns = features.ncols() + 1;
        // Nothing is separated by a plane without weights.
        if features.nrows() >= columns || features.nrows() == 0 {
            return Ok(self.search(&signed, columns, costs));
        }
        // The weights lie in the span of the observations. In a basis of it there are only as many of them, and neither
        // lengths nor margins are others.
        let basis = DMatrix::from_row_slice(features.nrows(), columns, &signed).transpose().qr();
        let found = self.search(basis.r().as_slice(), features.nrows(), costs);
        let weights = basis.q() * nalgebra::DVector::from_vec([found.weights, vec![found.intercept]].concat());
        let (weights, intercept) = weights.as_slice().split_at(columns - 1);
        Ok(Hyperplane { weights: weights.to_vec(), intercept: intercept[0], ..found })
    }

    fn search(&self, signed: &[f64], columns: usize, costs: &[f64]) -> Hyperplane {
        let found = Search::new(signed, columns, costs).run(self.tolerance, self.steps);
        let (weights, intercept) = found.weights.split_at(columns.saturating_sub(1));
        Hyperplane {
            weights: weights.to_vec(),
            intercept: intercept.first().copied().unwrap_or_default(),
            primal: found.primal,
            dual: found.dual,
            steps: found.steps,
            converged: found.primal - found.dual <= self.tolerance * found.primal,
        }
    }
}

impl Hyperplane {
    /// `w · x + b`: above 0 on the side of the positive class, ±1 at the edges of the margin.
    pub fn margin(&self, features: &[f64]) -> f64 {
        dot(&self.weights, features) + self.intercept
    }
}

/// An observation and the 1 of the intercept, times ±1 of its class.
fn signed(row: ndarray::ArrayView1<f64>, positive: bool) -> Vec<f64> {
    let sign = if positive { 1.0 } else { -1.0 };
    row.iter().chain([&1.0]).map(|value| sign * value).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;

    const EXACT: LinearSvm = LinearSvm { tolerance: 1e-11, steps: 2000 };

    /// Features on a coarse grid, classes of both kinds, costs from 0.25 to 2; more observations than features and fewer.
    fn case() -> impl Strategy<Value = (Array2<f64>, Vec<bool>, Vec<f64>)> {
        (1..30_usize, 1..9_usize).prop_flat_map(|(rows, columns)| {
            let features = proptest::collection::vec(-8..9_i32, rows * columns).prop_map(move |values| {
                let values = values.into_iter().map(|value| f64::from(value) * 0.25).collect();
                Array2::from_shape_vec((rows, columns), values).expect("as many values as cells")
            });
            let costs = proptest::collection::vec((1..9_i32).prop_map(|cost| f64::from(cost) * 0.25), rows);
            (features, proptest::collection::vec(any::<bool>(), rows), costs)
        })
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn the_dual_meets_the_primal((features, positive, costs) in case()) {
            let found = EXACT.fit(features.view(), &positive, &costs).expect("finite");
            // Strong duality: at the solution, and nowhere else, both are equal.
            prop_assert!(found.converged, "{found:?}");
            let loss = |row: usize| {
                let margin = found.margin(&features.row(row).to_vec());
                costs[row] * (1.0 - if positive[row] { margin } else { -margin }).max(0.0)
            };
            let penalty = (found.weights.iter().map(|w| w * w).sum::<f64>() + found.intercept.powi(2)) / 2.0;
            let primal = penalty + (0..costs.len()).map(loss).sum::<f64>();
            prop_assert!((found.primal - primal).abs() <= 1e-9 * (1.0 + primal), "{} {primal}", found.primal);
        }

        #[test]
        fn exchanged_classes_turn_the_plane((features, positive, costs) in case()) {
            let found = EXACT.fit(features.view(), &positive, &costs).expect("finite");
            let turned: Vec<bool> = positive.iter().map(|positive| !positive).collect();
            let turned = EXACT.fit(features.view(), &turned, &costs).expect("finite");
            for (one, other) in found.weights.iter().zip(&turned.weights) {
                prop_assert!((one + other).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn one_feature_has_the_solution_that_can_be_written_down() {
        let features = Array2::from_shape_vec((2, 1), vec![2.0, -2.0]).expect("two");
        // At ±a the plane through 0 has w = 1 / a, where that costs less than errors do, and no intercept.
        let found = EXACT.fit(features.view(), &[true, false], &[1.0; 2]).expect("finite");
        assert!((found.weights[0] - 0.5).abs() < 1e-8 && found.intercept.abs() < 1e-8, "{found:?}");
        // With small costs both are on their bounds: w = Σ C y x.
        let found = EXACT.fit(features.view(), &[true, false], &[0.05; 2]).expect("finite");
        assert!((found.weights[0] - 0.2).abs() < 1e-10 && found.converged, "{found:?}");
    }

    #[test]
    fn too_few_steps_are_said() {
        let features = Array2::from_shape_fn((40, 7), |(row, column)| ((row * 7 + column * 3) % 11) as f64 - 5.0);
        let positive: Vec<bool> = (0..40).map(|row| row % 3 == 0).collect();
        let short = LinearSvm { steps: 1, ..EXACT }.fit(features.view(), &positive, &[1.0; 40]).expect("finite");
        assert!(!short.converged && short.steps == 1 && short.primal > short.dual);
    }

    #[test]
    fn unusable_tables_are_refused_and_empty_ones_are_a_plane() {
        let features = Array2::<f64>::zeros((2, 1));
        let message = |positive: &[bool], costs: &[f64]| {
            LinearSvm::default().fit(features.view(), positive, costs).expect_err("refused").to_string()
        };
        assert!(message(&[true], &[1.0; 2]).starts_with("classes of observations"));
        assert!(message(&[true, false], &[1.0]).starts_with("costs of observations"));
        assert!(message(&[true, false], &[1.0, 0.0]).contains("finite and above 0"));
        let infinite = Array2::from_elem((2, 1), f64::INFINITY);
        assert!(LinearSvm::default().fit(infinite.view(), &[true, false], &[1.0; 2]).is_err());
        let nothing = LinearSvm::default().fit(Array2::zeros((0, 3)).view(), &[], &[]).expect("nothing to separate");
        assert_eq!((nothing.weights, nothing.intercept), (vec![0.0; 3], 0.0));
    }
}
