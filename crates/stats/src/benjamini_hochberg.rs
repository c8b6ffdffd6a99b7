//! False discovery rate over a family of tests.
//!
//! `q_(i) = min_{j ≥ i} p_(j) · m / j` over the m p-values in ascending order, at most 1 (Benjamini & Hochberg 1995,
//! J R Stat Soc B 57: 289–300; adjusted values as in `scipy.stats.false_discovery_control`).

use crate::StatsError;
use crate::error::check_values;

/// The q-value (adjusted p-value) of each p-value of one family, in the order given.
///
/// # Examples
/// ```
/// use stats::benjamini_hochberg::q_values;
///
/// assert_eq!(q_values(&[0.01, 0.04, 0.5])?, [0.03, 0.06, 0.5]);
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Errors
/// Every p-value must lie between 0 and 1; NaN is refused, since it would silently change the size of the family.
pub fn q_values(p_values: &[f64]) -> Result<Vec<f64>, StatsError> {
    check_values("p-values", p_values, "between 0 and 1", |p| (0.0..=1.0).contains(&p))?;
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut q_values = vec![0.0; p_values.len()];
    let mut smallest = 1.0_f64;
    for (rank, &index) in order.iter().enumerate().rev() {
        // This order of operations never rounds a q-value below its p-value.
        smallest = smallest.min(p_values[index] * (p_values.len() as f64 / (rank + 1) as f64));
        q_values[index] = smallest;
    }
    Ok(q_values)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;

    #[test]
    fn edges() {
        assert_eq!(q_values(&[]), Ok(vec![]));
        assert_eq!(q_values(&[0.03]), Ok(vec![0.03]));
        assert_eq!(q_values(&[1.0, 1.0]), Ok(vec![1.0, 1.0]));
        assert_eq!(q_values(&[0.04, 0.01]), Ok(vec![0.04, 0.02]));
        let message = q_values(&[0.5, f64::NAN]).expect_err("NaN").to_string();
        assert_eq!(message, "p-values, number 1, is NaN; it must be between 0 and 1");
        assert!(q_values(&[-0.1]).is_err());
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn rejecting_by_q_is_the_step_up_procedure(
            p in proptest::collection::vec(0.0..=1.0_f64, 1..30),
            level in 0.001..0.5_f64,
        ) {
            let q = q_values(&p).expect("probabilities");
            let mut sorted = p.clone();
            sorted.sort_by(f64::total_cmp);
            let passes = |rank: usize| sorted[rank] <= level * (rank + 1) as f64 / p.len() as f64;
            let rejected = (0..p.len()).rev().find(|&rank| passes(rank)).map_or(0, |rank| rank + 1);
            prop_assert_eq!(q.iter().filter(|&&q| q <= level).count(), rejected);
            prop_assert!(q.iter().zip(&p).all(|(q, p)| q >= p && *q <= 1.0));
        }
    }
}
