//! Means and variances of each channel's responses, over all pictures and per category: what tuning values and the
//! selectivity index are made of.
//!
//! All sums run in f64 over float32 responses. The variances are population variances (division by the number of
//! pictures), computed around the mean in a second pass.

use ndarray::{Array2, ArrayView2, Axis};

use crate::StatsError;

/// Spread, relative to the largest absolute response, below which a difference between float32 responses is rounding:
/// sums in another order, as in a last batch of another size, differ by a few units in the last place.
pub(crate) const ROUNDING: f64 = 8.0 * f32::EPSILON as f64;

/// Moments of the responses of one layer to one picture set.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// Number of pictures of each category.
    pub pictures: Vec<usize>,
    /// Mean response of each channel over all pictures (the grand mean).
    pub mean: Vec<f64>,
    /// Population standard deviation of each channel over all pictures; exactly 0 for a constant channel, whose
    /// responses differ by no more than float32 rounding.
    pub sd: Vec<f64>,
    /// Mean response per category, `[categories × channels]`.
    pub category_mean: Array2<f64>,
    /// Population variance within each category, `[categories × channels]`.
    pub category_variance: Array2<f64>,
    /// Largest absolute response of each channel.
    pub(crate) largest: Vec<f64>,
}

impl Moments {
    /// Moments of `responses` `[pictures × channels]`, whose rows belong to the categories in `labels`
    /// (`0..categories`).
    ///
    /// # Examples
    /// ```
    /// use ndarray::array;
    /// use stats::Moments;
    ///
    /// // Three pictures of category 0 and three of category 1; one channel.
    /// let responses = array![[0.0], [1.0], [2.0], [4.0], [5.0], [6.0]];
    /// let moments = Moments::new(responses.view(), &[0, 0, 0, 1, 1, 1], 2)?;
    /// assert_eq!((moments.mean[0], moments.category_mean[[1, 0]]), (3.0, 5.0));
    /// # Ok::<(), stats::StatsError>(())
    /// ```
    ///
    /// # Errors
    /// As many labels as pictures are needed, each below `categories`, at least one picture per category, and finite
    /// responses.
    pub fn new(responses: ArrayView2<f32>, labels: &[usize], categories: usize) -> Result<Self, StatsError> {
        check_responses(responses)?;
        let pictures = count_pictures(labels, responses.nrows(), categories)?;
        let category_mean = category_means(responses, labels, &pictures);
        let channels = responses.ncols();
        let mut mean = vec![0.0; channels];
        for row in responses.rows() {
            mean.iter_mut().zip(row).for_each(|(sum, &response)| *sum += f64::from(response));
        }
        mean.iter_mut().for_each(|sum| *sum /= responses.nrows() as f64);
        let mut sd = vec![0.0; channels];
        let mut category_variance = Array2::zeros(category_mean.raw_dim());
        for (row, &label) in responses.rows().into_iter().zip(labels) {
            let mut variance = category_variance.row_mut(label);
            for (channel, &response) in row.iter().enumerate() {
                let response = f64::from(response);
                sd[channel] += (response - mean[channel]).powi(2);
                variance[channel] += (response - category_mean[[label, channel]]).powi(2);
            }
        }
        sd.iter_mut().for_each(|sum| *sum = (*sum / responses.nrows() as f64).sqrt());
        for (mut variance, &count) in category_variance.rows_mut().into_iter().zip(&pictures) {
            variance /= count as f64;
        }
        let largest = silence_constant_channels(responses, &mut sd);
        Ok(Self { pictures, mean, sd, category_mean, category_variance, largest })
    }

    /// Number of channels.
    pub fn channels(&self) -> usize {
        self.mean.len()
    }

    /// Number of categories.
    pub fn categories(&self) -> usize {
        self.pictures.len()
    }

    /// Whether the channel responds to every picture alike, which excludes it from every count.
    pub fn is_constant(&self, channel: usize) -> bool {
        self.sd[channel] == 0.0
    }
}

pub(crate) fn check_responses(responses: ArrayView2<f32>) -> Result<(), StatsError> {
    match responses.indexed_iter().find(|(_, value)| !value.is_finite()) {
        None => Ok(()),
        Some(((picture, channel), &value)) => Err(StatsError::Response { picture, channel, value }),
    }
}

