//! Recognition heads: frozen features → 2 units, "rest" and "the target emotion".
//!
//! Two recipes: the papers' (Adam for a few epochs, `head/adam.rs`) and the same head trained to convergence with an L2
//! penalty chosen on validation pictures (`head/logistic.rs`). A [`HeadBank`] reads any number of heads in one product.
//! [`readout`] has class scores, for any number of classes.

mod adam;
mod lbfgs;
mod logistic;
pub mod readout;
mod sgd;
mod softmax;

use kernels::{Dense, Epilogue};
use ndarray::{Array1, Array2, ArrayView2, Axis};

pub use adam::AdamRecipe;
pub use logistic::{LogisticError, LogisticRecipe};
pub use sgd::{Balance, SgdRecipe};
pub use softmax::SoftmaxRecipe;

/// A trained head.
///
/// # Shapes
/// - `weights`: `[feature units, 2]`; column 0 is "rest", column 1 the target
/// - `bias`: `[2]`
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// One column per unit.
    pub weights: Array2<f32>,
    /// One bias per unit.
    pub bias: Array1<f32>,
}

/// Features of some pictures and whether each shows the target emotion.
///
/// # Shapes
/// - `features`: `[pictures × feature units]`
/// - `targets`: one per picture
#[derive(Clone, Debug)]
pub struct Examples {
    /// What the head reads.
    pub features: Array2<f32>,
    /// What it should say.
    pub targets: Vec<bool>,
}

/// How a head is trained.
#[derive(Clone, Debug, PartialEq)]
pub enum Recipe {
    /// As in Liu et al. 2024: Adam, cross-entropy, a fixed number of epochs.
    Adam(AdamRecipe),
    /// To convergence, with an L2 penalty chosen on the validation pictures.
    Logistic(LogisticRecipe),
}

impl Recipe {
    /// Trains a head. The seed decides initial weights and the order of pictures; the logistic recipe needs neither.
    ///
    /// # Errors
    /// Training pictures of one kind only: there is nothing to tell apart.
    pub fn train(&self, train: &Examples, validation: &Examples, seed: u64) -> Result<Head, LogisticError> {
        let positive = train.targets.iter().filter(|&&target| target).count();
        if positive == 0 || positive == train.targets.len() {
            return Err(LogisticError::OneClass { pictures: train.targets.len(), positive });
        }
        match self {
            Recipe::Adam(recipe) => Ok(recipe.train(train, seed)),
            Recipe::Logistic(recipe) => recipe.train(train, validation),
        }
    }
}

impl Examples {
    /// Some rows of a feature matrix.
    ///
    /// # Panics
    /// If a row does not exist.
    pub fn select(features: ArrayView2<'_, f32>, targets: &[bool], rows: &[usize]) -> Self {
        Self { features: features.select(Axis(0), rows), targets: rows.iter().map(|&row| targets[row]).collect() }
    }
}

/// Many heads side by side.
pub struct HeadBank {
    margins: Dense,
}

impl HeadBank {
    /// Puts heads side by side; they are numbered in the order given.
    ///
    /// # Panics
    /// If there is no head, or if the heads read features of different widths.
    pub fn new(heads: &[Head]) -> Self {
        let units = heads.first().expect("at least one head").weights.nrows();
        let mut matrix = Array2::zeros((units, heads.len()));
        for (head, mut column) in heads.iter().zip(matrix.columns_mut()) {
            column.assign(&(&head.weights.column(1) - &head.weights.column(0)));
        }
        let bias: Vec<f32> = heads.iter().map(|head| head.bias[1] - head.bias[0]).collect();
        let matrix: Vec<f32> = matrix.into_iter().collect();
        let margins = Dense::new(&matrix, &bias, units, heads.len()).expect("shapes made above");
        Self { margins }
    }

    /// How much each head prefers its target over the rest, `[pictures × heads]`: the logit of the target minus the
    /// logit of the rest. A head says "target" where this is above 0.
    ///
    /// # Panics
    /// If the features have another width than the heads.
    pub fn margins(&self, features: &Array2<f32>) -> Array2<f32> {
        let rows: Vec<f32> = features.iter().copied().collect();
        let values =
            self.margins.forward(&rows, features.nrows(), Epilogue::LINEAR).expect("features of the heads' width");
        let heads = values.len() / features.nrows().max(1);
        Array2::from_shape_vec((features.nrows(), heads), values).expect("one value per picture and head")
    }
}

/// What features are divided by before a penalty is chosen; 1 where all are 0.
fn root_mean_square(features: &Array2<f32>) -> f64 {
    let total: f64 = features.iter().map(|&x| f64::from(x).powi(2)).sum();
    match (total / features.len().max(1) as f64).sqrt() {
        0.0 => 1.0,
        scale => scale,
    }
}

/// Pictures of tests/golden/heads.json and what other libraries make of them.
#[cfg(test)]
fn golden() -> (Examples, serde_json::Value) {
    let golden: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/golden/heads.json")).expect("valid JSON");
    let rows = golden["features"].as_array().expect("rows");
    let features = rows.iter().flat_map(|row| row.as_array().expect("a row"));
    let features: Vec<f32> = features.map(|value| value.as_f64().expect("a number") as f32).collect();
    let features = Array2::from_shape_vec((rows.len(), features.len() / rows.len()), features).expect("a matrix");
    let targets = golden["targets"].as_array().expect("a list");
    let targets = targets.iter().map(|target| target.as_bool().expect("yes or no")).collect();
    (Examples { features, targets }, golden)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_needs_both_kinds_of_pictures() {
        let (mut examples, _) = golden();
        examples.targets.fill(false);
        for recipe in [Recipe::Adam(AdamRecipe::default()), Recipe::Logistic(LogisticRecipe::default())] {
            let error = recipe.train(&examples, &examples, 0);
            assert_eq!(error, Err(LogisticError::OneClass { pictures: 24, positive: 0 }));
        }
    }

    #[test]
    fn heads_side_by_side_are_the_heads() {
        let (examples, _) = golden();
        let train = |seed| Recipe::Adam(AdamRecipe::default()).train(&examples, &examples, seed).expect("trains");
        let heads = [train(1), train(2), train(3)];
        let margins = HeadBank::new(&heads).margins(&examples.features);
        for (row, features) in examples.features.rows().into_iter().enumerate() {
            for (column, head) in heads.iter().enumerate() {
                let logits = features.dot(&head.weights) + &head.bias;
                assert!((margins[[row, column]] - (logits[1] - logits[0])).abs() < 1e-5);
            }
        }
    }
}
