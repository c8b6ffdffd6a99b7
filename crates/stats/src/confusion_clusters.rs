//! How many clusters of classes can be told apart.
//!
//! Classes that are often confused are near: `D_ij = 1 − (C_ij + C_ji) / 2` with the row-normalised confusion matrix C. The
//! tree of [`ward`](crate::ward) is cut into K = 2, 3, … clusters, and of each cut is counted how many clusters are
//! recognised more often than chance, by a two-sided binomial test at .05, uncorrected. That is the procedure of Kragel et
//! al. (2019, Sci Adv 5: eaaw4358) as the first author published it (CanlabCore, `cluster_confusion_matrix.m`), by either
//! of its two rules:
//!
//! | rule | hits of a cluster are tested against | K* |
//! |---|---|---|
//! | [`Rule::AgainstAll`] | its share of all samples | the largest share of significant clusters; of equal shares the largest K |
//! | [`Rule::Pairwise`] | its share of its own samples and those of the cluster it is most often taken for | the largest K at which every cluster is significant |
//!
//! In the program K* is the number of classes where no cluster is significant at any K; here it does not exist then. Both
//! numbers grow with the number of samples, which must stand beside them: see [`cluster_count`](crate::cluster_count).

use crate::StatsError;
use crate::binomial::two_sided_p;
use crate::confusion_matrix::ConfusionMatrix;
use crate::ward::{Union, cut, ward};

/// Below this p a cluster counts as recognised.
const LEVEL: f64 = 0.05;

/// What a cluster's hits are tested against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// All samples, the published program's default.
    AgainstAll,
    /// Those of the most confused cluster alone; the paper's text.
    Pairwise,
}

/// The classes in a number of clusters.
#[derive(Clone, Debug, PartialEq)]
pub struct Cut {
    /// Cluster of each class, numbered by first class.
    pub clusters: Vec<usize>,
    /// p of the hits of each cluster; `None` for one without samples.
    pub p: Vec<Option<f64>>,
    /// How many clusters have a p below .05 and hits above chance.
    pub significant: usize,
}

impl Cut {
    /// Number of clusters.
    pub fn count(&self) -> usize {
        self.p.len()
    }
}

/// All cuts of the tree of confusions.
#[derive(Clone, Debug, PartialEq)]
pub struct Clusters {
    /// The unions of classes.
    pub tree: Vec<Union>,
    /// The cuts into 2, 3, … clusters, up to one per class.
    pub cuts: Vec<Cut>,
    /// K*; `None` where the rule is met by no K.
    pub best: Option<usize>,
}

/// The clusters of classes that are confused with each other.
///
/// # Examples
/// ```
/// use ndarray::array;
/// use stats::confusion_clusters::{Rule, clusters};
/// use stats::confusion_matrix::ConfusionMatrix;
///
/// // Two pairs of classes, each class taken for the other of its pair half of the time.
/// let counts = array![[20, 20, 0, 0], [20, 20, 0, 0], [0, 0, 20, 20], [0, 0, 20, 20]];
/// let found = clusters(&ConfusionMatrix::from_counts(counts)?, Rule::Pairwise)?;
/// assert_eq!((found.best, &found.cuts[0].clusters[..]), (Some(2), &[0, 0, 1, 1][..]));
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Errors
/// At least two classes are needed.
pub fn clusters(matrix: &ConfusionMatrix, rule: Rule) -> Result<Clusters, StatsError> {
    if matrix.classes() < 2 {
        return Err(StatsError::TooFewCategories { found: matrix.classes() });
    }
    let tree = ward(&dissimilarities(matrix), matrix.classes())?;
    let cuts = (2..=matrix.classes()).map(|count| test(matrix, cut(&tree, count), count, rule));
    let cuts = cuts.collect::<Result<Vec<Cut>, StatsError>>()?;
    Ok(Clusters { best: best(&cuts, rule), tree, cuts })
}

/// `1 − (C_ij + C_ji) / 2` of the pairs i < j.
fn dissimilarities(matrix: &ConfusionMatrix) -> Vec<f64> {
    let shares = matrix.shares();
    let pair = |i: usize, j: usize| 1.0 - (shares[[i, j]] + shares[[j, i]]) / 2.0;
    (0..matrix.classes())
        .flat_map(|i| (i + 1..matrix.classes()).map(move |j| (i, j)))
        .map(|(i, j)| pair(i, j))
        .collect()
}

fn test(matrix: &ConfusionMatrix, clusters: Vec<usize>, count: usize, rule: Rule) -> Result<Cut, StatsError> {
    let merged = matrix.merged(&clusters, count)?;
    let trials: Vec<Option<Trials>> = (0..count).map(|cluster| Trials::new(&merged, cluster, rule)).collect();
    let p =
        |trials: &Option<Trials>| trials.map(|trials| two_sided_p(trials.hits, trials.all, trials.chance)).transpose();
    let p = trials.iter().map(p).collect::<Result<Vec<Option<f64>>, StatsError>>()?;
    let passes = |(trials, p): &(&Option<Trials>, &Option<f64>)| match (trials, p) {
        (Some(trials), Some(p)) => *p < LEVEL && trials.hits as f64 > trials.chance * trials.all as f64,
        _ => false,
    };
    let significant = trials.iter().zip(&p).filter(passes).count();
    Ok(Cut { clusters, p, significant })
}

