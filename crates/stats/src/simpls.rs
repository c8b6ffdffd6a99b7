//! Partial least squares regression by SIMPLS, and classification with it (PLS-DA).
//!
//! With `X₀`, `Y₀` the centred (not scaled) columns and `S = X₀ᵀY₀`, component a takes as direction `r` the first left
//! singular vector of S, scaled so that its score `t = X₀r` has length 1; its loadings are `p = X₀ᵀt` and `q = Y₀ᵀt`; S
//! is then made orthogonal to `v`, the part of p that is new, `S ← S − v(vᵀS)`. Coefficients are `B = RQᵀ`, the
//! intercept `ȳ − x̄B` (de Jong 1993, Chemometr Intell Lab Syst 18: 251–263; MATLAB's `plsregress`, R's
//! `pls::simpls.fit`). With as many components as X has dimensions this is least squares.
//!
//! The Gram matrix of X is never formed: `r'X₀ᵀX₀r` is `tᵀt`. Two passes over X per component replace it, which is the
//! same for tables with more rows and with more columns, and takes no memory beyond X.
//!
//! Memory: X as it came, and `(2 m + 3 A) · 8` bytes per column for m responses and A components.

use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::{Array1, Array2, ArrayView2, Axis};
use rayon::prelude::*;

use crate::StatsError;
use crate::centred::{Centred, check_finite_table, rows_in_order};
use crate::error::{check_length, check_values};

/// Beyond this size the squares of sums of products could leave the range of f64.
const LARGEST: f64 = 1e100;

/// A fitted regression.
#[derive(Clone, Debug, PartialEq)]
pub struct Simpls {
    /// `[columns of X × responses]`
    pub coefficients: Array2<f64>,
    /// Prediction at X = 0, per response.
    pub intercept: Vec<f64>,
    /// Components that were used: fewer than asked for when X has fewer dimensions, or when nothing of the responses is
    /// left to explain.
    pub components: usize,
}

impl Simpls {
    /// Fits `y` `[rows × responses]` by `x` `[rows × columns]`. Components end early where a direction's covariance with
    /// the responses, its score or its new loading is at rounding level: below `ε · max(rows, columns)` of the whole.
    ///
    /// # Examples
    /// ```
    /// use ndarray::array;
    /// use stats::simpls::Simpls;
    ///
    /// let x = array![[0.0], [1.0], [2.0], [4.0]];
    /// let fitted = Simpls::fit(x.view(), array![[1.0], [3.0], [5.0], [9.0]].view(), 1)?;
    /// assert!((fitted.coefficients[[0, 0]] - 2.0).abs() < 1e-12 && (fitted.intercept[0] - 1.0).abs() < 1e-12);
    /// # Ok::<(), stats::StatsError>(())
    /// ```
    ///
    /// # Errors
    /// Rows, columns, responses and components are needed, as many rows of y as of x, and finite numbers; responses must
    /// be smaller than 1e100.
    pub fn fit(x: ArrayView2<f32>, y: ArrayView2<f64>, components: usize) -> Result<Self, StatsError> {
        check_responses(x, y, components)?;
        let x = Centred::new(x)?;
        let means: Array1<f64> = y.sum_axis(Axis(0)) / y.nrows() as f64;
        let components = Components::new(&x, (&y - &means).view(), components);
        let coefficients = components.coefficients(y.ncols());
        let explained = |(response, mean): (usize, &f64)| {
            mean - x.means.iter().zip(coefficients.column(response)).map(|(x, b)| x * b).sum::<f64>()
        };
        let intercept = means.iter().enumerate().map(explained).collect();
        Ok(Self { components: components.directions.len(), intercept, coefficients })
    }

