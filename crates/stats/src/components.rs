//! How many dimensions a table of predictions has.
//!
//! The number of principal components that hold a share of the variance: the fewest of the largest eigenvalues of the
//! covariance of the columns whose sum is at least that share of all (Jolliffe 2002, Principal Component Analysis, ch. 6.1.1).
//! Columns are centred, not scaled.

use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::{Array2, ArrayView2, Axis};

use crate::StatsError;
use crate::error::check_values;

/// Shares of the variance that differ by less are equal but for rounding.
const ROUNDING: f64 = 1e-12;
/// Beyond this size squares could leave the range of f64.
const LARGEST: f64 = 1e100;

/// The share of the variance of each principal component of a table `[samples × columns]`, largest first; `None` where
/// nothing varies.
///
/// # Errors
/// At least two samples and one column are needed; numbers must be smaller than 1e100.
pub fn variance_shares(table: ArrayView2<f64>) -> Result<Option<Vec<f64>>, StatsError> {
    check_table(table)?;
    let means = table.sum_axis(Axis(0)) / table.nrows() as f64;
    let centred: Array2<f64> = &table - &means;
    let largest = centred.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let whole = table.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    if largest <= whole * f64::EPSILON * table.nrows() as f64 {
        return Ok(None);
    }
    let centred = centred / largest;
    let product = |i: usize, j: usize| centred.column(i).iter().zip(centred.column(j)).map(|(a, b)| a * b).sum::<f64>();
    let covariance = DMatrix::from_fn(table.ncols(), table.ncols(), product);
    let mut values: Vec<f64> = SymmetricEigen::new(covariance).eigenvalues.iter().map(|value| value.max(0.0)).collect();
    values.sort_unstable_by(|a, b| b.total_cmp(a));
    let sum: f64 = values.iter().sum();
    Ok(Some(values.into_iter().map(|value| value / sum).collect()))
}

/// The fewest components that hold this share of the variance; `None` where nothing varies.
///
/// # Examples
/// ```
/// use ndarray::array;
/// use stats::components::components_for;
///
/// let line = array![[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]];
/// assert_eq!(components_for(line.view(), 0.95)?, Some(1));
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Errors
/// As [`variance_shares`]; the share must be above 0 and at most 1.
pub fn components_for(table: ArrayView2<f64>, share: f64) -> Result<Option<usize>, StatsError> {
    check_values("share of the variance", &[share], "above 0 and at most 1", |share| share > 0.0 && share <= 1.0)?;
    Ok(variance_shares(table)?.map(|shares| {
        let mut sum = 0.0;
        let held = |of: &f64| {
            sum += of;
            sum >= share - ROUNDING
        };
        shares.iter().position(held).map_or(shares.len(), |last| last + 1)
    }))
}

fn check_table(table: ArrayView2<f64>) -> Result<(), StatsError> {
    if table.ncols() == 0 {
        return Err(StatsError::Empty { what: "columns of predictions" });
    }
    if table.nrows() < 2 {
        let (what, remedy) = ("rows of predictions", "a single one does not vary");
        return Err(StatsError::TooFew { what, least: 2, found: table.nrows(), remedy });
    }
    let values: Vec<f64> = table.iter().copied().collect();
    check_values("predictions, row by row", &values, "finite and smaller than 1e100", |value| value.abs() < LARGEST)
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use ndarray::array;
    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;

    #[test]
    fn edges() {
        let constant = Array2::from_elem((4, 3), 0.1);
        assert_eq!(variance_shares(constant.view()), Ok(None));
        assert_eq!(components_for(constant.view(), 0.95), Ok(None));
        // Two directions of equal variance.
        let cross = array![[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]];
        assert_eq!(
            [0.5, 0.51, 1.0].map(|share| components_for(cross.view(), share)),
            [Ok(Some(1)), Ok(Some(2)), Ok(Some(2))]
        );
        assert!(components_for(cross.view(), 0.0).is_err() && components_for(cross.view(), f64::NAN).is_err());
        assert!(components_for(array![[1.0, 2.0]].view(), 0.9).is_err());
        assert!(components_for(array![[1.0], [f64::NAN]].view(), 0.9).is_err());
        assert!(components_for(Array2::zeros((3, 0)).view(), 0.9).is_err());
    }

    proptest! {
        #![proptest_config(cases(64))]

        #[test]
        fn a_rotation_changes_nothing(
            values in proptest::collection::vec(-100..101_i32, 30),
            angle in 0.0..6.3_f64,
        ) {
            let table = Array2::from_shape_vec((10, 3), values.into_iter().map(f64::from).collect()).expect("30 cells");
            let (sine, cosine) = angle.sin_cos();
            let turned = table.dot(&array![[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]]);
            let [plain, turned] = [table, turned].map(|table| variance_shares(table.view()).expect("finite"));
            if let (Some(plain), Some(turned)) = (plain, turned) {
                assert_abs_diff_eq!(plain[..], turned[..], epsilon = 1e-10);
                prop_assert!((plain.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            }
        }
    }
}
