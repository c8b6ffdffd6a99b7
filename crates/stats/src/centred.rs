//! Products with a matrix whose columns are centred, without a copy of it.
//!
//! Every sum has a fixed order: within a row over eight lanes of columns, within a column over the rows. Threads share
//! out whole rows or whole columns, so their number does not matter.

use std::ops::Range;

use ndarray::{Array2, ArrayView2, CowArray, Ix2};
use rayon::prelude::*;

use crate::StatsError;

/// Columns that one thread works through together; with twenty sums per column they fill the first-level cache.
const BLOCK: usize = 128;
/// Partial sums of a row.
const LANES: usize = 8;

/// `X₀ = X − x̄`, of which X is kept as it came.
pub(crate) struct Centred<'a> {
    x: CowArray<'a, f32, Ix2>,
    /// Mean of each column.
    pub(crate) means: Vec<f64>,
}

impl<'a> Centred<'a> {
    /// X is `[rows × columns]`.
    ///
    /// # Errors
    /// Rows and columns are needed, and every number must be finite.
    pub(crate) fn new(x: ArrayView2<'a, f32>) -> Result<Self, StatsError> {
        check_finite_table(x)?;
        let x = rows_in_order(x);
        let mut centred = Self { means: vec![0.0; x.ncols()], x };
        let ones = Array2::from_elem((centred.x.nrows(), 1), 1.0);
        let sums = centred.transposed_times(ones.view());
        let rows = centred.x.nrows() as f64;
        centred.means = sums.iter().map(|sum| sum / rows).collect();
        Ok(centred)
    }

    /// `X₀ r` for r `[columns]`.
    pub(crate) fn times(&self, r: &[f64]) -> Vec<f64> {
        self.rows().map(|row| centred_dot(row, &self.means, r)).collect()
    }

    /// `X₀ᵀ T`, `[columns × k]`, for T `[rows × k]`.
    pub(crate) fn transposed_times(&self, t: ArrayView2<f64>) -> Array2<f64> {
        let (columns, k) = (self.x.ncols(), t.ncols());
        let t: Vec<f64> = t.iter().copied().collect();
        let starts: Vec<usize> = (0..columns).step_by(BLOCK).collect();
        let block = |&start: &usize| self.block_times(start..columns.min(start + BLOCK), &t, k);
        let blocks: Vec<Vec<f64>> = starts.par_iter().map(block).collect();
        Array2::from_shape_fn((columns, k), |(column, of)| {
            let block = &blocks[column / BLOCK];
            block[of * (block.len() / k) + column % BLOCK]
        })
    }

    /// `Σ x₀²` over the whole matrix.
    pub(crate) fn sum_of_squares(&self) -> f64 {
        let of_row = |row: &[f32]| row.iter().zip(&self.means).map(|(&x, mean)| (f64::from(x) - mean).powi(2)).sum();
        self.rows().map(of_row).collect::<Vec<f64>>().iter().sum()
    }

    fn rows(&self) -> impl IndexedParallelIterator<Item = &[f32]> {
        self.x.as_slice().unwrap_or_default().par_chunks_exact(self.x.ncols())
    }

    /// `[k × columns of the block]`
    fn block_times(&self, block: Range<usize>, t: &[f64], k: usize) -> Vec<f64> {
        let mut sums = vec![0.0; k * block.len()];
        let mut centred = vec![0.0; block.len()];
        let rows = self.x.as_slice().unwrap_or_default().chunks_exact(self.x.ncols());
        for (row, weights) in rows.zip(t.chunks_exact(k)) {
            for ((centred, &x), mean) in centred.iter_mut().zip(&row[block.clone()]).zip(&self.means[block.clone()]) {
                *centred = f64::from(x) - mean;
            }
            for (sums, weight) in sums.chunks_exact_mut(block.len()).zip(weights) {
                sums.iter_mut().zip(&centred).for_each(|(sum, centred)| *sum += weight * centred);
            }
        }
        sums
    }
}

