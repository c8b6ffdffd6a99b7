//! Ratings read out of a network's units: with given weights, or with weights learned in cross-validation.
//!
//! Learned weights are partial least squares ([`simpls`](crate::simpls)), fitted on all folds but one and tested on that one.
//! Folds have the same spread of ratings: pictures in order of rating are dealt out in blocks of as many as there are folds,
//! one picture of a block to each fold, by a random order per block. That is how Kragel et al. (2019, Sci Adv 5: eaaw4358)
//! predict valence and arousal, but for the dealing, which they call stratified and do not describe.

use ndarray::{ArrayView2, Axis};
use rand::seq::SliceRandom;

use crate::StatsError;
use crate::agreement::by_rating;
use crate::centred::check_finite_table;
use crate::error::{check_at_most, check_finite, check_length};
use crate::seeded::generator;
use crate::simpls::Simpls;

/// A weighted sum.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// What is read out of units that are all 0.
    pub intercept: f64,
    /// A weight per unit.
    pub weights: Vec<f64>,
}

impl Linear {
    /// Read-outs of pictures `[pictures × units]`.
    ///
    /// # Examples
    /// ```
    /// use ndarray::array;
    /// use stats::read_out::Linear;
    ///
    /// let valence = Linear { intercept: 5.0, weights: vec![0.5, -0.25] };
    /// assert_eq!(valence.read(array![[2.0, 4.0], [0.0, -1.0]].view())?, [5.0, 5.25]);
    /// # Ok::<(), stats::StatsError>(())
    /// ```
    ///
    /// # Errors
    /// As many units as weights are needed; all numbers must be finite.
    pub fn read(&self, units: ArrayView2<f32>) -> Result<Vec<f64>, StatsError> {
        check_length("units to read", self.weights.len(), units.ncols())?;
        check_finite_table(units)?;
        check_finite("weights", &self.weights)?;
        check_finite("intercept", &[self.intercept])?;
        let sum = |units: ndarray::ArrayView1<f32>| {
            self.intercept
                + units.iter().zip(&self.weights).map(|(&unit, weight)| f64::from(unit) * weight).sum::<f64>()
        };
        let read: Vec<f64> = units.rows().into_iter().map(sum).collect();
        check_finite("read-outs", &read)?;
        Ok(read)
    }
}

/// How to learn weights and test them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrossValidation {
    /// Number of folds.
    pub folds: usize,
    /// Components of partial least squares; with as many as units it is least squares.
    pub components: usize,
    /// How often the folds are dealt anew.
    pub repeats: usize,
    /// Repeat i depends on the seed and i only.
    pub seed: u64,
}

impl CrossValidation {
    /// Predicted ratings of each repeat, every picture by weights learned without it.
    ///
    /// # Shapes
    /// - `units`: `[pictures × units]`
    /// - the result: `[repeats][pictures]`
    ///
    /// # Errors
    /// A finite rating per picture, finite units, and at least one component are needed, and from 2 to as many folds as
    /// pictures.
    pub fn predict(&self, units: ArrayView2<f32>, ratings: &[f64]) -> Result<Vec<Vec<f64>>, StatsError> {
        check_length("ratings", units.nrows(), ratings.len())?;
        (0..self.repeats as u64)
            .map(|repeat| {
                let folds = folds_by_rating(ratings, self.folds, self.seed, repeat)?;
                self.predict_folds(units, ratings, &folds)
            })
            .collect()
    }

    fn predict_folds(&self, units: ArrayView2<f32>, ratings: &[f64], folds: &[usize]) -> Result<Vec<f64>, StatsError> {
        let mut predictions = vec![0.0; ratings.len()];
        for fold in 0..self.folds {
            let (tested, learned): (Vec<usize>, Vec<usize>) =
                (0..ratings.len()).partition(|&picture| folds[picture] == fold);
            let targets: Vec<f64> = learned.iter().map(|&picture| ratings[picture]).collect();
            let targets = ndarray::Array1::from(targets).insert_axis(Axis(1));
            let fitted = Simpls::fit(units.select(Axis(0), &learned).view(), targets.view(), self.components)?;
            let found = fitted.predict(units.select(Axis(0), &tested).view())?;
            tested.into_iter().zip(found).for_each(|(picture, prediction)| predictions[picture] = prediction);
        }
        Ok(predictions)
    }
}

