//! Ranks with ties, as rank statistics need them.

/// The rank of each value, from 1; equal values share the mean of their ranks (`scipy.stats.rankdata`, "average").
/// The values must not be NaN.
pub(crate) fn mid_ranks(values: &[f64]) -> Vec<f64> {
    mid_ranks_by(values, |a, b| a == b)
}

/// The same with a rule of its own for which neighbours are equal.
pub(crate) fn mid_ranks_by(values: &[f64], equal: impl Fn(f64, f64) -> bool) -> Vec<f64> {
    let mut order: Vec<(f64, usize)> = values.iter().copied().zip(0..).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0;
    for tied in order.chunk_by(|a, b| equal(a.0, b.0)) {
        // The tied ranks are below + 1 ..= below + tied.len().
        let rank = below as f64 + (tied.len() + 1) as f64 / 2.0;
        tied.iter().for_each(|&(_, index)| ranks[index] = rank);
        below += tied.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;

    #[test]
    fn equal_values_share_a_rank() {
        assert_eq!(mid_ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
        assert_eq!(mid_ranks(&[0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY]), [2.5, 2.5, 4.0, 1.0]);
        assert!(mid_ranks(&[]).is_empty());
    }

    proptest! {
        #![proptest_config(cases(128))]

        #[test]
        fn a_rank_counts_what_is_below_and_half_of_what_is_equal(
            values in proptest::collection::vec((-5..5_i32).prop_map(f64::from), 0..30),
        ) {
            for (rank, value) in mid_ranks(&values).iter().zip(&values) {
                let below = values.iter().filter(|other| *other < value).count() as f64;
                let equal = values.iter().filter(|other| *other == value).count() as f64;
                prop_assert_eq!(*rank, below + (equal + 1.0) / 2.0);
            }
        }
    }
}
