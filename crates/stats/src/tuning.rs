//! Tuning values, tuning quality and the preferred emotion of a channel.
//!
//! `S_e = (mean response to category e − mean response over all N pictures) / population sd over the N pictures`
//! (Liu et al. 2024, PLOS Comput Biol 20(3): e1011943, eq 4). Tuning quality is `max_e |S_e|` (Liu et al. 2023
//! preprint), the preferred emotion is `argmax_e S_e`. It follows that `Σ_e N_e · S_e = 0`.

use crate::Moments;

/// The tuning of one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelTuning {
    /// Tuning value `S_e` of each category.
    pub values: Vec<f64>,
    /// Tuning quality `max_e |S_e|`, never negative.
    pub quality: f64,
    /// The category with the largest tuning value; of equal ones the first, as `numpy.argmax` has it.
    pub preferred: usize,
}

/// The tuning of each channel; `None` for a constant channel, whose tuning does not exist.
///
/// # Examples
/// ```
/// use ndarray::array;
/// use stats::{Moments, tuning::tuning};
///
/// let responses = array![[0.0], [1.0], [2.0], [4.0], [5.0], [6.0]];
/// let moments = Moments::new(responses.view(), &[0, 0, 0, 1, 1, 1], 2)?;
/// let found = tuning(&moments).remove(0).expect("the channel varies");
/// assert_eq!(found.preferred, 1);
/// assert!((found.values[0] + found.values[1]).abs() < 1e-12, "as many pictures of both: the values cancel");
/// # Ok::<(), stats::StatsError>(())
/// ```
pub fn tuning(moments: &Moments) -> Vec<Option<ChannelTuning>> {
    (0..moments.channels())
        .map(|channel| {
            if moments.is_constant(channel) {
                return None;
            }
            let (mean, sd) = (moments.mean[channel], moments.sd[channel]);
            let means = moments.category_mean.column(channel).to_vec();
            let values: Vec<f64> = tuning_values(&means, mean, sd).collect();
            let quality = largest_size(values.iter().copied());
            // The means decide, because scaling them can round two different ones to the same tuning value.
            Some(ChannelTuning { values, quality, preferred: first_largest(&means) })
        })
        .collect()
}

/// `S_e` of each category of a channel that is not constant.
pub(crate) fn tuning_values(means: &[f64], mean: f64, sd: f64) -> impl Iterator<Item = f64> {
    means.iter().map(move |category| (category - mean) / sd)
}

/// Tuning quality of these tuning values.
pub(crate) fn largest_size(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, |quality, value| quality.max(value.abs()))
}

/// Position of the largest value, of equal ones the first; 0 for no values.
pub(crate) fn first_largest(values: &[f64]) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = index;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{cases, labelled_responses};

    fn tuning_of(responses: &Array2<f32>, labels: &[usize]) -> Vec<Option<ChannelTuning>> {
        tuning(&Moments::new(responses.view(), labels, 3).expect("valid"))
    }

    #[test]
    fn a_hand_computed_channel() {
        // Mean 3, squared deviations 9 + 1 + 1 + 9 over 4 pictures: sd = √5.
        let channel = tuning_of(&array![[0.0], [2.0], [4.0], [6.0]], &[0, 0, 1, 2])[0].clone().expect("not constant");
        let root = 5_f64.sqrt();
        assert_eq!(channel.values, [-2.0 / root, 1.0 / root, 3.0 / root]);
        assert_eq!((channel.quality, channel.preferred), (3.0 / root, 2));
    }

    #[test]
    fn equal_pictures_have_no_tuning_and_equal_means_prefer_the_first() {
        let equal = Array2::from_elem((6, 2), 0.1_f32);
        assert_eq!(tuning_of(&equal, &[0, 0, 1, 1, 2, 2]), [None, None]);
        let tied = tuning_of(&array![[2.0], [2.0], [1.0]], &[0, 1, 2]);
        assert_eq!(tied[0].as_ref().map(|channel| channel.preferred), Some(0));
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn tuning_values_sum_to_zero_and_are_bounded((responses, labels) in labelled_responses()) {
            let moments = Moments::new(responses.view(), &labels, 3).expect("valid");
            let total = labels.len() as f64;
            for channel in tuning(&moments).into_iter().flatten() {
                let sum: f64 = channel.values.iter().zip(&moments.pictures).map(|(s, &n)| s * n as f64).sum();
                prop_assert!(sum.abs() < 1e-12 * total, "Σ N_e S_e = {sum}");
                for (value, &pictures) in channel.values.iter().zip(&moments.pictures) {
                    let n = pictures as f64;
                    prop_assert!(value.abs() <= ((total - n) / n).sqrt() + 1e-12, "more than n of N pictures allow");
                    prop_assert!(value.abs() <= channel.quality && *value <= channel.values[channel.preferred]);
                }
            }
        }

        #[test]
        fn tuning_ignores_gain_and_offset((responses, labels) in labelled_responses(), power in 0..6_i32) {
            let moved = responses.mapv(|response| response * 2_f32.powi(power) + 1.0);
            for (before, after) in tuning_of(&responses, &labels).iter().zip(&tuning_of(&moved, &labels)) {
                prop_assert_eq!(before.is_some(), after.is_some());
                if let (Some(before), Some(after)) = (before, after) {
                    // Adding 1 rounds each response in float32.
                    prop_assert!((before.quality - after.quality).abs() < 1e-5);
                }
            }
        }
    }
}