/// A cluster's samples, as a binomial test sees them.
#[derive(Clone, Copy)]
struct Trials {
    hits: u64,
    all: u64,
    chance: f64,
}

impl Trials {
    fn new(merged: &ConfusionMatrix, cluster: usize, rule: Rule) -> Option<Self> {
        let sizes: Vec<u64> = merged.counts().rows().into_iter().map(|row| row.sum()).collect();
        let (row, hits) = (merged.counts().row(cluster).to_vec(), merged.counts()[[cluster, cluster]]);
        let (all, against) = match rule {
            Rule::AgainstAll => (sizes[cluster], sizes.iter().sum()),
            Rule::Pairwise => {
                let others = (0..row.len()).filter(|&other| other != cluster);
                // Of equal ones the first.
                let rival = others.rev().max_by_key(|&other| row[other])?;
                (hits + row[rival], sizes[cluster] + sizes[rival])
            }
        };
        (all > 0).then(|| Self { hits, all, chance: sizes[cluster] as f64 / against as f64 })
    }
}

fn best(cuts: &[Cut], rule: Rule) -> Option<usize> {
    let mut significant = cuts.iter().filter(|cut| cut.significant > 0);
    let best = match rule {
        // Shares are compared as whole numbers; of equal ones the last is taken.
        Rule::AgainstAll => significant.max_by(|a, b| (a.significant * b.count()).cmp(&(b.significant * a.count()))),
        Rule::Pairwise => significant.rfind(|cut| cut.significant == cut.count()),
    };
    best.map(Cut::count)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;

    fn found(counts: Array2<u64>, rule: Rule) -> Clusters {
        clusters(&ConfusionMatrix::from_counts(counts).expect("square"), rule).expect("two classes")
    }

    #[test]
    fn without_confusions_every_class_is_its_own_cluster() {
        let counts = Array2::from_diag(&ndarray::Array1::from_elem(5, 30));
        for rule in [Rule::AgainstAll, Rule::Pairwise] {
            let found = found(counts.clone(), rule);
            assert_eq!(found.best, Some(5), "{rule:?}");
            assert_eq!(found.cuts[1].clusters, [0, 0, 0, 1, 2], "all are as near, and the first are joined first");
        }
    }

    #[test]
    fn answers_without_knowledge_have_no_clusters() {
        let counts = Array2::from_elem((4, 4), 10);
        assert_eq!(found(counts.clone(), Rule::AgainstAll).best, None);
        assert_eq!(found(counts, Rule::Pairwise).best, None);
    }

    #[test]
    fn of_equal_shares_the_larger_number_is_taken() {
        let cut = |significant: usize, count: usize| Cut { clusters: vec![], p: vec![None; count], significant };
        assert_eq!(best(&[cut(1, 2), cut(1, 3), cut(2, 4)], Rule::AgainstAll), Some(4));
        assert_eq!(best(&[cut(2, 2), cut(2, 3), cut(3, 4)], Rule::AgainstAll), Some(2));
        assert_eq!(best(&[cut(2, 2), cut(3, 3), cut(3, 4)], Rule::Pairwise), Some(3));
        assert_eq!(best(&[cut(1, 2), cut(2, 3)], Rule::Pairwise), None);
    }

    #[test]
    fn a_class_without_samples_is_never_significant() {
        let counts = array![[30, 0, 0], [0, 30, 0], [0, 0, 0]];
        for rule in [Rule::AgainstAll, Rule::Pairwise] {
            let found = found(counts.clone(), rule);
            assert_eq!((found.cuts[1].p[2], found.cuts[1].significant), (None, 2), "{rule:?}");
        }
        let one = ConfusionMatrix::from_counts(array![[3]]).expect("square");
        assert_eq!(clusters(&one, Rule::AgainstAll), Err(StatsError::TooFewCategories { found: 1 }));
    }

    proptest! {
        #![proptest_config(cases(64))]

        #[test]
        fn the_order_of_the_classes_does_not_matter(
            counts in proptest::collection::vec(1..5000_u64, 25),
            order in Just(vec![0_usize, 1, 2, 3, 4]).prop_shuffle(),
        ) {
            let counts = Array2::from_shape_vec((5, 5), counts).expect("25 cells");
            let shuffled = Array2::from_shape_fn((5, 5), |(i, j)| counts[[order[i], order[j]]]);
            let plain = found(counts, Rule::AgainstAll);
            let heights: Vec<f64> = plain.tree.iter().map(|union| union.height).collect();
            prop_assume!(heights.windows(2).all(|pair| pair[1] - pair[0] > 1e-9));
            let turned = found(shuffled, Rule::AgainstAll);
            prop_assert_eq!(plain.best, turned.best);
            for (plain, turned) in plain.cuts.iter().zip(&turned.cuts) {
                prop_assert_eq!(plain.significant, turned.significant);
            }
        }
    }
}