/// Number of pictures per category, each at least 1.
pub(crate) fn count_pictures(labels: &[usize], rows: usize, categories: usize) -> Result<Vec<usize>, StatsError> {
    crate::error::check_length("category labels", rows, labels.len())?;
    if categories == 0 {
        return Err(StatsError::Empty { what: "categories" });
    }
    let mut pictures = vec![0; categories];
    for (picture, &label) in labels.iter().enumerate() {
        *pictures.get_mut(label).ok_or(StatsError::UnknownCategory { picture, label, categories })? += 1;
    }
    match pictures.iter().position(|&count| count == 0) {
        None => Ok(pictures),
        Some(category) => Err(StatsError::EmptyCategory { category }),
    }
}

fn category_means(responses: ArrayView2<f32>, labels: &[usize], pictures: &[usize]) -> Array2<f64> {
    let mut means = Array2::zeros((pictures.len(), responses.ncols()));
    for (row, &label) in responses.rows().into_iter().zip(labels) {
        means.row_mut(label).zip_mut_with(&row, |sum: &mut f64, &response| *sum += f64::from(response));
    }
    for (mut mean, &count) in means.rows_mut().into_iter().zip(pictures) {
        mean /= count as f64;
    }
    means
}

/// Sets the standard deviation of constant channels to exactly 0, and returns each channel's largest absolute
/// response.
fn silence_constant_channels(responses: ArrayView2<f32>, sd: &mut [f64]) -> Vec<f64> {
    let extremes = responses.axis_iter(Axis(1)).map(|channel| {
        let (low, high) = channel.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &r| (low.min(r), high.max(r)));
        (f64::from(low), f64::from(high))
    });
    let silence = |((low, high), sd): ((f64, f64), &mut f64)| {
        let largest = high.abs().max(low.abs());
        if high - low <= ROUNDING * largest {
            *sd = 0.0;
        }
        largest
    };
    extremes.zip(sd).map(silence).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{cases, labelled_responses};

    fn error_of(responses: Array2<f32>, labels: &[usize]) -> StatsError {
        Moments::new(responses.view(), labels, 3).expect_err("degenerate input")
    }

    #[test]
    fn degenerate_inputs_are_named() {
        let one = array![[1.0_f32, 2.0]];
        assert_eq!(error_of(one.clone(), &[0]), StatsError::EmptyCategory { category: 1 });
        assert_eq!(error_of(Array2::zeros((0, 2)), &[]), StatsError::EmptyCategory { category: 0 });
        assert_eq!(error_of(one.clone(), &[3]), StatsError::UnknownCategory { picture: 0, label: 3, categories: 3 });
        assert_eq!(error_of(one, &[0, 1]), StatsError::Length { what: "category labels", expected: 1, found: 2 });
        let error = error_of(array![[1.0], [2.0], [f32::INFINITY]], &[0, 1, 2]);
        assert_eq!(error, StatsError::Response { picture: 2, channel: 0, value: f32::INFINITY });
        let nothing = Moments::new(array![[1.0_f32]].view(), &[0], 0);
        assert_eq!(nothing, Err(StatsError::Empty { what: "categories" }));
    }

    #[test]
    fn a_channel_is_constant_up_to_float32_rounding_and_no_further() {
        let up = |value: f32, steps: u32| f32::from_bits(value.to_bits() + steps);
        let responses = array![
            [0.1, 0.1, 0.1, 0.0, 1e-30],
            [0.1, up(0.1, 4), up(0.1, 40), 0.0, 2e-30],
            [0.1, 0.1, 0.1, 0.0, 1e-30]
        ];
        let moments = Moments::new(responses.view(), &[0, 1, 2], 3).expect("valid");
        let constant: Vec<bool> = (0..5).map(|channel| moments.is_constant(channel)).collect();
        assert_eq!(constant, [true, true, false, true, false]);
        assert!(moments.sd[2] > 0.0 && moments.sd[4] > 0.0);
    }

    proptest! {
        #![proptest_config(cases(128))]

        #[test]
        fn total_variance_is_within_plus_between((responses, labels) in labelled_responses()) {
            let moments = Moments::new(responses.view(), &labels, 3).expect("valid");
            let total: usize = moments.pictures.iter().sum();
            for channel in (0..moments.channels()).filter(|&channel| !moments.is_constant(channel)) {
                let parts: f64 = (0..3)
                    .map(|e| {
                        let offset = moments.category_mean[[e, channel]] - moments.mean[channel];
                        moments.pictures[e] as f64 * (moments.category_variance[[e, channel]] + offset * offset)
                    })
                    .sum();
                let variance = moments.sd[channel].powi(2);
                prop_assert!((parts / total as f64 - variance).abs() <= 1e-12 * variance);
            }
        }
    }
}
