//! Overlap of two sets of channels.
//!
//! Jaccard index `= n_both / (n_A + n_B − n_both)` (Jaccard 1912; Liu et al. 2023 preprint, eq 5).

use crate::StatsError;
use crate::error::check_at_most;

/// Jaccard index of two sets of sizes `n_a` and `n_b` that share `n_both` members; `None` when both are empty.
///
/// # Examples
/// ```
/// use stats::jaccard::jaccard;
///
/// assert_eq!(jaccard(2, 4, 4)?, Some(2.0 / 6.0));
/// assert_eq!(jaccard(0, 0, 0)?, None);
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Errors
/// The sets cannot share more members than the smaller one has.
pub fn jaccard(n_both: usize, n_a: usize, n_b: usize) -> Result<Option<f64>, StatsError> {
    check_at_most("members that two sets share", n_both, n_a.min(n_b))?;
    Ok(index(n_both, n_a, n_b))
}

/// Number of members that two sets share, each given as ascending, distinct channels.
pub fn shared(a: &[usize], b: &[usize]) -> usize {
    a.iter().filter(|channel| b.binary_search(channel).is_ok()).count()
}

/// [`jaccard`] of counts known to fit.
pub(crate) fn index(n_both: usize, n_a: usize, n_b: usize) -> Option<f64> {
    let union = n_a + n_b - n_both;
    (union > 0).then(|| n_both as f64 / union as f64)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;

    #[test]
    fn edges() {
        assert_eq!(jaccard(0, 0, 0), Ok(None));
        assert_eq!(jaccard(0, 0, 4), Ok(Some(0.0)));
        assert_eq!(jaccard(4, 4, 4), Ok(Some(1.0)));
        let message = jaccard(3, 2, 5).expect_err("too many").to_string();
        assert_eq!(message, "members that two sets share: 3 asked for, but there are only 2");
    }

    proptest! {
        #![proptest_config(cases(128))]

        #[test]
        fn sets_count_as_sets(
            a in proptest::collection::btree_set(0..30_usize, 0..20),
            b in proptest::collection::btree_set(0..30_usize, 0..20),
        ) {
            let list = |set: &BTreeSet<usize>| set.iter().copied().collect::<Vec<_>>();
            let n_both = shared(&list(&a), &list(&b));
            prop_assert_eq!(n_both, a.intersection(&b).count());
            let union = a.union(&b).count();
            let expected = (union > 0).then(|| n_both as f64 / union as f64);
            prop_assert_eq!(jaccard(n_both, a.len(), b.len()), Ok(expected));
        }
    }
}
