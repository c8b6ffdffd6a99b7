//! Stratified random splits: into training, validation and test pictures, and into two halves.
//!
//! Each category is shuffled with its own random stream, so what happens to one does not depend on the others.

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::emotion::Emotion;
use crate::error::StimuliError;
use crate::notes::SetNotes;
use crate::picture::PictureSet;
use crate::seed;

/// The fewest pictures of a category that can be split into three parts.
const MIN_CATEGORY: usize = 3;

/// Positions of pictures in their set, each list ascending. Pictures without a category are in none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// Half of each category.
    pub train: Vec<usize>,
    /// A quarter of each category.
    pub validation: Vec<usize>,
    /// A quarter of each category.
    pub test: Vec<usize>,
}

impl Split {
    /// Splits each category 50/25/25 at random (Liu et al. 2024).
    ///
    /// Of n pictures of a category, (n + 1) div 4 each go to validation and test, the rest to training.
    ///
    /// # Examples
    /// ```
    /// use stimuli::Emotion;
    /// use stimuli::splits::Split;
    ///
    /// let categories = vec![Some(Emotion::Pleasant); 8];
    /// let split = Split::stratified(&categories, 1)?;
    /// assert_eq!((split.train.len(), split.validation.len(), split.test.len()), (4, 2, 2));
    /// # Ok::<(), stimuli::StimuliError>(())
    /// ```
    ///
    /// # Errors
    /// A category with one or two pictures; an empty one is no error here.
    pub fn stratified(categories: &[Option<Emotion>], seed: u64) -> Result<Self, StimuliError> {
        Self::stratified_without(categories, &[], seed)
    }

    /// The same, with pictures that are never tested: those that had a say in what is tested. They are training and
    /// validation pictures like any other.
    ///
    /// # Errors
    /// As [`Split::stratified`], and a category of which too few pictures remain to be tested.
    pub fn stratified_without(
        categories: &[Option<Emotion>],
        never_tested: &[usize],
        seed: u64,
    ) -> Result<Self, StimuliError> {
        let mut split = Self { train: vec![], validation: vec![], test: vec![] };
        for emotion in Emotion::ALL {
            let members = shuffled(categories, Some(emotion), seed, "stimuli/split");
            let quarter = (members.len() + 1) / 4;
            let eligible: Vec<usize> =
                members.iter().copied().filter(|picture| !never_tested.contains(picture)).collect();
            if (1..MIN_CATEGORY).contains(&members.len()) || eligible.len() < quarter {
                let (category, count) = (emotion.name().to_owned(), members.len());
                return Err(StimuliError::TooFew { category, count, needed: MIN_CATEGORY });
            }
            let test: Vec<usize> = eligible.iter().cycle().skip(quarter).take(quarter).copied().collect();
            let (validation, train): (Vec<_>, Vec<_>) = members
                .iter()
                .copied()
                .filter(|picture| !test.contains(picture))
                .enumerate()
                .partition(|(place, _)| *place < quarter);
            split.validation.extend(validation.into_iter().map(|(_, picture)| picture));
            split.train.extend(train.into_iter().map(|(_, picture)| picture));
            split.test.extend(test);
        }
        for part in [&mut split.train, &mut split.validation, &mut split.test] {
            part.sort_unstable();
        }
        Ok(split)
    }
}

/// Splits pictures into two stratified halves A and B; each position is in exactly one of them, ascending.
///
/// Pictures without a category are a stratum of their own. Where strata are odd, the halves take turns in getting the
/// extra picture.
pub fn halves(categories: &[Option<Emotion>], seed: u64) -> [Vec<usize>; 2] {
    let mut halves = [vec![], vec![]];
    let strata = Emotion::ALL.into_iter().map(Some).chain([None]);
    let mut next = 0;
    for picture in strata.flat_map(|stratum| shuffled(categories, stratum, seed, "stimuli/halves")) {
        halves[next].push(picture);
        next = 1 - next;
    }
    halves.iter_mut().for_each(|half| half.sort_unstable());
    halves
}

/// The names of the halves of a set: `<name>-A` and `<name>-B`.
pub fn half_names(name: &str) -> [String; 2] {
    ["A", "B"].map(|half| format!("{name}-{half}"))
}

impl PictureSet {
    /// Two sets out of one, stratified by category, named `<name>-A` and `<name>-B`: for an experiment that needs two
    /// picture sets where only one is at hand.
    pub fn halves(&self, seed: u64) -> [PictureSet; 2] {
        let parts = halves(&self.categories(), seed);
        let [a, b] = half_names(&self.name);
        [(a, &parts[0]), (b, &parts[1])].map(|(name, part)| {
            let pictures: Vec<_> = part.iter().map(|&index| self.pictures[index].clone()).collect();
            let mut notes = SetNotes { reading: self.notes.reading.clone(), ..SetNotes::count(&pictures) };
            notes.remarks.push(format!("one of two stratified halves of '{}' (seed {seed})", self.name));
            PictureSet { name, pictures, notes }
        })
    }
}

