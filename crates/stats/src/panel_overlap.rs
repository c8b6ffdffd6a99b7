//! The overlap of the channels that two picture sets call selective, under every labelling of the sets.

use std::collections::BTreeMap;

use ndarray::Array2;

use crate::StatsError;
use crate::hypergeometric::ChanceOverlap;
use crate::jaccard::index;
use crate::panel::{NONE, Panel};
use crate::selectivity::Rule;

/// The overlap of one category under one labelling.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Overlap {
    /// Channels selective in the first set.
    pub n_a: usize,
    /// Channels selective in the second set.
    pub n_b: usize,
    /// Channels selective in both.
    pub n_both: usize,
    /// Jaccard index; `None` where neither set has a selective channel.
    pub jaccard: Option<f64>,
    /// Mean Jaccard index of random sets of these sizes, by the hypergeometric distribution.
    pub chance: Option<f64>,
}

impl Overlap {
    /// Jaccard index above chance.
    pub fn excess(&self) -> Option<f64> {
        Some(self.jaccard? - self.chance?)
    }
}

/// Overlaps `[labellings × categories]` of a layer between two sets, where each set alone is judged by the rule.
/// Labelling r of one set is set beside labelling r of the other.
///
/// # Examples
/// ```
/// use ndarray::array;
/// use stats::labellings::Labellings;
/// use stats::panel::Panel;
/// use stats::panel_overlap::overlaps;
/// use stats::selectivity::Rule;
///
/// let responses = array![[0.0, 3.0], [1.0, 3.0], [4.0, 1.0], [5.0, 2.0]];
/// let panel = |seed| Panel::new(responses.view(), &Labellings::shuffled(&[0, 0, 1, 1], 2, 9, seed)?);
/// let found = overlaps(&panel(1)?, &panel(2)?, Rule::Preprint2023)?;
/// assert_eq!((found.dim(), found[[0, 1]].n_both, found[[0, 1]].jaccard), ((10, 2), 1, Some(1.0)));
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Errors
/// Both must have the same number of channels, categories and labellings.
pub fn overlaps(a: &Panel, b: &Panel, rule: Rule) -> Result<Array2<Overlap>, StatsError> {
    a.check_fit(b)?;
    let mut overlaps = Array2::default((a.labellings(), a.categories()));
    // Sizes recur from labelling to labelling.
    let mut chances = BTreeMap::new();
    for (labelling, mut row) in overlaps.rows_mut().into_iter().enumerate() {
        let sets = a.accepted(rule, labelling).iter().zip(b.accepted(rule, labelling));
        for (&of_a, &of_b) in sets {
            count(&mut row, of_a, |overlap| overlap.n_a += 1);
            count(&mut row, of_b, |overlap| overlap.n_b += 1);
            count(&mut row, if of_a == of_b { of_a } else { NONE }, |overlap| overlap.n_both += 1);
        }
        for overlap in row {
            let &mut Overlap { n_a, n_b, n_both, .. } = overlap;
            overlap.jaccard = index(n_both, n_a, n_b);
            // Chance does not depend on which set is the first.
            let sizes = (n_a.min(n_b), n_a.max(n_b));
            overlap.chance = match chances.get(&sizes) {
                Some(&known) => known,
                None => {
                    let new = ChanceOverlap::new(a.channels(), sizes.0, sizes.1)?.jaccard();
                    chances.insert(sizes, new);
                    new
                }
            };
        }
    }
    Ok(overlaps)
}

fn count(row: &mut ndarray::ArrayViewMut1<Overlap>, category: u8, add: impl Fn(&mut Overlap)) {
    if category != NONE {
        add(&mut row[usize::from(category)]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::jaccard::{jaccard, shared};
    use crate::labellings::Labellings;
    use crate::panel::select;
    use crate::testing::{cases, labelled_responses};

    proptest! {
        #![proptest_config(cases(64))]

        #[test]
        fn overlaps_equal_those_of_the_groups((responses, labels) in labelled_responses(), seed in any::<u32>()) {
            let panel = |seed: u64| {
                let labellings = Labellings::shuffled(&labels, 3, 6, seed).expect("valid");
                Panel::new(responses.view(), &labellings).expect("valid")
            };
            let (a, b) = (panel(seed.into()), panel(u64::from(seed) + 1));
            for rule in [Rule::Preprint2023, Rule::Plos2024] {
                let found = overlaps(&a, &b, rule).expect("panels that fit");
                for ((labelling, category), overlap) in found.indexed_iter() {
                    let group = |panel| select(&[panel], rule, labelling).expect("one set")[category].clone();
                    let (of_a, of_b) = (group(&a), group(&b));
                    let n_both = shared(&of_a, &of_b);
                    prop_assert_eq!((overlap.n_a, overlap.n_b, overlap.n_both), (of_a.len(), of_b.len(), n_both));
                    prop_assert_eq!(Ok(overlap.jaccard), jaccard(n_both, of_a.len(), of_b.len()));
                    let chance = ChanceOverlap::new(responses.ncols(), of_a.len(), of_b.len()).expect("fits").jaccard();
                    prop_assert_eq!(overlap.chance.is_some(), chance.is_some());
                    let difference = overlap.chance.unwrap_or(0.0) - chance.unwrap_or(0.0);
                    prop_assert!(difference.abs() < 1e-14);
                }
            }
        }
    }

    #[test]
    fn panels_that_do_not_fit_are_refused() {
        let labellings = |shuffles| Labellings::shuffled(&[0, 1, 0, 1], 2, shuffles, 1).expect("valid");
        let panel = |channels, shuffles| {
            let responses = Array2::from_shape_fn((4, channels), |(picture, _)| picture as f32);
            Panel::new(responses.view(), &labellings(shuffles)).expect("valid")
        };
        let error = |b| overlaps(&panel(2, 3), &b, Rule::Plos2024).expect_err("refused").to_string();
        assert!(error(panel(1, 3)).starts_with("channels of a picture set: expected 2, found 1"));
        assert!(error(panel(2, 4)).starts_with("labellings of a picture set: expected 4, found 5"));
    }
}
