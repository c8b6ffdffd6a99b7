//! Two-way analysis of variance of many responses to the same pictures, with cells of unequal size.
//!
//! Sums of squares are of type II: a factor's is what it adds to the model with the other factor, the interaction's what it
//! adds to both (Langsrud 2003, Stat Comput 13: 163–167; `car::Anova(type = 2)`, statsmodels' `anova_lm(typ = 2)`). With
//! `MS = SS / df`: `F = MS / MS_error`, partial `η² = SS / (SS + SS_error)`, and
//! `ω² = (SS − df · MS_error) / (SS_total + MS_error)` (Olejnik & Algina 2003, Psychol Methods 8: 434–447), where the total
//! is that of the response around its mean, which the parts of an unbalanced design do not sum up to.
//!
//! All that the factors can explain lies in the cell means. With cells weighted by the roots of their sizes, a factor's
//! sum of squares is the squared length of the means' projection on what its columns add to those before. The bases of
//! these are made once per design, so that each of thousands of responses costs one pass over its values.

use ndarray::{ArrayView1, ArrayView2};
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use crate::StatsError;
use crate::centred::check_finite_table;
use crate::error::check_length;

/// A column that keeps less than this share of its length beside those before it adds nothing.
const DEPENDENT: f64 = 1e-9;
/// Errors below this share of a response's own squares are rounding: single precision tells 1e-15 apart.
const ROUNDING: f64 = 1e-24;

/// What explains the responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Model {
    /// Both factors and their interaction. Every cell must have pictures.
    Interaction,
    /// Both factors alone. What differs between cells beyond that is error, and cells may be empty.
    Additive,
}

/// A design: which picture is of which levels.
#[derive(Clone, Debug, PartialEq)]
pub struct TwoWay {
    /// Cell of each picture.
    cells: Vec<usize>,
    /// Root of the number of pictures in each cell.
    roots: Vec<f64>,
    /// What either factor adds to the mean and the other factor: an orthonormal basis over cells.
    additions: [Vec<Vec<f64>>; 2],
    /// The same of the mean and both factors.
    factors: Vec<Vec<f64>>,
    model: Model,
}

/// One factor or the interaction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// Sum of squares of type II.
    pub sum_of_squares: f64,
    /// Degrees of freedom.
    pub freedom: usize,
    /// `MS / MS_error`
    pub f: f64,
    /// Of F, one-sided.
    pub p: f64,
    /// `SS / (SS + SS_error)`
    pub partial_eta_squared: f64,
    /// May be below 0, where the effect explains less than chance would.
    pub omega_squared: f64,
}

/// The analysis of one response.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Analysis {
    /// The first factor.
    pub first: Effect,
    /// The second factor.
    pub second: Effect,
    /// `None` in the additive model.
    pub interaction: Option<Effect>,
    /// Sum of squares of the error.
    pub error: f64,
    /// Degrees of freedom of the error.
    pub error_freedom: usize,
}

impl TwoWay {
    /// The design of pictures with these levels of two factors, from 0.
    ///
    /// # Examples
    /// ```
    /// use ndarray::array;
    /// use stats::anova::{Model, TwoWay};
    ///
    /// let design = TwoWay::new([&[0, 0, 0, 0, 1, 1, 1, 1], &[0, 0, 1, 1, 0, 0, 1, 1]], [2, 2], Model::Interaction)?;
    /// let response = array![[1.0], [2.0], [1.5], [2.5], [4.0], [5.0], [4.5], [5.5]];
    /// let found = design.analyse(response.view())?[0].expect("it varies");
    /// assert!((found.first.sum_of_squares - 18.0).abs() < 1e-12 && found.first.p < 0.01);
    /// assert!(found.interaction.expect("in the model").sum_of_squares < 1e-12);
    /// # Ok::<(), stats::StatsError>(())
    /// ```
    ///
    /// # Errors
    /// - Both factors need a level per picture, below their number of levels, of which there must be at least 2 each
    /// - Every level needs pictures; with interaction every cell does. Where one is empty, an effect of the interaction has
    ///   no agreed meaning: merge levels, or take the additive model
    /// - Without interaction, the levels must not fall apart into parts that share none
    /// - There must be more pictures than the model has parameters
    pub fn new(levels: [&[usize]; 2], counts: [usize; 2], model: Model) -> Result<Self, StatsError> {
        check_levels(levels, counts)?;
        let cells: Vec<usize> = levels[0].iter().zip(levels[1]).map(|(a, b)| a * counts[1] + b).collect();
        let mut sizes = vec![0_usize; counts[0] * counts[1]];
        cells.iter().for_each(|&cell| sizes[cell] += 1);
        if model == Model::Interaction
            && let Some(cell) = sizes.iter().position(|&size| size == 0)
        {
            return Err(StatsError::EmptyCell { levels: [cell / counts[1], cell % counts[1]] });
        }
        let roots: Vec<f64> = sizes.iter().map(|&size| (size as f64).sqrt()).collect();
        let factors = [factor_columns(&roots, counts, 0), factor_columns(&roots, counts, 1)];
        let added = |last: usize| {
            let before = basis(vec![roots.clone()].into_iter().chain(factors[1 - last].clone()), &[]);
            let added = basis(factors[last].clone(), &before);
            (before, added)
        };
        let ((second, first_added), (_, second_added)) = (added(0), added(1));
        if first_added.len() != counts[0] - 1 || second_added.len() != counts[1] - 1 {
            return Err(StatsError::Confounded);
        }
        let factors = [second, first_added.clone()].concat();
        let design = Self { cells, roots, additions: [first_added, second_added], factors, model };
        check_enough(&design)?;
        Ok(design)
    }