/// The positions of one category, shuffled with a random stream of its own.
fn shuffled(categories: &[Option<Emotion>], stratum: Option<Emotion>, seed: u64, purpose: &str) -> Vec<usize> {
    let mut members: Vec<usize> = (0..categories.len()).filter(|&index| categories[index] == stratum).collect();
    let coordinate = stratum.map_or(Emotion::ALL.len(), Emotion::index) as u64;
    members.shuffle(&mut seed::rng(seed, purpose, &[coordinate]));
    members
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn categories(counts: [usize; 3], left_out: usize) -> Vec<Option<Emotion>> {
        let in_category = Emotion::ALL.into_iter().flat_map(|e| std::iter::repeat_n(Some(e), counts[e.index()]));
        in_category.chain(std::iter::repeat_n(None, left_out)).collect()
    }

    #[test]
    fn the_published_sets_split_in_half_and_quarters() {
        let split = Split::stratified(&categories([296, 390, 341], 155), 1).expect("splits");
        assert_eq!([split.train.len(), split.validation.len(), split.test.len()], [148 + 196 + 171, 256, 256]);
    }

    #[test]
    fn the_same_seed_gives_the_same_split_and_another_seed_another() {
        let categories = categories([20, 30, 40], 5);
        let split = |seed| Split::stratified(&categories, seed).expect("splits");
        assert_eq!(split(7), split(7));
        assert_ne!(split(7), split(8));
    }

    #[test]
    fn a_seed_means_the_same_pictures_in_every_release() {
        let split = Split::stratified(&categories([4, 4, 4], 0), 42).expect("splits");
        assert_eq!((split.validation, split.test), (vec![0, 7, 9], vec![1, 6, 11]));
    }

    #[test]
    fn pictures_that_decided_are_never_tested_and_every_other_one_is() {
        let categories = categories([20, 7, 41], 3);
        let deciding = halves(&categories, 5)[0].clone();
        let mut tested = std::collections::BTreeSet::new();
        for seed in 0..60 {
            let split = Split::stratified_without(&categories, &deciding, seed).expect("splits");
            assert_eq!((split.test.len(), split.validation.len()), (5 + 2 + 10, 5 + 2 + 10));
            let mut all = [split.train.clone(), split.validation, split.test.clone()].concat();
            all.sort_unstable();
            assert_eq!(all, (0..68).collect::<Vec<_>>(), "every picture in exactly one part");
            assert!(split.test.iter().all(|picture| !deciding.contains(picture)));
            assert!(split.train.iter().any(|picture| deciding.contains(picture)));
            tested.extend(split.test);
        }
        assert_eq!(tested.len(), (0..68).filter(|picture| !deciding.contains(picture)).count());
        let everything: Vec<usize> = (0..68).collect();
        assert!(Split::stratified_without(&categories, &everything, 1).is_err(), "nothing is left to test");
    }

    #[test]
    fn one_category_does_not_move_when_another_grows() {
        let first = |counts| {
            let split = Split::stratified(&categories(counts, 0), 3).expect("splits");
            split.train.into_iter().filter(|&index| index < 20).collect::<Vec<_>>()
        };
        assert_eq!(first([20, 8, 8]), first([20, 80, 9]));
    }

    #[test]
    fn a_category_that_is_too_small_is_named() {
        let message = Split::stratified(&categories([9, 2, 9], 0), 1).expect_err("too few").to_string();
        assert_eq!(message, "the category 'neutral' has 2 pictures; a split needs at least 3 (or none)");
        assert!(Split::stratified(&categories([9, 0, 9], 0), 1).is_ok());
    }

    proptest! {
        #[test]
        fn a_split_is_a_stratified_partition(
            counts in prop::array::uniform3(3usize..60), left_out in 0usize..9, seed: u64,
        ) {
            let categories = categories(counts, left_out);
            let split = Split::stratified(&categories, seed).expect("splits");
            let mut all = [split.train.clone(), split.validation.clone(), split.test.clone()].concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..counts.iter().sum()).collect::<Vec<usize>>());
            for (part, share) in [(&split.train, 0.5), (&split.validation, 0.25), (&split.test, 0.25)] {
                for emotion in Emotion::ALL {
                    let members = part.iter().filter(|&&index| categories[index] == Some(emotion)).count();
                    prop_assert!((members as f64 - share * counts[emotion.index()] as f64).abs() <= 1.0);
                }
            }
        }

        #[test]
        fn halves_are_a_balanced_partition(
            counts in prop::array::uniform3(0usize..40), left_out in 0usize..9, seed: u64,
        ) {
            let categories = categories(counts, left_out);
            let [a, b] = halves(&categories, seed);
            prop_assert!(a.len().abs_diff(b.len()) <= 1);
            for stratum in [Some(Emotion::Pleasant), Some(Emotion::Neutral), Some(Emotion::Unpleasant), None] {
                let count = |half: &[usize]| half.iter().filter(|&&index| categories[index] == stratum).count();
                prop_assert!(count(&a).abs_diff(count(&b)) <= 1);
            }
            let mut all = [a, b].concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..categories.len()).collect::<Vec<usize>>());
        }
    }
}
