//! The label-permutation null of a layer: what mean tuning quality and mean selectivity index would be if responses
//! had nothing to do with the categories.
//!
//! The labels of the pictures are shuffled, which keeps the category sizes and the correlations between channels
//! (Good 2005, Permutation, Parametric and Bootstrap Tests of Hypotheses). Grand mean and standard deviation of a
//! channel do not depend on labels, so responses are standardised once, `z = (p − p̂) / sd`; then a tuning value is a
//! category mean of z, and d′, which ignores gain and offset, needs the category means and mean squares of z.
//!
//! Shuffle i depends on the seed and i only, and not on the layer: layers of one set share their shuffles, so that a
//! null of a maximum over layers can be taken.

use ndarray::{Array2, ArrayView2};
use rand::seq::SliceRandom;

use crate::moments::ROUNDING;
use crate::seeded::generator;
use crate::{Moments, StatsError};

/// The mean of a measure over a layer's channels, and the same under shuffled labels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LayerNull {
    /// The mean with the true labels.
    pub observed: f64,
    /// The mean of each shuffle.
    pub null: Vec<f64>,
}

/// Both nulls of one layer; `None` where the measure exists for no channel of the layer, or for none in one of the
/// shuffles.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelPermutation {
    /// Tuning quality `max_e |S_e|`, averaged over the channels that are not constant.
    pub tuning_quality: Option<LayerNull>,
    /// Selectivity index, averaged over the channels that have one with these labels.
    pub selectivity_index: Option<LayerNull>,
}

/// Nulls of the responses `[pictures × channels]` of one layer, from `shuffles` shuffles of the labels.
///
/// # Examples
/// ```
/// use ndarray::array;
/// use stats::permutation::label_permutation;
///
/// let responses = array![[0.0], [1.0], [2.0], [4.0], [5.0], [6.0]];
/// let found = label_permutation(responses.view(), &[0, 0, 0, 1, 1, 1], 2, 100, 1)?;
/// let quality = found.tuning_quality.expect("the channel varies");
/// assert_eq!(quality.null.len(), 100);
/// assert!(quality.null.iter().all(|&shuffled| shuffled <= quality.observed + 1e-12));
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Errors
/// As [`Moments::new`], and at least two categories are needed.
pub fn label_permutation(
    responses: ArrayView2<f32>,
    labels: &[usize],
    categories: usize,
    shuffles: usize,
    seed: u64,
) -> Result<LabelPermutation, StatsError> {
    if categories < 2 {
        return Err(StatsError::TooFewCategories { found: categories });
    }
    let moments = Moments::new(responses, labels, categories)?;
    let mut layer = Layer::new(responses, &moments);
    let observed = layer.measure(labels);
    let mut qualities = Vec::with_capacity(shuffles);
    let mut indices = Vec::with_capacity(shuffles);
    for draw in 0..shuffles as u64 {
        let mut shuffled = labels.to_vec();
        shuffled.shuffle(&mut generator(seed, draw));
        let (quality, index) = layer.measure(&shuffled);
        qualities.push(quality);
        indices.push(index);
    }
    let null = |observed: Option<f64>, draws: Vec<Option<f64>>| {
        Some(LayerNull { observed: observed?, null: draws.into_iter().collect::<Option<Vec<f64>>>()? })
    };
    Ok(LabelPermutation { tuning_quality: null(observed.0, qualities), selectivity_index: null(observed.1, indices) })
}

/// Standardised responses of the channels that are not constant, and the sums of one labelling.
struct Layer {
    /// `[pictures × channels]`
    standardised: Array2<f64>,
    pictures: Vec<f64>,
    /// Smallest standardised deviation within categories that is more than rounding.
    rounding: Vec<f64>,
    /// Sums of z per category, `[categories × channels]`.
    sums: Array2<f64>,
    /// Sums of z² per category, `[categories × channels]`.
    squares: Array2<f64>,
}