    /// The analysis of each response `[pictures × responses]`; `None` for one that is constant, or that the model explains
    /// without error.
    ///
    /// # Errors
    /// A row per picture is needed, of finite numbers.
    pub fn analyse(&self, responses: ArrayView2<f32>) -> Result<Vec<Option<Analysis>>, StatsError> {
        check_length("rows of responses", self.cells.len(), responses.nrows())?;
        check_finite_table(responses)?;
        let columns: Vec<ArrayView1<f32>> = responses.columns().into_iter().collect();
        Ok(columns.into_par_iter().map(|response| self.analyse_one(response)).collect())
    }

    fn analyse_one(&self, response: ArrayView1<f32>) -> Option<Analysis> {
        let parts = self.parts(response);
        let beyond = squares(&residual(&parts.means, &self.factors));
        let (error, interaction) = match self.model {
            Model::Interaction => (parts.within, Some(beyond)),
            Model::Additive => (parts.within + beyond, None),
        };
        let total = parts.within + squares(&parts.means);
        if error <= ROUNDING * parts.whole {
            return None;
        }
        let error_freedom = self.error_freedom();
        let effect = |sum_of_squares: f64, freedom: usize| effect(sum_of_squares, freedom, error, error_freedom, total);
        let [first, second] = [0, 1]
            .map(|factor| effect(projection(&parts.means, &self.additions[factor]), self.additions[factor].len()));
        let interaction = match interaction {
            Some(sum) => Some(effect(sum, self.roots.len() - self.factors.len())?),
            None => None,
        };
        Some(Analysis { first: first?, second: second?, interaction, error, error_freedom })
    }

    /// Weighted cell means around the mean of all, and the sum of squares within cells.
    fn parts(&self, response: ArrayView1<f32>) -> Parts {
        let values: Vec<f64> = response.iter().map(|&value| f64::from(value)).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let mut means = vec![0.0; self.roots.len()];
        values.iter().zip(&self.cells).for_each(|(value, &cell)| means[cell] += value - mean);
        // An empty cell has the sum 0 and the weight 0.
        means
            .iter_mut()
            .zip(&self.roots)
            .filter(|(_, root)| **root > 0.0)
            .for_each(|(mean, root)| *mean /= root * root);
        let within = values.iter().zip(&self.cells).map(|(value, &cell)| (value - mean - means[cell]).powi(2)).sum();
        means.iter_mut().zip(&self.roots).for_each(|(mean, root)| *mean *= root);
        Parts { means, within, whole: squares(&values) }
    }

    /// Degrees of freedom of the error.
    pub fn error_freedom(&self) -> usize {
        let parameters = match self.model {
            Model::Interaction => self.roots.len(),
            Model::Additive => self.factors.len(),
        };
        self.cells.len().saturating_sub(parameters)
    }
}

struct Parts {
    means: Vec<f64>,
    within: f64,
    /// Squares of the values as they are, not around their mean.
    whole: f64,
}