    /// Predictions `[rows × responses]` for rows of the same columns.
    ///
    /// # Errors
    /// As many columns as the fit had, all numbers finite.
    pub fn predict(&self, x: ArrayView2<f32>) -> Result<Array2<f64>, StatsError> {
        check_length("columns of features", self.coefficients.nrows(), x.ncols())?;
        check_length("intercepts", self.coefficients.ncols(), self.intercept.len())?;
        check_finite_table(x)?;
        if self.intercept.is_empty() {
            return Err(StatsError::Empty { what: "responses" });
        }
        let (x, slopes) = (rows_in_order(x), self.coefficients.as_standard_layout());
        let (columns, responses) = (x.ncols(), self.intercept.len());
        let (x, slopes) = (x.as_slice().unwrap_or_default(), slopes.as_slice().unwrap_or_default());
        let mut predictions = Array2::zeros((x.len() / columns, responses));
        let rows = predictions.as_slice_mut().unwrap_or_default().par_chunks_exact_mut(responses);
        rows.zip(x.par_chunks_exact(columns)).for_each(|(row, x)| {
            row.copy_from_slice(&self.intercept);
            for (&x, slopes) in x.iter().zip(slopes.chunks_exact(responses)) {
                row.iter_mut().zip(slopes).for_each(|(sum, slope)| *sum += f64::from(x) * slope);
            }
        });
        Ok(predictions)
    }
}

fn check_responses(x: ArrayView2<f32>, y: ArrayView2<f64>, components: usize) -> Result<(), StatsError> {
    check_length("rows of responses", x.nrows(), y.nrows())?;
    if y.ncols() == 0 {
        return Err(StatsError::Empty { what: "responses" });
    }
    if components == 0 {
        return Err(StatsError::Empty { what: "components" });
    }
    let values: Vec<f64> = y.iter().copied().collect();
    check_values("responses", &values, "finite and smaller than 1e100", |y| y.abs() < LARGEST)
}

/// Directions R, with the loadings Q of the responses and the orthonormal loadings V of the columns.
#[derive(Default)]
struct Components {
    directions: Vec<Vec<f64>>,
    responses: Vec<Vec<f64>>,
    basis: Vec<Vec<f64>>,
    columns: usize,
}

impl Components {
    fn new(x: &Centred, y: ArrayView2<f64>, most: usize) -> Self {
        let covariance = x.transposed_times(y);
        let mut left = covariance.clone();
        let tolerance = f64::EPSILON * y.nrows().max(covariance.nrows()) as f64;
        let [weakest, shortest] = [norm(left.iter()), x.sum_of_squares().sqrt()].map(|whole| tolerance * whole);
        let mut found = Self { columns: covariance.nrows(), ..Self::default() };
        while found.directions.len() < most.min(covariance.nrows()) {
            let (direction, strength) = leading_direction(&left);
            if strength <= weakest {
                break;
            }
            let mut score = x.times(&direction);
            let length = norm(score.iter());
            if length <= shortest {
                break;
            }
            score.iter_mut().for_each(|value| *value /= length);
            let loading = x.transposed_times(Array2::from_shape_fn((score.len(), 1), |(row, _)| score[row]).view());
            let Some(new) = found.new_part(loading.iter().copied().collect(), tolerance) else { break };
            remove(&mut left, &new);
            let direction: Vec<f64> = direction.iter().map(|value| value / length).collect();
            found.responses.push(covariance.columns().into_iter().map(|s| dot(s.iter(), &direction)).collect());
            found.directions.push(direction);
            found.basis.push(new);
        }
        found
    }

    /// The part of a loading that is orthogonal to the ones before, of length 1; `None` if there is none. Gram–Schmidt is
    /// done twice, since once leaves rounding errors that grow with the components (Giraud et al. 2005).
    fn new_part(&self, mut loading: Vec<f64>, tolerance: f64) -> Option<Vec<f64>> {
        let whole = norm(loading.iter());
        for before in self.basis.iter().chain(&self.basis) {
            let shared = dot(before.iter(), &loading);
            loading.iter_mut().zip(before).for_each(|(value, before)| *value -= shared * before);
        }
        let length = norm(loading.iter());
        loading.iter_mut().for_each(|value| *value /= length);
        (length > tolerance * whole).then_some(loading)
    }

