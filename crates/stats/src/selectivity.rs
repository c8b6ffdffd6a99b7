//! Which channels of a layer are selective for an emotion, by the two published rules.
//!
//! - `preprint-2023` (Liu et al., preprint 2023): a channel is selective for e if e is its preferred emotion
//!   (`argmax_e S_e`) in every picture set.
//! - `plos-2024` (Liu et al. 2024, PLOS Comput Biol 20(3): e1011943, eq 5 and Fig 3C): in each set the lowest 20 % of
//!   the layer's channels by selectivity index are dropped; a channel that remains in every set and prefers e (by d′)
//!   in every set is selective for e.
//!
//! The papers use two sets; the rules take any number. A channel without tuning, or without selectivity index, in one
//! set is selective for nothing. Equal values prefer the first category. Of `n` channels that have an index, exactly
//! `⌊n / 5⌋` are dropped, equal indices in channel order.

use crate::selectivity_index::selectivity_index;
use crate::tuning::tuning;
use crate::{Moments, StatsError};

/// One channel in [`DROPPED_ONE_IN`] is dropped by the rule of 2024.
const DROPPED_ONE_IN: usize = 5;

/// A rule that says which channels are selective.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The same preferred emotion in every set.
    Preprint2023,
    /// The same preferred emotion in every set, among channels whose selectivity index is not in the lowest 20 %.
    Plos2024,
}

impl Rule {
    /// The selective channels of one layer, per category in ascending order, given the moments of that layer's
    /// responses to each set.
    ///
    /// # Examples
    /// ```
    /// use ndarray::array;
    /// use stats::Moments;
    /// use stats::selectivity::Rule;
    ///
    /// // Channel 0 prefers category 0 in both sets, channel 1 another one in each.
    /// let labels = [0, 0, 1, 1];
    /// let first = Moments::new(array![[5.0, 0.0], [6.0, 1.0], [0.0, 2.0], [1.0, 3.0]].view(), &labels, 2)?;
    /// let second = Moments::new(array![[7.0, 4.0], [9.0, 3.0], [1.0, 0.0], [0.0, 1.0]].view(), &labels, 2)?;
    /// assert_eq!(Rule::Preprint2023.select(&[&first, &second])?, [vec![0], vec![]]);
    /// # Ok::<(), stats::StatsError>(())
    /// ```
    ///
    /// # Errors
    /// At least one set is needed; all sets must have the same number of channels and of categories.
    pub fn select(self, sets: &[&Moments]) -> Result<Vec<Vec<usize>>, StatsError> {
        let first = sets.first().ok_or(StatsError::Empty { what: "picture sets" })?;
        for set in sets {
            crate::error::check_length("channels of a picture set", first.channels(), set.channels())?;
            crate::error::check_length("categories of a picture set", first.categories(), set.categories())?;
        }
        let preferred = sets.iter().map(|set| self.preferred(set)).collect::<Result<Vec<_>, _>>()?;
        let mut selective = vec![Vec::new(); first.categories()];
        for channel in 0..first.channels() {
            if let Some(emotion) = preferred[0][channel]
                && preferred.iter().all(|set| set[channel] == Some(emotion))
            {
                selective[emotion].push(channel);
            }
        }
        Ok(selective)
    }

    /// The preferred emotion of each channel that the rule accepts in this set.
    fn preferred(self, set: &Moments) -> Result<Vec<Option<usize>>, StatsError> {
        match self {
            Rule::Preprint2023 => {
                Ok(tuning(set).into_iter().map(|channel| channel.map(|channel| channel.preferred)).collect())
            }
            Rule::Plos2024 => {
                let channels = selectivity_index(set)?;
                let mut preferred: Vec<_> =
                    channels.iter().map(|channel| channel.as_ref().map(|channel| channel.preferred)).collect();
                let indices = channels.iter().map(|channel| channel.as_ref().map(|channel| channel.index));
                for channel in lowest_fifth(indices) {
                    preferred[channel] = None;
                }
                Ok(preferred)
            }
        }
    }
}