/// The fold of each picture, dealt out in blocks of similar rating.
///
/// # Errors
/// From 2 to as many folds as pictures; ratings must be finite.
pub fn folds_by_rating(ratings: &[f64], folds: usize, seed: u64, repeat: u64) -> Result<Vec<usize>, StatsError> {
    if folds < 2 {
        let remedy = "one would leave nothing to learn from";
        return Err(StatsError::TooFew { what: "folds", least: 2, found: folds, remedy });
    }
    check_at_most("folds", folds, ratings.len())?;
    check_finite("ratings", ratings)?;
    let mut random = generator(seed, repeat);
    let mut dealt = vec![0; ratings.len()];
    for block in by_rating(ratings).chunks(folds) {
        let mut order: Vec<usize> = (0..folds).collect();
        order.shuffle(&mut random);
        block.iter().zip(order).for_each(|(&picture, fold)| dealt[picture] = fold);
    }
    Ok(dealt)
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    use super::*;
    use crate::agreement::agreement;
    use crate::testing::cases;

    proptest! {
        #![proptest_config(cases(96))]

        #[test]
        fn every_block_of_ratings_is_spread_over_all_folds(
            ratings in proptest::collection::vec((0..20_i32).prop_map(f64::from), 2..60),
            folds in 2..8_usize,
        ) {
            prop_assume!(folds <= ratings.len());
            let dealt = folds_by_rating(&ratings, folds, 3, 0).expect("enough pictures");
            for block in by_rating(&ratings).chunks(folds) {
                let mut seen: Vec<usize> = block.iter().map(|&picture| dealt[picture]).collect();
                seen.sort_unstable();
                seen.dedup();
                prop_assert_eq!(seen.len(), block.len());
            }
            prop_assert_eq!(&dealt, &folds_by_rating(&ratings, folds, 3, 0).expect("enough pictures"));
        }
    }

    fn pictures() -> (Array2<f32>, Vec<f64>) {
        let units =
            Array2::from_shape_fn((40, 3), |(picture, unit)| ((picture * 13 + unit * 29 + picture * unit) % 31) as f32);
        let ratings = units.rows().into_iter().map(|row| f64::from(row[0]) * 0.5 - f64::from(row[2]) + 4.0).collect();
        (units, ratings)
    }

    #[test]
    fn what_is_linear_is_learned() {
        let (units, ratings) = pictures();
        let validation = CrossValidation { folds: 5, components: 3, repeats: 2, seed: 1 };
        let found = validation.predict(units.view(), &ratings).expect("valid");
        assert_eq!(found.len(), 2);
        for predictions in &found {
            assert_abs_diff_eq!(predictions[..], ratings[..], epsilon = 1e-9);
        }
        let given = Linear { intercept: 4.0, weights: vec![0.5, 0.0, -1.0] }.read(units.view()).expect("finite");
        assert_abs_diff_eq!(given[..], ratings[..], epsilon = 1e-12);
    }

    #[test]
    fn no_picture_is_predicted_by_itself() {
        // Ratings that have nothing to do with the units: learned weights fit them, but predict none.
        let (units, _) = pictures();
        let ratings: Vec<f64> = (0..40).map(|picture| f64::from(picture * picture * 7 % 23)).collect();
        let validation = CrossValidation { folds: 10, components: 3, repeats: 3, seed: 1 };
        let found = validation.predict(units.view(), &ratings).expect("valid");
        assert_ne!(found[0], found[1], "folds are dealt anew");
        let y = ndarray::Array1::from(ratings.clone()).insert_axis(Axis(1));
        let fitted = Simpls::fit(units.view(), y.view(), 3).and_then(|fit| fit.predict(units.view())).expect("finite");
        let within = agreement(&ratings, &fitted.into_iter().collect::<Vec<f64>>()).expect("finite").rmse;
        for predictions in found {
            assert!(agreement(&ratings, &predictions).expect("finite").rmse > within);
        }
    }

    #[test]
    fn unusable_input_is_refused() {
        let (units, ratings) = pictures();
        let predict = |folds, components, ratings: &[f64]| {
            CrossValidation { folds, components, repeats: 1, seed: 1 }.predict(units.view(), ratings)
        };
        assert!(predict(1, 3, &ratings).is_err() && predict(41, 3, &ratings).is_err());
        assert!(predict(5, 0, &ratings).is_err() && predict(5, 3, &ratings[1..]).is_err());
        assert!(folds_by_rating(&[1.0, f64::NAN], 2, 1, 0).is_err());
        let linear = Linear { intercept: 0.0, weights: vec![1.0] };
        assert!(linear.read(array![[1.0, 2.0]].view()).is_err() && linear.read(array![[f32::NAN]].view()).is_err());
        assert!(Linear { intercept: 0.0, weights: vec![f64::INFINITY] }.read(array![[1.0]].view()).is_err());
    }
}
