//! One layer's responses to one picture set under every labelling of the set: layer means of tuning quality and
//! selectivity index, and the channels that each rule of selectivity accepts.
//!
//! Row r of a panel is, to the last bit, what [`tuning`](crate::tuning), [`selectivity_index`](crate::selectivity_index)
//! and [`Rule::select`] give for labelling r, since they share their formulas and [`category_sums`] keeps the order of
//! sums. The result does not depend on the number of threads.
//!
//! Memory: two bytes per labelling and channel; during the computation a copy of the responses, two bytes more per
//! labelling and channel, and on each thread about 2 KiB per channel and 256 bytes per picture.
//!
//! [`category_sums`]: self

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use crate::category_sums::{Blocks, LANES, Lanes};
use crate::labellings::Labellings;
use crate::selectivity::{Rule, lowest_fifth};
use crate::selectivity_index::{deviation, index};
use crate::tuning::{first_largest, largest_size, tuning_values};
use crate::{Moments, StatsError};

/// Labellings that one thread works through together, so that a block of responses is read from memory once for all.
const TOGETHER: usize = 64;
/// No category, in a table of accepted categories.
pub const NONE: u8 = u8::MAX;

/// A layer under every labelling of a set.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Tuning quality `max_e |S_e|` of each labelling, averaged over the channels that are not constant; `None` if all
    /// are.
    pub tuning_quality: Vec<Option<f64>>,
    /// Selectivity index of each labelling, averaged over the channels that have one under it; `None` if none has.
    pub selectivity_index: Vec<Option<f64>>,
    categories: usize,
    /// Accepted category, `[labellings × channels]`, by the rule of 2023 and of 2024.
    accepted: [Array2<u8>; 2],
}

impl Panel {
    /// The panel of responses `[pictures × channels]`.
    ///
    /// # Examples
    /// ```
    /// use ndarray::array;
    /// use stats::labellings::Labellings;
    /// use stats::panel::Panel;
    /// use stats::selectivity::Rule;
    ///
    /// let responses = array![[0.0], [1.0], [2.0], [4.0], [5.0], [6.0]];
    /// let labellings = Labellings::shuffled(&[0, 0, 0, 1, 1, 1], 2, 99, 1)?;
    /// let panel = Panel::new(responses.view(), &labellings)?;
    /// assert_eq!(panel.accepted(Rule::Preprint2023, 0), [1]);
    /// assert!(panel.tuning_quality.iter().all(|shuffled| *shuffled <= panel.tuning_quality[0]));
    /// # Ok::<(), stats::StatsError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Moments::new`] with the true labels.
    pub fn new(responses: ArrayView2<f32>, labellings: &Labellings) -> Result<Self, StatsError> {
        let truth: Vec<usize> = labellings.labels(0).iter().map(|&label| usize::from(label)).collect();
        let moments = Moments::new(responses, &truth, labellings.categories())?;
        let blocks = Blocks::new(responses);
        let starts: Vec<usize> = (0..labellings.len()).step_by(TOGETHER).collect();
        let parts: Vec<Vec<Row>> =
            starts.into_par_iter().map(|start| Part::new(&moments, &blocks, labellings, start).into_rows()).collect();
        let rows: Vec<Row> = parts.into_iter().flatten().collect();
        let table = |rule: usize| {
            let shape = (rows.len(), moments.channels());
            Array2::from_shape_fn(shape, |(labelling, channel)| rows[labelling].accepted[rule][channel])
        };
        Ok(Self {
            tuning_quality: rows.iter().map(|row| row.tuning_quality).collect(),
            selectivity_index: rows.iter().map(|row| row.selectivity_index).collect(),
            categories: moments.categories(),
            accepted: [table(0), table(1)],
        })
    }

    /// Number of labellings, the true one included.
    pub fn labellings(&self) -> usize {
        self.tuning_quality.len()
    }

