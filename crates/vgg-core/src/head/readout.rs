//! Class scores on frozen features: the last layer of a network, trained anew for classes of one's own.
//!
//! Two recipes, as for heads of one emotion: stochastic gradient descent (EmoNet's, `sgd.rs`) and multinomial logistic
//! regression to convergence (`softmax.rs`).

use kernels::{Dense, Epilogue};
use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::sgd::SgdRecipe;
use super::softmax::SoftmaxRecipe;

/// A trained layer of class scores.
///
/// # Shapes
/// - `weights`: `[feature units, classes]`
/// - `bias`: `[classes]`
#[derive(Clone, Debug, PartialEq)]
pub struct Readout {
    /// One column per class.
    pub weights: Array2<f32>,
    /// One bias per class.
    pub bias: Array1<f32>,
}

/// Features of some pictures and the class of each.
///
/// # Shapes
/// - `features`: `[pictures × feature units]`
/// - `labels`: one per picture, each below `classes`
#[derive(Clone, Debug)]
pub struct LabelledFeatures {
    /// What is read.
    pub features: Array2<f32>,
    /// What should be said.
    pub labels: Vec<usize>,
    /// How many classes there are.
    pub classes: usize,
}

/// How class scores are trained.
#[derive(Clone, Debug, PartialEq)]
pub enum ReadoutRecipe {
    /// Stochastic gradient descent with momentum for a fixed number of epochs.
    Sgd(SgdRecipe),
    /// To convergence, with an L2 penalty chosen on validation pictures.
    Softmax(SoftmaxRecipe),
}

/// Why class scores could not be trained.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ReadoutError {
    /// A class that no training picture shows.
    #[error("class {class} (from 0) of {classes} has no training picture; leave it out, or give it one")]
    NoPictures {
        /// Its number.
        class: usize,
        /// How many there are.
        classes: usize,
    },
    /// Labels and features do not belong together.
    #[error("{labels} labels for {pictures} pictures, of classes 0 to {}", classes - 1)]
    Labels {
        /// How many labels there are.
        labels: usize,
        /// Rows of features.
        pictures: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// Features that are not numbers.
    #[error("the features of {rows} pictures are not finite numbers")]
    NotFinite {
        /// How many pictures.
        rows: usize,
    },
    /// The steps grew beyond all bounds.
    #[error("training diverged in epoch {epoch}; a lower learning rate than {learning_rate} is needed")]
    Diverged {
        /// The epoch, from 1.
        epoch: usize,
        /// What was asked for.
        learning_rate: f64,
    },
    /// The search did not settle.
    #[error("multinomial logistic regression did not converge at C = {inverse_penalty}")]
    NotConverged {
        /// The penalty at which it stopped.
        inverse_penalty: f64,
    },
}

impl ReadoutRecipe {
    /// Trains class scores. The seed decides initial weights and the order of pictures; the converged recipe needs neither,
    /// and only it looks at the validation pictures.
    ///
    /// # Errors
    /// A class without a training picture, features that are not finite, or training that does not end well.
    pub fn train(
        &self,
        train: &LabelledFeatures,
        validation: &LabelledFeatures,
        seed: u64,
    ) -> Result<Readout, ReadoutError> {
        train.check()?;
        match self {
            Self::Sgd(recipe) => recipe.train(train, seed),
            Self::Softmax(recipe) => {
                validation.check_numbers()?;
                recipe.train(train, validation)
            }
        }
    }
}

impl LabelledFeatures {
    /// Some rows.
    ///
    /// # Panics
    /// If a row does not exist.
    pub fn select(&self, rows: &[usize]) -> Self {
        let labels = rows.iter().map(|&row| self.labels[row]).collect();
        Self { features: self.features.select(Axis(0), rows), labels, classes: self.classes }
    }

    /// Pictures of every class.
    pub(super) fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes];
        self.labels.iter().for_each(|&label| counts[label] += 1);
        counts
    }

    fn check(&self) -> Result<(), ReadoutError> {
        self.check_numbers()?;
        match self.counts().iter().position(|&count| count == 0) {
            Some(class) => Err(ReadoutError::NoPictures { class, classes: self.classes }),
            None => Ok(()),
        }
    }

    fn check_numbers(&self) -> Result<(), ReadoutError> {
        let (labels, pictures, classes) = (self.labels.len(), self.features.nrows(), self.classes.max(1));
        if labels != pictures || self.classes == 0 || self.labels.iter().any(|&label| label >= classes) {
            return Err(ReadoutError::Labels { labels, pictures, classes });
        }
        match self.features.rows().into_iter().filter(|row| row.iter().any(|x| !x.is_finite())).count() {
            0 => Ok(()),
            rows => Err(ReadoutError::NotFinite { rows }),
        }
    }
}