fn check_levels(levels: [&[usize]; 2], counts: [usize; 2]) -> Result<(), StatsError> {
    check_length("levels of the second factor", levels[0].len(), levels[1].len())?;
    for (levels, count) in levels.into_iter().zip(counts) {
        if count < 2 {
            return Err(StatsError::TooFewCategories { found: count });
        }
        if let Some(picture) = levels.iter().position(|&level| level >= count) {
            return Err(StatsError::UnknownCategory { picture, label: levels[picture], categories: count });
        }
        if let Some(category) = (0..count).find(|level| !levels.contains(level)) {
            return Err(StatsError::EmptyCategory { category });
        }
    }
    Ok(())
}

fn check_enough(design: &TwoWay) -> Result<(), StatsError> {
    if design.error_freedom() > 0 {
        return Ok(());
    }
    let found = design.cells.len();
    let least = found + 1;
    Err(StatsError::TooFew { what: "pictures", least, found, remedy: "as they are, no error is left to compare with" })
}

/// A column per level over the cells: the root of the cell's size where the cell is of the level.
fn factor_columns(roots: &[f64], counts: [usize; 2], factor: usize) -> Vec<Vec<f64>> {
    let level = |cell: usize| [cell / counts[1], cell % counts[1]][factor];
    let entry = |cell: usize, of: usize| if level(cell) == of { roots[cell] } else { 0.0 };
    (0..counts[factor]).map(|of| (0..roots.len()).map(|cell| entry(cell, of)).collect()).collect()
}

/// An orthonormal basis of what these columns add to an orthonormal basis before them.
fn basis(columns: impl IntoIterator<Item = Vec<f64>>, before: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut found: Vec<Vec<f64>> = Vec::new();
    for column in columns {
        // Twice, since once leaves rounding errors behind.
        let mut rest = column.clone();
        for _ in 0..2 {
            rest = residual(&residual(&rest, before), &found);
        }
        let length = squares(&rest).sqrt();
        if length > DEPENDENT * squares(&column).sqrt() {
            found.push(rest.into_iter().map(|value| value / length).collect());
        }
    }
    found
}

/// What is left of a vector beside an orthonormal basis.
fn residual(vector: &[f64], basis: &[Vec<f64>]) -> Vec<f64> {
    let mut rest = vector.to_vec();
    for direction in basis {
        let shared = dot(&rest, direction);
        rest.iter_mut().zip(direction).for_each(|(value, direction)| *value -= shared * direction);
    }
    rest
}

/// Squared length of the projection on an orthonormal basis.
fn projection(vector: &[f64], basis: &[Vec<f64>]) -> f64 {
    basis.iter().map(|direction| dot(vector, direction).powi(2)).sum()
}