    /// Number of channels.
    pub fn channels(&self) -> usize {
        self.accepted[0].ncols()
    }

    /// Number of categories.
    pub fn categories(&self) -> usize {
        self.categories
    }

    /// For each channel the category for which the rule accepts it in this set alone under a labelling, or [`NONE`].
    ///
    /// # Panics
    /// If there are not as many labellings.
    pub fn accepted(&self, rule: Rule, labelling: usize) -> &[u8] {
        let table = match rule {
            Rule::Preprint2023 => &self.accepted[0],
            Rule::Plos2024 => &self.accepted[1],
        };
        let channels = table.ncols();
        &table.as_slice().unwrap_or(&[])[labelling * channels..][..channels]
    }
}

/// The channels of a layer that are selective in every set, per category in ascending order, under labelling
/// `labelling` of each set: [`Rule::select`] of the sets' moments under those labels.
///
/// # Errors
/// At least one set is needed; all must have the same number of channels, categories and labellings.
///
/// # Panics
/// If there are not as many labellings.
pub fn select(panels: &[&Panel], rule: Rule, labelling: usize) -> Result<Vec<Vec<usize>>, StatsError> {
    let first = panels.first().ok_or(StatsError::Empty { what: "picture sets" })?;
    panels.iter().try_for_each(|panel| first.check_fit(panel))?;
    let accepted: Vec<&[u8]> = panels.iter().map(|panel| panel.accepted(rule, labelling)).collect();
    let mut selective = vec![Vec::new(); first.categories];
    for (channel, &category) in accepted[0].iter().enumerate() {
        if category != NONE && accepted.iter().all(|set| set[channel] == category) {
            selective[usize::from(category)].push(channel);
        }
    }
    Ok(selective)
}

impl Panel {
    pub(crate) fn check_fit(&self, other: &Panel) -> Result<(), StatsError> {
        crate::error::check_length("channels of a picture set", self.channels(), other.channels())?;
        crate::error::check_length("categories of a picture set", self.categories, other.categories)?;
        crate::error::check_length("labellings of a picture set", self.labellings(), other.labellings())
    }
}

/// What a panel holds of one labelling.
struct Row {
    tuning_quality: Option<f64>,
    selectivity_index: Option<f64>,
    accepted: [Vec<u8>; 2],
}

/// Some labellings: measures `[labellings × channels]`.
struct Part {
    quality: Array2<Option<f64>>,
    index: Array2<Option<f64>>,
    preferred: Array2<u8>,
}

impl Part {
    /// The labellings from `start` on.
    fn new(moments: &Moments, blocks: &Blocks, labellings: &Labellings, start: usize) -> Self {
        let end = labellings.len().min(start + TOGETHER);
        let shape = (end - start, moments.channels());
        let mut part = Self {
            quality: Array2::from_elem(shape, None),
            index: Array2::from_elem(shape, None),
            preferred: Array2::from_elem(shape, NONE),
        };
        let order: Vec<u32> = (start..end).flat_map(|labelling| by_category(labellings, labelling)).collect();
        let (mut of_mean, mut of_variance) = (Vec::new(), Vec::new());
        blocks.for_each(&order, labellings.sizes(), |block, labelling, means, variances| {
            for lane in 0..LANES.min(moments.channels() - block * LANES) {
                let channel = block * LANES + lane;
                if !moments.is_constant(channel) {
                    pick(&mut of_mean, means, lane);
                    pick(&mut of_variance, variances, lane);
                    part.set([labelling, channel], moments, &of_mean, &of_variance);
                }
            }
        });
        part
    }

    /// Sets what follows from the category means and variances of a channel that is not constant.
    fn set(&mut self, at: [usize; 2], moments: &Moments, means: &[f64], variances: &[f64]) {
        let (mean, sd, largest) = (moments.mean[at[1]], moments.sd[at[1]], moments.largest[at[1]]);
        self.quality[at] = Some(largest_size(tuning_values(means, mean, sd)));
        self.index[at] = deviation(variances, largest).map(|deviation| index(means, deviation).0);
        self.preferred[at] = first_largest(means) as u8;
    }