    /// `B = RQᵀ`
    fn coefficients(&self, responses: usize) -> Array2<f64> {
        let pairs = || self.directions.iter().zip(&self.responses);
        Array2::from_shape_fn((self.columns, responses), |(column, response)| {
            pairs().map(|(direction, loading)| direction[column] * loading[response]).sum()
        })
    }
}

/// The first left singular vector of S `[columns × responses]`, and its singular value: `Sw`, with w the first
/// eigenvector of `SᵀS`. Its sign is that of the largest entry of w.
fn leading_direction(s: &Array2<f64>) -> (Vec<f64>, f64) {
    let largest = s.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    if largest == 0.0 {
        return (vec![0.0; s.nrows()], 0.0);
    }
    let columns: Vec<Vec<f64>> =
        s.columns().into_iter().map(|column| column.iter().map(|value| value / largest).collect()).collect();
    let products = DMatrix::from_fn(columns.len(), columns.len(), |i, j| dot(columns[i].iter(), &columns[j]));
    let eigen = SymmetricEigen::new(products);
    let weights = eigen.eigenvectors.column(eigen.eigenvalues.imax());
    let weights = weights * weights[weights.iamax()].signum();
    let mut direction: Vec<f64> = s.rows().into_iter().map(|row| dot(weights.iter(), row.iter())).collect();
    let strength = norm(direction.iter());
    direction.iter_mut().for_each(|value| *value /= strength);
    (direction, strength)
}

/// `S ← S − v(vᵀS)`
fn remove(s: &mut Array2<f64>, v: &[f64]) {
    for mut column in s.columns_mut() {
        let shared = dot(column.iter(), v);
        column.iter_mut().zip(v).for_each(|(value, v)| *value -= shared * v);
    }
}

fn dot<'a>(a: impl IntoIterator<Item = &'a f64>, b: impl IntoIterator<Item = &'a f64>) -> f64 {
    a.into_iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm<'a>(values: impl Iterator<Item = &'a f64>) -> f64 {
    values.map(|value| value * value).sum::<f64>().sqrt()
}

/// A column per class that is 1 for the rows of the class and 0 for all others, what PLS-DA is fitted to.
///
/// # Errors
/// Labels must lie below `classes`.
pub fn indicators(labels: &[usize], classes: usize) -> Result<Array2<f64>, StatsError> {
    match labels.iter().position(|&label| label >= classes) {
        Some(picture) => Err(StatsError::UnknownCategory { picture, label: labels[picture], categories: classes }),
        None => Ok(Array2::from_shape_fn((labels.len(), classes), |(row, class)| f64::from(labels[row] == class))),
    }
}