impl Readout {
    /// Class scores before the softmax, `[pictures × classes]`.
    ///
    /// # Panics
    /// If the features have another width than the layer.
    pub fn scores(&self, features: ArrayView2<'_, f32>) -> Array2<f32> {
        let (units, classes) = self.weights.dim();
        let matrix: Vec<f32> = self.weights.iter().copied().collect();
        let layer = Dense::new(&matrix, &self.bias.to_vec(), units, classes).expect("one bias per class");
        let rows: Vec<f32> = features.iter().copied().collect();
        let values = layer.forward(&rows, features.nrows(), Epilogue::LINEAR).expect("features of the layer's width");
        Array2::from_shape_vec((features.nrows(), classes), values).expect("one score per picture and class")
    }
}

/// Probabilities of class scores, in f64: the softmax of each row.
pub fn probabilities(scores: ArrayView2<'_, f32>) -> Array2<f64> {
    let mut probabilities = Array2::from_shape_fn(scores.dim(), |place| f64::from(scores[place]));
    for mut row in probabilities.rows_mut() {
        softmax(row.as_slice_mut().expect("a matrix made above lies row by row"));
    }
    probabilities
}

/// Scores become probabilities.
pub(super) fn softmax(scores: &mut [f64]) {
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    scores.iter_mut().for_each(|score| *score = (*score - largest).exp());
    let total: f64 = scores.iter().sum();
    scores.iter_mut().for_each(|score| *score /= total);
}

/// Pictures in three classes, of tests/golden/readout.json, and what other libraries make of them.
#[cfg(test)]
pub(super) fn golden() -> (LabelledFeatures, LabelledFeatures, serde_json::Value) {
    let golden: serde_json::Value =
        serde_json::from_str(include_str!("../../../../tests/golden/readout.json")).expect("valid JSON");
    let pictures = |part: &str| {
        let rows = golden[part]["features"].as_array().expect("rows");
        let values = rows.iter().flat_map(|row| row.as_array().expect("a row"));
        let values: Vec<f32> = values.map(|value| value.as_f64().expect("a number") as f32).collect();
        let features = Array2::from_shape_vec((rows.len(), values.len() / rows.len()), values).expect("a matrix");
        let labels = golden[part]["labels"].as_array().expect("a list").iter();
        let labels = labels.map(|label| label.as_u64().expect("a class") as usize).collect();
        LabelledFeatures { features, labels, classes: 3 }
    };
    (pictures("train"), pictures("validation"), golden)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipes() -> [ReadoutRecipe; 2] {
        [ReadoutRecipe::Sgd(SgdRecipe::default()), ReadoutRecipe::Softmax(SoftmaxRecipe::default())]
    }

    #[test]
    fn what_cannot_be_trained_is_named() {
        let (good, validation, _) = golden();
        let mut absent = good.clone();
        absent.labels.iter_mut().for_each(|label| *label = (*label).min(1));
        let mut not_finite = good.clone();
        not_finite.features[[4, 0]] = f32::NAN;
        let mut too_many = good.clone();
        too_many.labels[0] = 3;
        for recipe in recipes() {
            let error =
                |train: &LabelledFeatures| recipe.train(train, &validation, 1).expect_err("refused").to_string();
            assert_eq!(error(&absent), "class 2 (from 0) of 3 has no training picture; leave it out, or give it one");
            assert_eq!(error(&not_finite), "the features of 1 pictures are not finite numbers");
            assert_eq!(error(&too_many), "60 labels for 60 pictures, of classes 0 to 2");
        }
    }

    #[test]
    fn scores_are_products_and_probabilities_sum_to_one() {
        let (train, validation, _) = golden();
        for recipe in recipes() {
            let layer = recipe.train(&train, &validation, 1).expect("trains");
            let scores = layer.scores(train.features.view());
            let expected = train.features.dot(&layer.weights) + &layer.bias;
            assert!(scores.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-5 * (1.0 + b.abs())));
            let probabilities = probabilities(scores.view());
            assert!(probabilities.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-12));
        }
        let huge = probabilities(ndarray::arr2(&[[1e30_f32, 0.0], [-3e38, -3e38]]).view());
        assert_eq!(huge, ndarray::arr2(&[[1.0, 0.0], [0.5, 0.5]]));
        let three = probabilities(ndarray::arr2(&[[1000.0_f32, 1000.0, 0.0]]).view());
        assert_eq!(three, ndarray::arr2(&[[0.5, 0.5, 0.0]]));
    }
}