    fn into_rows(self) -> Vec<Row> {
        let rows = self.quality.rows().into_iter().zip(self.index.rows()).zip(self.preferred.rows());
        rows.map(|((quality, index), preferred)| {
            let preferred = preferred.to_vec();
            let has_index = |(&preferred, index): (&u8, &Option<f64>)| if index.is_some() { preferred } else { NONE };
            let mut remaining: Vec<u8> = preferred.iter().zip(index).map(has_index).collect();
            lowest_fifth(index.iter().copied()).for_each(|channel| remaining[channel] = NONE);
            Row {
                tuning_quality: average(quality.iter().copied().flatten()),
                selectivity_index: average(index.iter().copied().flatten()),
                accepted: [preferred, remaining],
            }
        })
        .collect()
    }
}

fn pick(values: &mut Vec<f64>, lanes: &[Lanes], lane: usize) {
    values.clear();
    values.extend(lanes.iter().map(|category| category[lane]));
}

/// The pictures in ascending order within each category, category after category.
fn by_category(labellings: &Labellings, labelling: usize) -> Vec<u32> {
    let mut places: Vec<usize> = labellings
        .sizes()
        .iter()
        .scan(0, |next, size| {
            *next += size;
            Some(*next - size)
        })
        .collect();
    let mut order = vec![0; labellings.pictures()];
    for (picture, &label) in (0_u32..).zip(labellings.labels(labelling)) {
        let place = &mut places[usize::from(label)];
        order[*place] = picture;
        *place += 1;
    }
    order
}