impl Layer {
    fn new(responses: ArrayView2<f32>, moments: &Moments) -> Self {
        let channels: Vec<usize> = (0..moments.channels()).filter(|&channel| !moments.is_constant(channel)).collect();
        let standardised = Array2::from_shape_fn((responses.nrows(), channels.len()), |(picture, place)| {
            let channel = channels[place];
            (f64::from(responses[[picture, channel]]) - moments.mean[channel]) / moments.sd[channel]
        });
        let rounding =
            channels.iter().map(|&channel| ROUNDING * (1.0 + moments.largest[channel] / moments.sd[channel])).collect();
        let sums = Array2::zeros((moments.categories(), channels.len()));
        let pictures = moments.pictures.iter().map(|&count| count as f64).collect();
        Self { standardised, pictures, rounding, squares: sums.clone(), sums }
    }

    /// Mean tuning quality and mean selectivity index under these labels.
    fn measure(&mut self, labels: &[usize]) -> (Option<f64>, Option<f64>) {
        self.sums.fill(0.0);
        self.squares.fill(0.0);
        for (row, &label) in self.standardised.rows().into_iter().zip(labels) {
            self.sums.row_mut(label).zip_mut_with(&row, |sum, &z| *sum += z);
            self.squares.row_mut(label).zip_mut_with(&row, |sum, &z| *sum += z * z);
        }
        let channels = self.standardised.ncols();
        let qualities = (0..channels).map(|channel| self.quality(channel));
        (average(qualities), average((0..channels).filter_map(|channel| self.index(channel))))
    }

    fn quality(&self, channel: usize) -> f64 {
        let means = self.sums.column(channel).into_iter().zip(&self.pictures).map(|(sum, count)| sum / count);
        means.fold(0.0, |quality: f64, mean| quality.max(mean.abs()))
    }

    fn index(&self, channel: usize) -> Option<f64> {
        let (mut total, mut largest, mut variance) = (0.0, f64::NEG_INFINITY, 0.0);
        let sums = self.sums.column(channel).into_iter().zip(self.squares.column(channel)).zip(&self.pictures);
        for ((sum, squares), count) in sums {
            let mean = sum / count;
            total += mean;
            largest = largest.max(mean);
            variance += (squares / count - mean * mean).max(0.0);
        }
        let deviation = (variance / 2.0).sqrt();
        let others = (self.pictures.len() - 1) as f64;
        (deviation > self.rounding[channel]).then(|| ((largest - (total - largest) / others) / deviation).max(0.0))
    }
}

