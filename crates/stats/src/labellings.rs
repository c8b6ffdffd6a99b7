//! The labels of one picture set and shuffles of them, the null of every joint test: what the set would be if responses
//! had nothing to do with the categories.
//!
//! Under that null every exchange of labels between pictures is as likely as the true labels, whatever the correlations
//! between channels and layers, so a claim about all of them is tested by computing it again from every labelling
//! (Westfall & Young 1993, Resampling-Based Multiple Testing; Good 2005, Permutation, Parametric and Bootstrap Tests of
//! Hypotheses). Every network and every layer of a set therefore shares the set's labellings. Pictures that were not
//! drawn independently must not be exchanged freely: labels move only within strata, and the pictures of a group move
//! together.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rand::seq::SliceRandom;

use crate::StatsError;
use crate::error::check_length;
use crate::moments::count_pictures;
use crate::seeded::generator;

/// The most categories that labellings can tell apart.
pub const MOST_CATEGORIES: usize = 255;

/// The labels of a set: labelling 0 holds the true ones, the others are shuffled. A byte per picture and labelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labellings {
    /// Number of pictures of each category, the same in every labelling.
    sizes: Vec<usize>,
    pictures: usize,
    /// `[labellings × pictures]`
    labels: Vec<u8>,
}

/// Labels of which some pictures may not be exchanged with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange<'a> {
    /// Stratum of each picture: labels move only between pictures of one stratum. `None`: between all.
    pub strata: Option<&'a [usize]>,
    /// Group of each picture, such as the frames of one film: a group keeps one label, and moves to groups of the same
    /// number of pictures. `None`: every picture moves by itself.
    pub groups: Option<&'a [usize]>,
}

impl Labellings {
    /// The true labels (`0..categories`, one per picture) and `shuffles` shuffled ones. Shuffle i depends on the seed
    /// and i only. Sets need different seeds, lest they be shuffled alike.
    ///
    /// # Examples
    /// ```
    /// use stats::labellings::Labellings;
    ///
    /// let labellings = Labellings::shuffled(&[0, 0, 1, 1, 1], 2, 99, 1)?;
    /// assert_eq!((labellings.len(), labellings.categories()), (100, 2));
    /// assert_eq!(labellings.labels(0), [0, 0, 1, 1, 1]);
    /// assert_eq!(labellings.labels(7).iter().filter(|&&label| label == 0).count(), 2);
    /// # Ok::<(), stats::StatsError>(())
    /// ```
    ///
    /// # Errors
    /// From 2 to [`MOST_CATEGORIES`] categories, each with a picture; labels below `categories`.
    pub fn shuffled(labels: &[usize], categories: usize, shuffles: usize, seed: u64) -> Result<Self, StatsError> {
        Self::exchanged(labels, categories, Exchange { strata: None, groups: None }, shuffles, seed)
    }

    /// As [`Labellings::shuffled`], but labels move only where `exchange` allows it.
    ///
    /// # Examples
    /// ```
    /// use stats::labellings::{Exchange, Labellings};
    ///
    /// // Two films of two frames each: their labels either stay or change places.
    /// let films = Exchange { strata: None, groups: Some(&[7, 7, 9, 9]) };
    /// let labellings = Labellings::exchanged(&[0, 0, 1, 1], 2, films, 50, 1)?;
    /// assert!((0..51).map(|row| labellings.labels(row)).all(|row| row == [0, 0, 1, 1] || row == [1, 1, 0, 0]));
    /// # Ok::<(), stats::StatsError>(())
    /// ```
    ///
    /// # Errors
    /// As there; strata and groups need an entry per picture, a group must lie within one category and one stratum, and
    /// at least one exchange must be possible.
    pub fn exchanged(
        labels: &[usize],
        categories: usize,
        exchange: Exchange,
        shuffles: usize,
        seed: u64,
    ) -> Result<Self, StatsError> {
        let sizes = sizes(labels, categories)?;
        let classes = classes(labels, exchange)?;
        let labels: Vec<u8> = labels.iter().map(|&label| label as u8).collect();
        let mut rows = Vec::with_capacity((shuffles + 1) * labels.len());
        rows.extend(&labels);
        for shuffle in 0..shuffles as u64 {
            let mut random = generator(seed, shuffle);
            let start = rows.len();
            rows.extend(&labels);
            for units in &classes {
                let mut moved: Vec<u8> = units.iter().map(|unit| labels[unit[0]]).collect();
                moved.shuffle(&mut random);
                for (unit, label) in units.iter().zip(moved) {
                    unit.iter().for_each(|picture| rows[start + picture] = label);
                }
            }
        }
        Ok(Self { sizes, pictures: labels.len(), labels: rows })
    }