/// The channels that the rule of 2024 drops in one set, given their selectivity indices, in no particular order.
pub(crate) fn lowest_fifth(indices: impl Iterator<Item = Option<f64>>) -> impl Iterator<Item = usize> {
    let mut order: Vec<(f64, usize)> =
        indices.enumerate().filter_map(|(channel, index)| index.map(|index| (index, channel))).collect();
    let dropped = order.len() / DROPPED_ONE_IN;
    if dropped > 0 {
        // No two entries are equal, so the lowest are the same ones that a full sort would find.
        order.select_nth_unstable_by(dropped - 1, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    }
    order.into_iter().take(dropped).map(|(_, channel)| channel)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{cases, labelled_responses};

    const LABELS: [usize; 6] = [0, 0, 1, 1, 2, 2];

    /// A set in which channel c prefers `preferred[c]`, the more strongly the larger `strength[c]`.
    fn set(preferred: &[usize], strength: &[f32]) -> Moments {
        let responses = Array2::from_shape_fn((6, preferred.len()), |(picture, channel)| {
            let noise = if picture % 2 == 0 { 0.5 } else { -0.5 };
            noise + if LABELS[picture] == preferred[channel] { strength[channel] } else { 0.0 }
        });
        Moments::new(responses.view(), &LABELS, 3).expect("valid")
    }

    #[test]
    fn both_sets_must_agree() {
        let a = set(&[0, 1, 2, 0, 1], &[5.0; 5]);
        let b = set(&[0, 2, 2, 1, 1], &[5.0; 5]);
        assert_eq!(Rule::Preprint2023.select(&[&a, &b]), Ok(vec![vec![0], vec![4], vec![2]]));
        assert_eq!(Rule::Preprint2023.select(&[&a]), Ok(vec![vec![0, 3], vec![1, 4], vec![2]]));
        // Equal indices in channel order: the first of five is dropped in both sets.
        assert_eq!(Rule::Plos2024.select(&[&a, &b]), Ok(vec![vec![], vec![4], vec![2]]));
    }

    #[test]
    fn the_lowest_fifth_of_either_set_is_dropped() {
        let preferred = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0];
        let rising: Vec<f32> = (1..11).map(|strength| strength as f32).collect();
        let falling: Vec<f32> = rising.iter().rev().copied().collect();
        let (a, b) = (set(&preferred, &rising), set(&preferred, &falling));
        assert_eq!(Rule::Plos2024.select(&[&a]), Ok(vec![vec![3, 6, 9], vec![4, 7], vec![2, 5, 8]]));
        assert_eq!(Rule::Plos2024.select(&[&a, &b]), Ok(vec![vec![3, 6], vec![4, 7], vec![2, 5]]));
    }

    #[test]
    fn fewer_than_five_channels_lose_none_and_constant_ones_do_not_count() {
        let responses = array![[1.0, 0.0], [2.0, 0.0], [3.0, 0.0], [4.0, 0.0], [8.0, 0.0], [9.0, 0.0]];
        let set = Moments::new(responses.view(), &LABELS, 3).expect("valid");
        for rule in [Rule::Preprint2023, Rule::Plos2024] {
            assert_eq!(rule.select(&[&set, &set]), Ok(vec![vec![], vec![], vec![0]]));
        }
    }

    #[test]
    fn sets_that_do_not_fit_are_refused() {
        let (a, b) = (set(&[0, 1], &[1.0; 2]), set(&[0], &[1.0]));
        assert_eq!(Rule::Plos2024.select(&[]), Err(StatsError::Empty { what: "picture sets" }));
        let error = StatsError::Length { what: "channels of a picture set", expected: 2, found: 1 };
        assert_eq!(Rule::Preprint2023.select(&[&a, &b]), Err(error));
    }

    proptest! {
        #![proptest_config(cases(128))]

        #[test]
        fn more_sets_and_the_stricter_rule_select_fewer(
            (a, labels) in labelled_responses(),
            seed in 0..1000_usize,
        ) {
            let b = Array2::from_shape_fn(a.raw_dim(), |(row, channel)| a[[(row + seed) % a.nrows(), channel]]);
            let a = Moments::new(a.view(), &labels, 3).expect("valid");
            let b = Moments::new(b.view(), &labels, 3).expect("valid");
            let one = Rule::Preprint2023.select(&[&a]).expect("one set");
            let two = Rule::Preprint2023.select(&[&a, &b]).expect("two sets");
            let strict = Rule::Plos2024.select(&[&a, &b]).expect("two sets");
            for emotion in 0..3 {
                prop_assert!(two[emotion].iter().all(|channel| one[emotion].contains(channel)));
                prop_assert!(strict[emotion].iter().all(|channel| two[emotion].contains(channel)));
            }
            prop_assert_eq!(&Rule::Preprint2023.select(&[&b, &a]).expect("two sets"), &two, "order of sets");
        }
    }
}