fn average(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::*;
    use crate::empirical::{Alternative, Draws};
    use crate::selectivity_index::selectivity_index;
    use crate::testing::{cases, labelled_responses};
    use crate::tuning::tuning;

    /// The same means, one labelling at a time, by the modules that compute them for one set.
    fn directly(responses: &Array2<f32>, labels: &[usize]) -> (Option<f64>, Option<f64>) {
        let moments = Moments::new(responses.view(), labels, 3).expect("valid");
        let qualities = tuning(&moments).into_iter().flatten().map(|channel| channel.quality);
        let indices = selectivity_index(&moments).expect("three categories").into_iter().flatten();
        (average(qualities), average(indices.map(|channel| channel.index)))
    }

    #[test]
    fn a_tuned_layer_stands_out_and_an_untuned_one_does_not() {
        let labels: Vec<usize> = (0..60).map(|picture| picture % 3).collect();
        let noise = |picture: usize, channel: usize| (((picture * 37 + channel * 101) % 97) as f32 * 1.7).sin();
        let p_of = |gain: f32| {
            let responses = Array2::from_shape_fn((60, 8), |(picture, channel)| {
                noise(picture, channel) + if labels[picture] == channel % 3 { gain } else { 0.0 }
            });
            let result = label_permutation(responses.view(), &labels, 3, 199, 4).expect("valid");
            let (quality, index) = (result.tuning_quality.expect("varies"), result.selectivity_index.expect("varies"));
            let p = |null: &LayerNull| Draws::new(null.observed, &null.null).expect("finite").p(Alternative::Greater);
            (p(&quality), p(&index))
        };
        assert_eq!(p_of(1.0), (0.005, 0.005), "beyond every shuffle");
        let (quality, index) = p_of(0.0);
        assert!(quality > 0.05 && index > 0.05, "{quality} {index}");
    }

    #[test]
    fn shuffles_follow_the_seed_and_are_shared_between_layers() {
        let labels = [0, 0, 1, 1, 2, 2, 0, 1];
        let responses = Array2::from_shape_fn((8, 3), |(picture, channel)| ((picture * 5 + channel * 3) % 7) as f32);
        let run = |channels: usize, seed: u64| {
            let layer = responses.slice(ndarray::s![.., ..channels]);
            label_permutation(layer, &labels, 3, 20, seed).expect("valid").tuning_quality.expect("varies").null
        };
        assert_eq!(run(3, 1), run(3, 1));
        assert_ne!(run(3, 1), run(3, 2));
        let doubled = Array2::from_shape_fn((8, 2), |(picture, _)| responses[[picture, 0]] * 2.0);
        let other = label_permutation(doubled.view(), &labels, 3, 20, 1).expect("valid").tuning_quality;
        for (a, b) in other.expect("varies").null.iter().zip(run(1, 1)) {
            assert_abs_diff_eq!(*a, b, epsilon = 1e-12);
        }
    }

    #[test]
    fn degenerate_layers() {
        let equal = label_permutation(Array2::from_elem((6, 2), 0.3).view(), &[0, 1, 2, 0, 1, 2], 3, 5, 1);
        assert_eq!(equal, Ok(LabelPermutation { tuning_quality: None, selectivity_index: None }));
        let rising = Array2::from_shape_fn((3, 1), |(picture, _)| picture as f32);
        let single = label_permutation(rising.view(), &[0, 1, 2], 3, 5, 1).expect("valid");
        assert!(single.tuning_quality.is_some() && single.selectivity_index.is_none(), "one picture per category");
        let one = label_permutation(rising.view(), &[0, 0, 0], 1, 5, 1);
        assert_eq!(one, Err(StatsError::TooFewCategories { found: 1 }));
        let empty = label_permutation(rising.view(), &[0, 0, 1], 3, 5, 1);
        assert_eq!(empty, Err(StatsError::EmptyCategory { category: 2 }));
    }

    proptest! {
        #![proptest_config(cases(64))]

        #[test]
        fn every_shuffle_equals_the_direct_computation((responses, labels) in labelled_responses()) {
            let result = label_permutation(responses.view(), &labels, 3, 5, 9).expect("valid");
            let (quality, index) = directly(&responses, &labels);
            let shuffled: Vec<_> = (0..5)
                .map(|draw| {
                    let mut shuffled = labels.clone();
                    shuffled.shuffle(&mut generator(9, draw));
                    directly(&responses, &shuffled)
                })
                .collect();
            let qualities = [quality].into_iter().chain(shuffled.iter().map(|means| means.0));
            let indices = [index].into_iter().chain(shuffled.iter().map(|means| means.1));
            for (expected, found) in [
                (qualities.collect::<Option<Vec<f64>>>(), &result.tuning_quality),
                (indices.collect::<Option<Vec<f64>>>(), &result.selectivity_index),
            ] {
                let found = found.as_ref().map(|null| [&[null.observed], null.null.as_slice()].concat());
                prop_assert_eq!(expected.is_some(), found.is_some());
                for (a, b) in expected.iter().flatten().zip(found.iter().flatten()) {
                    prop_assert!((a - b).abs() <= 1e-9 * (1.0 + a.abs()), "{} {}", a, b);
                }
            }
        }
    }
}