    /// Labellings that were shuffled elsewhere, the true one first, `[labellings × pictures]`.
    ///
    /// # Errors
    /// As [`Labellings::shuffled`], and every labelling must have as many pictures of each category as the first.
    pub fn given(rows: &[Vec<usize>], categories: usize) -> Result<Self, StatsError> {
        let truth = rows.first().ok_or(StatsError::Empty { what: "labellings" })?;
        let sizes = sizes(truth, categories)?;
        for row in rows {
            let counts = count_pictures(row, truth.len(), categories)?;
            for (&expected, found) in sizes.iter().zip(counts) {
                check_length("pictures of a category under a labelling", expected, found)?;
            }
        }
        let labels = rows.iter().flatten().map(|&label| label as u8).collect();
        Ok(Self { sizes, pictures: truth.len(), labels })
    }

    /// Number of labellings, the true one included.
    #[allow(clippy::len_without_is_empty, reason = "there is always the true labelling")]
    pub fn len(&self) -> usize {
        self.labels.len() / self.pictures
    }

    /// The label of each picture in a labelling; 0 is the true one.
    ///
    /// # Panics
    /// If there are not as many labellings.
    pub fn labels(&self, labelling: usize) -> &[u8] {
        &self.labels[labelling * self.pictures..][..self.pictures]
    }

    /// Number of pictures.
    pub fn pictures(&self) -> usize {
        self.pictures
    }

    /// Number of categories.
    pub fn categories(&self) -> usize {
        self.sizes.len()
    }

    /// Number of pictures of each category, the same in every labelling.
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }
}

/// Number of pictures of each category.
fn sizes(labels: &[usize], categories: usize) -> Result<Vec<usize>, StatsError> {
    if categories < 2 {
        return Err(StatsError::TooFewCategories { found: categories });
    }
    if categories > MOST_CATEGORIES {
        let (most, found) = (MOST_CATEGORIES, categories);
        return Err(StatsError::TooManyValues { what: "categories of labellings", most, found });
    }
    count_pictures(labels, labels.len(), categories)
}

/// Pictures that share one label, ascending.
type Unit = Vec<usize>;

/// The units that may exchange labels, class by class: one class per stratum and number of pictures.
fn classes(labels: &[usize], exchange: Exchange) -> Result<Vec<Vec<Unit>>, StatsError> {
    let mut classes: BTreeMap<(usize, usize), Vec<Unit>> = BTreeMap::new();
    for unit in units(labels, exchange)? {
        let stratum = exchange.strata.map_or(0, |strata| strata[unit[0]]);
        classes.entry((stratum, unit.len())).or_default().push(unit);
    }
    let fixed = |units: &Vec<Unit>| units.iter().all(|unit| labels[unit[0]] == labels[units[0][0]]);
    if classes.values().all(fixed) {
        return Err(StatsError::NothingToExchange);
    }
    Ok(classes.into_values().collect())
}

