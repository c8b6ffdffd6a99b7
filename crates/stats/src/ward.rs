//! Hierarchical clustering by Ward's criterion.
//!
//! The two clusters whose union raises the within-cluster variance least are joined, again and again (Ward 1963, J Am Stat
//! Assoc 58: 236–244). Heights follow Lance & Williams on squared dissimilarities and are their roots: the `ward` of SciPy
//! and MATLAB, and `ward.D2` of R. Computed by the crate kodama, with Müllner's primitive algorithm: it looks through all
//! pairs in order, so that of equally near clusters the first pair is joined, a cluster standing where its last member
//! stands. SciPy's chain of nearest neighbours resolves ties by its path.

use kodama::Method;

use crate::StatsError;
use crate::error::{check_length, check_values};

/// Beyond this size squares could leave the range of f64.
const LARGEST: f64 = 1e100;

/// One union. Items are clusters `0..items`; union i makes cluster `items + i`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Union {
    /// The two clusters, the smaller number first.
    pub of: [usize; 2],
    /// Dissimilarity at which they are joined; never falls from one union to the next.
    pub height: f64,
    /// Number of items in the new cluster.
    pub size: usize,
}

/// The `items − 1` unions, in order of height.
///
/// # Shapes
/// - `dissimilarities`: those of the pairs (0, 1), (0, 2), …, (1, 2), …, as `scipy.spatial.distance.squareform` has them
///
/// # Examples
/// ```
/// use stats::ward::{cut, ward};
///
/// let tree = ward(&[1.0, 4.0, 4.0], 3)?;
/// assert_eq!((tree[0].of, tree[0].height, tree[1].size), ([0, 1], 1.0, 3));
/// assert_eq!(cut(&tree, 2), [0, 0, 1]);
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Errors
/// One dissimilarity per pair is needed, from 0 to 1e100, and at least one item.
pub fn ward(dissimilarities: &[f64], items: usize) -> Result<Vec<Union>, StatsError> {
    if items == 0 {
        return Err(StatsError::Empty { what: "items to cluster" });
    }
    let pairs = items.saturating_mul(items - 1) / 2;
    check_length("dissimilarities of pairs", pairs, dissimilarities.len())?;
    check_values("dissimilarities of pairs", dissimilarities, "from 0 to 1e100", |d| (0.0..=LARGEST).contains(&d))?;
    let tree = kodama::primitive(&mut dissimilarities.to_vec(), items, Method::Ward);
    let union = |step: &kodama::Step<f64>| Union {
        of: [step.cluster1, step.cluster2],
        height: step.dissimilarity,
        size: step.size,
    };
    Ok(tree.steps().iter().map(union).collect())
}

/// The cluster of each item where the last unions are undone until there are `clusters`; clusters are numbered by their
/// first item. At least one cluster and at most one per item are made.
pub fn cut(tree: &[Union], clusters: usize) -> Vec<usize> {
    let items = tree.len() + 1;
    let made = items - clusters.clamp(1, items);
    // Walked backwards, each cluster hands its top to its two parts.
    let mut top: Vec<usize> = (0..items + made).collect();
    for (union, parts) in tree[..made].iter().enumerate().rev() {
        parts.of.iter().for_each(|&part| top[part] = top[items + union]);
    }
    first_seen(&top[..items])
}

/// The items so that every cluster of the tree stands together, the part with the smaller first item before the other.
pub fn leaf_order(tree: &[Union]) -> Vec<usize> {
    let mut leaves: Vec<Vec<usize>> = (0..=tree.len()).map(|item| vec![item]).collect();
    for union in tree {
        let mut parts = union.of.map(|part| std::mem::take(&mut leaves[part]));
        parts.sort_by_key(|items| items.iter().min().copied());
        leaves.push(parts.concat());
    }
    leaves.pop().unwrap_or_default()
}

/// Labels renamed 0, 1, 2, … in the order in which they first occur.
fn first_seen(labels: &[usize]) -> Vec<usize> {
    let mut seen: Vec<usize> = Vec::new();
    let mut number = |label: usize| {
        seen.iter().position(|&known| known == label).unwrap_or_else(|| {
            seen.push(label);
            seen.len() - 1
        })
    };
    labels.iter().map(|&label| number(label)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;

    fn pairs(places: &[[i32; 2]]) -> Vec<f64> {
        let distance = |a: [i32; 2], b: [i32; 2]| (0..2).map(|axis| f64::from(a[axis] - b[axis]).powi(2)).sum::<f64>();
        let row = |i: usize| (i + 1..places.len()).map(move |j| distance(places[i], places[j]).sqrt());
        (0..places.len()).flat_map(row).collect()
    }

    /// Sum of squared distances from the means of clusters.
    fn within(places: &[[i32; 2]], clusters: &[usize]) -> f64 {
        let of = |cluster: usize| (0..places.len()).filter(move |&item| clusters[item] == cluster);
        let squares = |cluster: usize, axis: usize| {
            let count = of(cluster).count() as f64;
            let mean = of(cluster).map(|item| f64::from(places[item][axis])).sum::<f64>() / count;
            of(cluster).map(|item| (f64::from(places[item][axis]) - mean).powi(2)).sum::<f64>()
        };
        (0..=*clusters.iter().max().expect("some")).map(|cluster| squares(cluster, 0) + squares(cluster, 1)).sum()
    }

    proptest! {
        #![proptest_config(cases(96))]

        #[test]
        fn heights_are_what_a_union_adds_to_the_variance(
            places in proptest::collection::vec([-30..30_i32, -30..30_i32], 2..12),
        ) {
            let tree = ward(&pairs(&places), places.len()).expect("distances");
            for clusters in 1..places.len() {
                let [after, before] = [clusters, clusters + 1].map(|count| within(&places, &cut(&tree, count)));
                let height = tree[places.len() - 1 - clusters].height;
                prop_assert!((height * height / 2.0 - (after - before)).abs() < 1e-8);
            }
            prop_assert!(tree.windows(2).all(|pair| pair[0].height <= pair[1].height + 1e-9));
            for clusters in 1..=places.len() {
                let labels = cut(&tree, clusters);
                prop_assert_eq!(labels.iter().max(), Some(&(clusters - 1)));
                let ordered: Vec<usize> = leaf_order(&tree).into_iter().map(|item| labels[item]).collect();
                prop_assert_eq!(ordered.chunk_by(|a, b| a == b).count(), clusters, "each stands together");
            }
        }
    }

    #[test]
    fn of_equal_pairs_the_first_is_joined() {
        let tree = ward(&[1.0; 6], 4).expect("distances");
        assert_eq!(tree[0].of, [0, 1]);
        assert_eq!(cut(&tree, 3), [0, 0, 1, 2]);
        assert_eq!(tree[1].of, [2, 4], "item 2 is as near to the pair as to item 3, and the pair stands before it");
    }

    #[test]
    fn edges() {
        assert_eq!(ward(&[], 1), Ok(vec![]));
        assert_eq!((cut(&[], 3), leaf_order(&[])), (vec![0], vec![0]));
        assert_eq!(ward(&[], 0), Err(StatsError::Empty { what: "items to cluster" }));
        assert!(ward(&[1.0], 3).is_err() && ward(&[-1.0], 2).is_err() && ward(&[f64::NAN], 2).is_err());
    }
}