/// The mean; `None` of nothing.
pub(crate) fn average(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use proptest::prelude::*;

    use super::*;
    use crate::selectivity_index::selectivity_index;
    use crate::testing::{cases, labelled_responses};
    use crate::tuning::tuning;

    const RULES: [Rule; 2] = [Rule::Preprint2023, Rule::Plos2024];

    fn moments(responses: &Array2<f32>, labellings: &Labellings, labelling: usize) -> Moments {
        let labels: Vec<usize> = labellings.labels(labelling).iter().map(|&label| usize::from(label)).collect();
        Moments::new(responses.view(), &labels, labellings.categories()).expect("valid")
    }

    /// Equal bits: not one tolerance.
    fn check(responses: &Array2<f32>, labellings: &Labellings) {
        let panel = Panel::new(responses.view(), labellings).expect("valid");
        assert_eq!((panel.labellings(), panel.channels()), (labellings.len(), responses.ncols()));
        for labelling in 0..labellings.len() {
            let moments = moments(responses, labellings, labelling);
            let quality = average(tuning(&moments).into_iter().flatten().map(|channel| channel.quality));
            assert_eq!(panel.tuning_quality[labelling], quality);
            let indices = selectivity_index(&moments).expect("categories");
            let index = average(indices.into_iter().flatten().map(|channel| channel.index));
            assert_eq!(panel.selectivity_index[labelling], index);
            for rule in RULES {
                assert_eq!(select(&[&panel], rule, labelling), rule.select(&[&moments]), "{rule:?}, {labelling}");
            }
        }
    }

    /// Smooth responses of more channels than one block, some of them constant, far from 0 or tied.
    fn many(pictures: usize, channels: usize) -> Array2<f32> {
        Array2::from_shape_fn((pictures, channels), |(picture, channel)| {
            let noise = ((picture * 37 + channel * 101) as f32 * 1.7).sin();
            match channel % 7 {
                0 => 0.1,
                1 => noise + 1000.0,
                2 => noise.round(),
                3 => (picture % 2) as f32,
                _ => noise.max(0.0),
            }
        })
    }

    #[test]
    fn many_channels_and_labellings_equal_the_direct_computation() {
        for channels in [1, 15, 16, 17, 50] {
            let labels: Vec<usize> = (0..45).map(|picture| picture * picture % 7 % 3).collect();
            check(&many(45, channels), &Labellings::shuffled(&labels, 3, 130, 5).expect("valid"));
        }
        let labels: Vec<usize> = (0..40).map(|picture| picture % 9).collect();
        check(&many(40, 1), &Labellings::shuffled(&labels, 9, 20, 5).expect("valid"));
        check(&many(40, 33), &Labellings::shuffled(&labels, 9, 20, 5).expect("valid"));
    }

    #[test]
    fn threads_change_no_bit() {
        let labels: Vec<usize> = (0..45).map(|picture| picture % 3).collect();
        let labellings = Labellings::shuffled(&labels, 3, 500, 5).expect("valid");
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| Panel::new(many(45, 40).view(), &labellings)).expect("valid")
        };
        let one = with(1);
        assert!([2, 3, 7].into_iter().all(|threads| with(threads) == one));
    }

    #[test]
    fn degenerate_layers() {
        let labellings = Labellings::shuffled(&[0, 1, 2, 0, 1, 2], 3, 5, 1).expect("valid");
        let equal = Panel::new(Array2::from_elem((6, 2), 0.3).view(), &labellings).expect("valid");
        assert_eq!((&equal.tuning_quality, &equal.selectivity_index), (&vec![None; 6], &vec![None; 6]));
        assert!(RULES.iter().all(|&rule| equal.accepted(rule, 3) == [NONE; 2]));
        let none = Panel::new(Array2::zeros((6, 0)).view(), &labellings).expect("valid");
        assert_eq!((none.channels(), none.tuning_quality[0], none.accepted(RULES[1], 2)), (0, None, &[][..]));
        let short = Panel::new(Array2::zeros((5, 2)).view(), &labellings);
        assert_eq!(short, Err(StatsError::Length { what: "category labels", expected: 5, found: 6 }));
        let bad = Panel::new(Array2::from_elem((6, 1), f32::NAN).view(), &labellings);
        assert!(matches!(bad, Err(StatsError::Response { picture: 0, channel: 0, .. })));
        let single = Labellings::shuffled(&[0, 1, 2], 3, 5, 1).expect("valid");
        let single = Panel::new(array![[0.0], [1.0], [2.0]].view(), &single).expect("valid");
        assert!(single.tuning_quality[0].is_some() && single.selectivity_index[0].is_none(), "no variance within");
        assert!(select(&[&single, &equal], RULES[0], 0).is_err(), "other channels");
        assert_eq!(select(&[], RULES[0], 0), Err(StatsError::Empty { what: "picture sets" }));
    }

    proptest! {
        #![proptest_config(cases(128))]

        #[test]
        fn ties_are_decided_as_the_rules_decide_them((responses, labels) in labelled_responses(), shift in 0..40_usize) {
            let labellings = Labellings::shuffled(&labels, 3, 8, 9).expect("valid");
            check(&responses, &labellings);
            // Whole numbers: means are equal more often still.
            check(&responses.mapv(|response| (response * 2.0).round()), &labellings);
            let turned = Array2::from_shape_fn(responses.dim(), |(row, c)| responses[[(row + shift) % labels.len(), c]]);
            let other = Labellings::shuffled(&labels, 3, 8, 10).expect("valid");
            let panels = [(&responses, &labellings), (&turned, &other)]
                .map(|(responses, labellings)| Panel::new(responses.view(), labellings).expect("valid"));
            for (rule, labelling) in RULES.into_iter().flat_map(|rule| (0..9).map(move |labelling| (rule, labelling))) {
                let sets = [moments(&responses, &labellings, labelling), moments(&turned, &other, labelling)];
                let selected = select(&[&panels[0], &panels[1]], rule, labelling);
                prop_assert_eq!(selected, rule.select(&[&sets[0], &sets[1]]));
            }
        }
    }
}