/// The groups of the set in the order of their first pictures.
fn units(labels: &[usize], exchange: Exchange) -> Result<Vec<Unit>, StatsError> {
    if let Some(strata) = exchange.strata {
        check_length("strata of pictures", labels.len(), strata.len())?;
    }
    let Some(groups) = exchange.groups else { return Ok((0..labels.len()).map(|picture| vec![picture]).collect()) };
    check_length("groups of pictures", labels.len(), groups.len())?;
    let mut units: Vec<Unit> = Vec::new();
    let mut place: BTreeMap<usize, usize> = BTreeMap::new();
    for (picture, &group) in groups.iter().enumerate() {
        let unit = match place.entry(group) {
            Entry::Vacant(new) => {
                new.insert(units.len());
                units.push(vec![picture]);
                continue;
            }
            Entry::Occupied(known) => &mut units[*known.get()],
        };
        for (what, of) in [("category", Some(labels)), ("stratum", exchange.strata)] {
            let Some(of) = of.filter(|of| of[picture] != of[unit[0]]) else { continue };
            let (pictures, values) = ([unit[0], picture], [of[unit[0]], of[picture]]);
            return Err(StatsError::MixedGroup { group, what, pictures, values });
        }
        unit.push(picture);
    }
    Ok(units)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;

    const FREE: Exchange = Exchange { strata: None, groups: None };

    fn error_of(labels: &[usize], exchange: Exchange) -> String {
        Labellings::exchanged(labels, 3, exchange, 1, 1).expect_err("refused").to_string()
    }

    #[test]
    fn refusals_name_the_pictures() {
        let labels = [0, 0, 1, 1, 2, 2];
        let groups = |groups| Exchange { strata: None, groups: Some(groups) };
        let mixed =
            "group 8 mixes two kinds of pictures: picture 1 is of category 0, picture 3 of category 1; split the group";
        assert_eq!(error_of(&labels, groups(&[4, 8, 5, 8, 6, 7])), mixed);
        let across = Exchange { strata: Some(&[0, 1, 0, 1, 0, 1]), groups: Some(&[0, 0, 1, 2, 3, 4]) };
        let strata =
            "group 0 mixes two kinds of pictures: picture 0 is of stratum 0, picture 1 of stratum 1; split the group";
        assert_eq!(error_of(&labels, across), strata);
        let fixed = Exchange { strata: Some(&labels), groups: None };
        assert!(error_of(&labels, fixed).starts_with("no shuffle can change a label"));
        assert!(error_of(&[0, 1, 1, 2, 2, 2], groups(&[0, 1, 1, 2, 2, 2])).starts_with("no shuffle can change"));
        assert!(error_of(&labels, groups(&[0; 5])).starts_with("groups of pictures: expected 6, found 5"));
        assert!(error_of(&labels, Exchange { strata: Some(&[0]), groups: None }).starts_with("strata of pictures"));
        assert!(error_of(&[0, 1, 3], FREE).starts_with("picture 2 has category 3"));
        assert!(error_of(&[0, 1], FREE).starts_with("category 2 has no pictures"));
        assert!(error_of(&[], FREE).starts_with("category 0 has no pictures"));
        let many = Labellings::shuffled(&[0], 256, 1, 1).expect_err("too many").to_string();
        assert_eq!(many, "categories of labellings: at most 255 can be used, found 256");
        assert_eq!(Labellings::shuffled(&[0], 1, 1, 1), Err(StatsError::TooFewCategories { found: 1 }));
    }

    #[test]
    fn every_arrangement_is_equally_likely() {
        let labellings = Labellings::shuffled(&[0, 0, 1, 1], 2, 6000, 3).expect("valid");
        let mut counts = BTreeMap::new();
        (1..=6000).for_each(|labelling| *counts.entry(labellings.labels(labelling)).or_insert(0) += 1);
        // Binomial(6,000, 1/6) has a standard deviation of 29; five of them.
        assert_eq!(counts.len(), 6);
        assert!(counts.values().all(|&count: &i32| (count - 1000).abs() < 145), "{counts:?}");
    }

    #[test]
    fn given_labellings_are_checked() {
        let found = Labellings::given(&[vec![0, 1, 1], vec![1, 0, 1]], 2).expect("valid");
        assert_eq!((found.len(), found.labels(1)), (2, &[1, 0, 1][..]));
        let error = |rows: &[Vec<usize>]| Labellings::given(rows, 2).expect_err("refused").to_string();
        assert!(error(&[]).starts_with("labellings: at least one is needed"));
        assert!(
            error(&[vec![0, 1, 1], vec![0, 0, 1]]).contains("of a category under a labelling: expected 1, found 2")
        );
        assert!(error(&[vec![0, 1, 1], vec![0, 1]]).starts_with("category labels: expected 3, found 2"));
        assert!(error(&[vec![0, 1], vec![0, 2]]).starts_with("picture 1 has category 2"));
    }

    proptest! {
        #![proptest_config(cases(128))]

        #[test]
        fn shuffles_keep_what_may_not_be_exchanged(
            units in proptest::collection::vec((0..3_u8, 0..2_usize, 1..4_usize), 1..30),
            (seed, shuffles) in (any::<u64>(), 1..6_usize),
        ) {
            // Three groups of two pictures, so that every category occurs and an exchange is possible.
            let units: Vec<_> = units.into_iter().chain((0..3).map(|category| (category, 0, 2))).collect();
            let of_pictures = |value: fn(usize, &(u8, usize, usize)) -> usize| -> Vec<usize> {
                (units.iter().enumerate()).flat_map(|(unit, of)| vec![value(unit, of); of.2]).collect()
            };
            let labels = of_pictures(|_, unit| usize::from(unit.0));
            let strata = of_pictures(|_, unit| unit.1);
            let groups = of_pictures(|unit, _| unit);
            let exchange = Exchange { strata: Some(&strata), groups: Some(&groups) };
            let found = Labellings::exchanged(&labels, 3, exchange, shuffles, seed).expect("an exchange");
            let more = Labellings::exchanged(&labels, 3, exchange, shuffles + 3, seed).expect("an exchange");
            prop_assert!(found.labels(0).iter().map(|&label| usize::from(label)).eq(labels.iter().copied()));
            let classes = |labelling: usize| {
                let mut counts = BTreeMap::new();
                for (picture, &label) in found.labels(labelling).iter().enumerate() {
                    *counts.entry((strata[picture], units[groups[picture]].2, label)).or_insert(0) += 1;
                }
                counts
            };
            for labelling in 0..found.len() {
                prop_assert_eq!(found.labels(labelling), more.labels(labelling), "of the seed and the number only");
                prop_assert_eq!(classes(labelling), classes(0), "as many of each class");
                let row = found.labels(labelling);
                prop_assert!((1..row.len()).all(|at| groups[at] != groups[at - 1] || row[at] == row[at - 1]));
            }
        }

        #[test]
        fn shuffles_differ(seed in any::<u64>()) {
            let labels: Vec<usize> = (0..60).map(|picture| picture % 3).collect();
            let found = Labellings::shuffled(&labels, 3, 50, seed).expect("valid");
            let different: std::collections::BTreeSet<_> = (0..51).map(|labelling| found.labels(labelling)).collect();
            prop_assert_eq!(different.len(), 51);
        }
    }
}