/// Refuses a table of features that is empty or not finite.
pub(crate) fn check_finite_table(x: ArrayView2<f32>) -> Result<(), StatsError> {
    if x.nrows() == 0 {
        return Err(StatsError::Empty { what: "rows of features" });
    }
    if x.ncols() == 0 {
        return Err(StatsError::Empty { what: "columns of features" });
    }
    match x.indexed_iter().find(|(_, value)| !value.is_finite()) {
        None => Ok(()),
        Some(((picture, channel), &value)) => Err(StatsError::Response { picture, channel, value }),
    }
}

/// A view as it is where its rows lie one after the other, otherwise a copy that does.
pub(crate) fn rows_in_order(x: ArrayView2<f32>) -> CowArray<f32, Ix2> {
    if x.is_standard_layout() { x.into() } else { x.as_standard_layout().into_owned().into() }
}

fn centred_dot(row: &[f32], means: &[f64], r: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let ((xs, x_tail), (ms, m_tail), (rs, r_tail)) =
        (row.as_chunks::<LANES>(), means.as_chunks::<LANES>(), r.as_chunks::<LANES>());
    for ((x, m), r) in xs.iter().zip(ms).zip(rs) {
        for lane in 0..LANES {
            lanes[lane] += (f64::from(x[lane]) - m[lane]) * r[lane];
        }
    }
    for (lane, ((&x, m), r)) in lanes.iter_mut().zip(x_tail.iter().zip(m_tail).zip(r_tail)) {
        *lane += (f64::from(x) - m) * r;
    }
    lanes.iter().sum()
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{cases, close};

    fn table(rows: usize, columns: usize) -> Array2<f32> {
        Array2::from_shape_fn((rows, columns), |(row, column)| ((row * 31 + column * 17) % 23) as f32 + 100.0)
    }

    proptest! {
        #![proptest_config(cases(48))]

        #[test]
        fn products_are_those_of_the_centred_matrix(rows in 1..9_usize, columns in 1..300_usize, k in 1..4_usize) {
            let x = table(rows, columns);
            let wide = x.mapv(f64::from);
            let means = wide.sum_axis(ndarray::Axis(0)) / rows as f64;
            let expected = &wide - &means;
            let centred = Centred::new(x.view()).expect("finite");
            let r: Vec<f64> = (0..columns).map(|column| (column % 7) as f64 - 2.5).collect();
            let t = Array2::from_shape_fn((rows, k), |(row, of)| row as f64 - of as f64 * 0.3);
            let by_rows = expected.dot(&ndarray::Array1::from(r.clone()));
            assert_abs_diff_eq!(&centred.times(&r)[..], by_rows.as_slice().expect("one row"), epsilon = 1e-9);
            prop_assert!(close(&centred.transposed_times(t.view()), &expected.t().dot(&t), 1e-9));
            assert_abs_diff_eq!(centred.sum_of_squares(), expected.mapv(|x| x * x).sum(), epsilon = 1e-7);
        }
    }

    #[test]
    fn columns_may_lie_one_after_the_other() {
        let x = table(5, 4);
        let mut scattered = Array2::zeros(ndarray::ShapeBuilder::f((5, 4)));
        scattered.assign(&x);
        let r = [0.5, -1.0, 2.0, 0.25];
        let [plain, turned] = [x.view(), scattered.view()].map(|x| Centred::new(x).expect("finite").times(&r));
        assert_eq!(plain, turned);
    }

    #[test]
    fn the_number_of_threads_does_not_matter() {
        let x = table(40, 700);
        let products = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| {
                let centred = Centred::new(x.view()).expect("finite");
                let t = centred.times(&vec![0.1; 700]);
                (centred.transposed_times(ArrayView2::from_shape((40, 1), &t).expect("a column")), t)
            })
        };
        assert_eq!(products(1), products(3));
    }
}