/// The class of the largest prediction in each row `[rows × classes]`; of equal ones the first.
pub fn classify(predictions: ArrayView2<f64>) -> Vec<usize> {
    let first_largest = |row: ndarray::ArrayView1<f64>| {
        row.iter().enumerate().fold(0, |best, (class, value)| if *value > row[best] { class } else { best })
    };
    predictions.rows().into_iter().map(first_largest).collect()
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use ndarray::array;
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{cases, close};

    fn table() -> impl Strategy<Value = (Array2<f32>, Array2<f64>)> {
        (4..14_usize, 1..6_usize, 1..4_usize).prop_flat_map(|(rows, columns, responses)| {
            let numbers = |count: usize| proptest::collection::vec(-50..51_i32, count);
            (numbers(rows * columns), numbers(rows * responses)).prop_map(move |(x, y)| {
                let x = x.into_iter().map(|value| value as f32 * 0.25).collect();
                let y = y.into_iter().map(f64::from).collect();
                let shaped = "as many values as cells";
                (
                    Array2::from_shape_vec((rows, columns), x).expect(shaped),
                    Array2::from_shape_vec((rows, responses), y).expect(shaped),
                )
            })
        })
    }

    proptest! {
        #![proptest_config(cases(96))]

        #[test]
        fn all_components_leave_residuals_orthogonal_to_x((x, y) in table()) {
            let fitted = Simpls::fit(x.view(), y.view(), x.ncols()).expect("finite");
            let residuals = &y - &fitted.predict(x.view()).expect("the same columns");
            // Least squares is the only fit of which this holds; sums are of at most 14 products of size 600.
            let wide = x.mapv(f64::from);
            prop_assert!(wide.t().dot(&residuals).iter().all(|sum| sum.abs() < 1e-6));
            prop_assert!(residuals.sum_axis(Axis(0)).iter().all(|sum| sum.abs() < 1e-8));
        }

        #[test]
        fn one_component_follows_the_strongest_covariance((x, y) in table()) {
            let fitted = Simpls::fit(x.view(), y.view(), 1).expect("finite");
            let copy = ndarray::concatenate![Axis(1), x, x];
            let doubled = Simpls::fit(copy.view(), y.view(), 1).expect("finite");
            prop_assert_eq!(fitted.components, doubled.components);
            let [one, two] = [fitted.predict(x.view()), doubled.predict(copy.view())].map(|y| y.expect("fits"));
            prop_assert!(close(&one, &two, 1e-8));
        }
    }

    #[test]
    fn components_end_where_nothing_is_left() {
        // The third column is the sum of the first two, and the fourth is constant.
        let x = array![[1.0, 0.0, 1.0, 7.0], [0.0, 2.0, 2.0, 7.0], [3.0, 1.0, 4.0, 7.0], [1.0, 5.0, 6.0, 7.0]];
        let y = array![[1.0, 0.0], [0.5, 2.0], [-1.0, 4.0], [3.0, 3.0]];
        assert_eq!(Simpls::fit(x.view(), y.view(), 4).map(|fitted| fitted.components), Ok(2));
        let constant = Simpls::fit(x.view(), array![[0.3], [0.3], [0.3], [0.3]].view(), 4).expect("finite");
        assert_abs_diff_eq!(constant.intercept[..], [0.3][..], epsilon = 1e-12);
        let flat = Simpls::fit(Array2::from_elem((3, 2), 0.1).view(), array![[1.0], [2.0], [6.0]].view(), 1);
        let flat = flat.expect("finite");
        assert_eq!((flat.components, flat.intercept), (0, vec![3.0]));
    }

    #[test]
    fn unusable_tables_are_refused() {
        let x = array![[1.0], [f32::NAN]];
        let y = array![[1.0], [2.0]];
        let message =
            |x: ArrayView2<f32>, y: ArrayView2<f64>, a| Simpls::fit(x, y, a).expect_err("refused").to_string();
        let nan = "the response of channel 0 to picture 1 is NaN; responses must be finite";
        assert_eq!(message(x.view(), y.view(), 1), nan);
        let huge = "responses, number 1, is inf; it must be finite and smaller than 1e100";
        assert_eq!(message(x.view(), array![[1.0], [f64::INFINITY]].view(), 1), huge);
        let x = array![[1.0], [2.0]];
        assert_eq!(message(x.view(), y.view(), 0), "components: at least one is needed, found none");
        let rows = "rows of responses: expected 2, found 1; both inputs must describe the same items";
        assert_eq!(message(x.view(), y.slice(ndarray::s![..1, ..]), 1), rows);
        let fitted = Simpls::fit(x.view(), y.view(), 1).expect("finite");
        assert!(fitted.predict(Array2::zeros((1, 2)).view()).is_err());
        let without = Simpls { coefficients: Array2::zeros((1, 0)), intercept: vec![], components: 0 };
        assert!(without.predict(x.view()).is_err());
        let unequal = Simpls { intercept: vec![0.0; 2], ..fitted };
        assert!(unequal.predict(x.view()).is_err());
    }

    #[test]
    fn classes_by_the_first_largest_column() {
        assert_eq!(classify(array![[0.1, 0.5, 0.5], [0.2, 0.1, 0.1], [-3.0, -2.0, -1.0]].view()), [1, 0, 2]);
        assert_eq!(indicators(&[1, 0], 2), Ok(array![[0.0, 1.0], [1.0, 0.0]]));
        assert!(indicators(&[2], 2).is_err());
    }
}
