//! How near points are to each other, as probabilities.
//!
//! `p_j|i ∝ exp(−β_i |x_i − x_j|²)`, with β_i such that the entropy of row i is `ln(perplexity)`;
//! `p_ij = (p_j|i + p_i|j) / 2n` (van der Maaten & Hinton 2008, eq 1 and section 3.1).

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use crate::StatsError;
use crate::centred::check_finite_table;
use crate::error::check_values;

/// Halvings and doublings of β: more than f64 can tell apart.
const STEPS: usize = 200;
/// Entropies nearer than this are equal.
const SAME_ENTROPY: f64 = 1e-13;

/// Joint probabilities `[points × points]` of the rows of `x` `[points × features]`; their sum is 1, the diagonal 0.
///
/// A point with more copies of itself than the perplexity shares its affinity among the copies.
///
/// # Errors
/// Features must be finite, the perplexity at least 1, and the points more than three times as many.
pub fn affinities(x: ArrayView2<f32>, perplexity: f64) -> Result<Array2<f64>, StatsError> {
    let joint = joint(&squared_distances(x)?, perplexity)?;
    Ok(Array2::from_shape_fn((x.nrows(), x.nrows()), |(i, j)| joint[i * x.nrows() + j]))
}

/// `|x_i − x_j|²`, `[points × points]`.
pub(super) fn squared_distances(x: ArrayView2<f32>) -> Result<Vec<f64>, StatsError> {
    check_finite_table(x)?;
    let values: Vec<f64> = x.iter().map(|&value| f64::from(value)).collect();
    let rows = || values.par_chunks_exact(x.ncols());
    let of_row = |a| values.chunks_exact(x.ncols()).map(|b| squared_distance(a, b)).collect::<Vec<f64>>();
    Ok(rows().flat_map_iter(of_row).collect())
}

fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 4];
    let ((a, a_tail), (b, b_tail)) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    for (a, b) in a.iter().zip(b) {
        for lane in 0..4 {
            lanes[lane] += (a[lane] - b[lane]) * (a[lane] - b[lane]);
        }
    }
    lanes.iter().chain(&a_tail.iter().zip(b_tail).map(|(a, b)| (a - b) * (a - b)).collect::<Vec<f64>>()).sum()
}

/// Joint probabilities from squared distances, both `[points × points]`.
pub(super) fn joint(distances: &[f64], perplexity: f64) -> Result<Vec<f64>, StatsError> {
    let points = distances.len().isqrt();
    check_values("perplexity", &[perplexity], "from 1 to 1e6", |p| (1.0..=1e6).contains(&p))?;
    let least = (3.0 * perplexity) as usize + 1;
    if points < least {
        let (what, remedy) = ("points for this perplexity", "add some or lower the perplexity");
        return Err(StatsError::TooFew { what, least, found: points, remedy });
    }
    let rows = distances.par_chunks_exact(points).enumerate();
    let conditional: Vec<f64> = rows.flat_map_iter(|(point, row)| conditional(point, row, perplexity.ln())).collect();
    let cell = |cell: usize| {
        let (i, j) = (cell / points, cell % points);
        (conditional[i * points + j] + conditional[j * points + i]) / (2.0 * points as f64)
    };
    Ok((0..conditional.len()).into_par_iter().map(cell).collect())
}

/// `p_j|i` of one row, with this entropy. It falls with β, which is searched by doubling and halving until it lies
/// between two bounds, and then between them.
fn conditional(point: usize, distances: &[f64], entropy: f64) -> Vec<f64> {
    let others = || distances.iter().enumerate().filter(|(other, _)| *other != point).map(|(_, &distance)| distance);
    let nearest = others().fold(f64::INFINITY, f64::min);
    let mean = others().map(|distance| distance - nearest).sum::<f64>() / (distances.len() - 1) as f64;
    let mut row = vec![0.0; distances.len()];
    // Where all others are equally near, every β gives the same.
    let mut beta = if mean > 0.0 { 1.0 / mean } else { 1.0 };
    let (mut low, mut high) = (0.0, f64::INFINITY);
    for _ in 0..STEPS {
        let excess = weigh(&mut row, point, distances, nearest, beta) - entropy;
        if excess.abs() < SAME_ENTROPY {
            break;
        }
        if excess > 0.0 {
            low = beta;
        } else {
            high = beta;
        }
        beta = if high.is_finite() { f64::midpoint(low, high) } else { 2.0 * low };
    }
    row
}

/// Fills the row with `exp(−β (d − nearest))`, divided by their sum; its entropy in nats.
fn weigh(row: &mut [f64], point: usize, distances: &[f64], nearest: f64, beta: f64) -> f64 {
    for (weight, distance) in row.iter_mut().zip(distances) {
        *weight = (-beta * (distance - nearest)).exp();
    }
    row[point] = 0.0;
    let sum: f64 = row.iter().sum();
    let spread: f64 = row.iter().zip(distances).map(|(weight, distance)| weight * (distance - nearest)).sum();
    row.iter_mut().for_each(|weight| *weight /= sum);
    sum.ln() + beta * spread / sum
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use ndarray::array;
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{cases, close};

    proptest! {
        #![proptest_config(cases(64))]

        #[test]
        fn rows_have_the_perplexity(places in proptest::collection::vec(0..500_i32, 16..40), perplexity in 1.5..5.0_f64) {
            let unique: std::collections::BTreeSet<i32> = places.into_iter().collect();
            prop_assume!(unique.len() > 15);
            let x: Vec<f32> = unique.iter().map(|&place| place as f32).collect();
            let distances = squared_distances(ArrayView2::from_shape((x.len(), 1), &x).expect("a column"));
            let distances = distances.expect("finite");
            for (point, distances) in distances.chunks_exact(x.len()).enumerate() {
                let row = conditional(point, distances, perplexity.ln());
                let entropy: f64 = row.iter().filter(|p| **p > 0.0).map(|p| -p * p.ln()).sum();
                // A point in the middle of two others has two neighbours, however small the perplexity.
                let nearest = distances.iter().filter(|d| **d > 0.0).fold(f64::INFINITY, |a, b| a.min(*b));
                let tied = distances.iter().filter(|d| **d == nearest).count() as f64;
                prop_assert!((entropy - perplexity.max(tied).ln()).abs() < 1e-9, "point {}", point);
            }
            let joint = joint(&distances, perplexity).expect("enough points");
            prop_assert!((joint.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn the_unit_of_the_features_does_not_matter() {
        let x = Array2::from_shape_fn((20, 3), |(point, feature)| ((point * 7 + feature * 3) % 13) as f32);
        let [small, large] = [1e-15, 1e15].map(|unit| affinities((&x * unit).view(), 4.0).expect("enough points"));
        assert!(close(&small, &large, 1e-7));
    }

    #[test]
    fn copies_share_their_affinity() {
        let x = array![[0.0], [0.0], [0.0], [0.0], [5.0], [5.0], [5.0], [5.0], [5.0]];
        let found = affinities(x.view(), 2.0).expect("enough points");
        assert_abs_diff_eq!(found[[0, 1]], 1.0 / 3.0 / 9.0, epsilon = 1e-12);
        assert_abs_diff_eq!(found[[4, 5]], 1.0 / 4.0 / 9.0, epsilon = 1e-12);
        assert_eq!((found[[0, 4]], found[[0, 0]]), (0.0, 0.0));
    }
}