fn squares(vector: &[f64]) -> f64 {
    dot(vector, vector)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// `None` where F is beyond all numbers.
fn effect(sum_of_squares: f64, freedom: usize, error: f64, error_freedom: usize, total: f64) -> Option<Effect> {
    let mean_error = error / error_freedom as f64;
    let f = sum_of_squares / freedom as f64 / mean_error;
    let distribution = FisherSnedecor::new(freedom as f64, error_freedom as f64).ok()?;
    f.is_finite().then(|| Effect {
        sum_of_squares,
        freedom,
        f,
        p: distribution.sf(f),
        partial_eta_squared: sum_of_squares / (sum_of_squares + error),
        omega_squared: (sum_of_squares - freedom as f64 * mean_error) / (total + mean_error),
    })
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;

    /// Levels of at least one picture per cell of 3 × 2, and whole-numbered responses.
    fn case() -> impl Strategy<Value = (Vec<usize>, Vec<usize>, Vec<i32>)> {
        proptest::collection::vec(0..6_usize, 4..30).prop_flat_map(|mut cells| {
            cells.extend(0..6);
            let count = cells.len();
            let levels =
                [2, 1].map(|step| cells.iter().map(|cell| if step == 2 { cell / 2 } else { cell % 2 }).collect());
            let [first, second]: [Vec<usize>; 2] = levels;
            (Just(first), Just(second), proptest::collection::vec(-20..21_i32, count))
        })
    }

    fn column(values: &[i32], times: f32, plus: f32) -> Array2<f32> {
        Array2::from_shape_fn((values.len(), 1), |(row, _)| values[row] as f32 * times + plus)
    }

    proptest! {
        #![proptest_config(cases(96))]

        #[test]
        fn factors_may_be_exchanged_and_units_do_not_matter((a, b, y) in case()) {
            let plain = TwoWay::new([&a, &b], [3, 2], Model::Interaction).expect("no empty cell");
            let turned = TwoWay::new([&b, &a], [2, 3], Model::Interaction).expect("no empty cell");
            let plain = plain.analyse(column(&y, 1.0, 0.0).view()).expect("finite")[0];
            let turned = turned.analyse(column(&y, 4.0, 64.0).view()).expect("finite")[0];
            prop_assert_eq!(plain.is_some(), turned.is_some());
            if let (Some(plain), Some(turned)) = (plain, turned) {
                prop_assert!(plain.first.sum_of_squares >= 0.0 && plain.error_freedom == y.len() - 6);
                for (plain, turned) in [(plain.first, turned.second), (plain.second, turned.first)] {
                    assert_relative_eq!(plain.f, turned.f, epsilon = 1e-9, max_relative = 1e-8);
                    assert_relative_eq!(plain.p, turned.p, epsilon = 1e-9, max_relative = 1e-8);
                }
            }
        }

        #[test]
        fn in_a_balanced_design_the_parts_sum_to_the_total(y in proptest::collection::vec(-20..21_i32, 18)) {
            let [a, b] = [|i: usize| i / 6, |i: usize| i % 2].map(|level| (0..18).map(level).collect::<Vec<usize>>());
            let design = TwoWay::new([&a, &b], [3, 2], Model::Interaction).expect("no empty cell");
            let mean = f64::from(y.iter().sum::<i32>()) / 18.0;
            let total: f64 = y.iter().map(|&y| (f64::from(y) - mean).powi(2)).sum();
            if let Some(found) = design.analyse(column(&y, 1.0, 0.0).view()).expect("finite")[0] {
                let interaction = found.interaction.expect("in the model").sum_of_squares;
                let sum = found.first.sum_of_squares + found.second.sum_of_squares + interaction + found.error;
                prop_assert!((sum - total).abs() < 1e-9 * (1.0 + total));
            }
        }
    }

    #[test]
    fn responses_without_error_have_no_analysis() {
        let levels: [&[usize]; 2] = [&[0, 0, 0, 1, 1, 1], &[0, 1, 1, 0, 1, 0]];
        let design = TwoWay::new(levels, [2, 2], Model::Interaction).expect("no empty cell");
        let constant = Array2::from_elem((6, 1), 0.1);
        let explained =
            Array2::from_shape_fn((6, 1), |(row, _)| 0.3 * levels[0][row] as f32 + 0.1 * levels[1][row] as f32);
        assert_eq!(design.analyse(constant.view()), Ok(vec![None]));
        assert_eq!(design.analyse(explained.view()), Ok(vec![None]));
    }

    #[test]
    fn unusable_designs_are_refused() {
        let message = |a: &[usize], b: &[usize], counts, model| {
            TwoWay::new([a, b], counts, model).expect_err("refused").to_string()
        };
        let (a, b) = ([0, 0, 1, 1, 1], [0, 1, 0, 0, 0]);
        assert_eq!(
            message(&a, &b, [2, 2], Model::Interaction),
            "no picture is of level 1 of the first factor and level 1 of the second, so the interaction is not defined; add \
             pictures, merge levels, or take the additive model"
        );
        assert!(TwoWay::new([&a, &b], [2, 2], Model::Additive).is_ok());
        let apart = [0, 0, 0, 1, 1, 1];
        assert_eq!(message(&apart, &apart, [2, 2], Model::Additive), StatsError::Confounded.to_string());
        assert!(message(&[0, 0, 1, 1], &[0, 1, 0, 1], [2, 2], Model::Interaction).starts_with("pictures: at least 5"));
        assert_eq!(message(&a, &b, [3, 2], Model::Additive), StatsError::EmptyCategory { category: 2 }.to_string());
        assert!(message(&a, &[0, 0, 0, 0, 2], [2, 2], Model::Additive).starts_with("picture 4 has category 2"));
        assert!(message(&a, &b[..4], [2, 2], Model::Additive).starts_with("levels of the second factor"));
        assert!(message(&[0, 0], &[0, 1], [1, 2], Model::Additive).starts_with("a contrast needs"));
        let design = TwoWay::new([&a, &b], [2, 2], Model::Additive).expect("connected");
        assert!(design.analyse(Array2::zeros((4, 1)).view()).is_err());
    }
}
