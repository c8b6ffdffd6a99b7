//! d′ between one category and the rest, and the selectivity index of a channel.
//!
//! `d′_e = (X_e − mean of the other X) / sqrt(½ Σ_k σ_k²)` with X the mean response and σ² the variance within each
//! category, `SI = max_e d′_e` (Liu et al. 2024, PLOS Comput Biol 20(3): e1011943, eq 5, written there for three
//! categories). The paper does not say which variance; the population variance is taken, as for tuning values.
//!
//! The numerators sum to zero, so `Σ_e d′_e = 0` and `SI ≥ 0`; `argmax_e d′_e` is the preferred emotion of `tuning`.

use crate::moments::ROUNDING;
use crate::tuning::first_largest;
use crate::{Moments, StatsError};

/// The selectivity of one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelSelectivity {
    /// d′ of each category against the others.
    pub values: Vec<f64>,
    /// Selectivity index `SI = max_e d′_e`, never negative.
    pub index: f64,
    /// The category with the largest d′; of equal ones the first.
    pub preferred: usize,
}

/// The selectivity of each channel; `None` where it does not exist: for a constant channel, and for one whose
/// responses do not vary within any category (up to float32 rounding), because d′ would be infinite.
///
/// # Examples
/// ```
/// use ndarray::array;
/// use stats::Moments;
/// use stats::selectivity_index::selectivity_index;
///
/// let responses = array![[5.0], [6.0], [0.0], [1.0]];
/// let moments = Moments::new(responses.view(), &[0, 0, 1, 1], 2)?;
/// let found = selectivity_index(&moments)?.remove(0).expect("the channel varies");
/// assert_eq!(found.preferred, 0);
/// assert!(found.index > 0.0);
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Errors
/// At least two categories are needed.
pub fn selectivity_index(moments: &Moments) -> Result<Vec<Option<ChannelSelectivity>>, StatsError> {
    let found = moments.categories();
    if found < 2 {
        return Err(StatsError::TooFewCategories { found });
    }
    Ok((0..moments.channels()).map(|channel| channel_selectivity(moments, channel)).collect())
}

fn channel_selectivity(moments: &Moments, channel: usize) -> Option<ChannelSelectivity> {
    let variances = moments.category_variance.column(channel).to_vec();
    let deviation = deviation(&variances, moments.largest[channel]).filter(|_| !moments.is_constant(channel))?;
    let means = moments.category_mean.column(channel).to_vec();
    let (index, preferred) = index(&means, deviation);
    Some(ChannelSelectivity { values: contrasts(&means, deviation).collect(), index, preferred })
}

/// The denominator of d′; `None` where it is no more than the rounding of responses as large as `largest`.
pub(crate) fn deviation(variances: &[f64], largest: f64) -> Option<f64> {
    let deviation = (variances.iter().sum::<f64>() / 2.0).sqrt();
    (deviation > ROUNDING * largest).then_some(deviation)
}

/// The selectivity index and the preferred category, which is read from the means: ties of d′ would otherwise be
/// decided by rounding.
pub(crate) fn index(means: &[f64], deviation: f64) -> (f64, usize) {
    let preferred = first_largest(means);
    (contrasts(means, deviation).nth(preferred).unwrap_or(0.0).max(0.0), preferred)
}

/// d′ of each category.
fn contrasts(means: &[f64], deviation: f64) -> impl Iterator<Item = f64> {
    let (sum, others) = (means.iter().sum::<f64>(), (means.len() - 1) as f64);
    means.iter().map(move |mean| (mean - (sum - mean) / others) / deviation)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{cases, labelled_responses};
    use crate::tuning::tuning;

    fn selectivity_of(responses: &Array2<f32>, labels: &[usize]) -> Vec<Option<ChannelSelectivity>> {
        selectivity_index(&Moments::new(responses.view(), labels, 3).expect("valid")).expect("three categories")
    }

    #[test]
    fn a_hand_computed_channel() {
        // Means 1, 3, 8 and variances 1, 1, 0: the denominator is 1.
        let responses = array![[0.0], [2.0], [2.0], [4.0], [8.0]];
        let channel = selectivity_of(&responses, &[0, 0, 1, 1, 2])[0].clone().expect("varies");
        assert_eq!(channel.values, [-4.5, -1.5, 6.0]);
        assert_eq!((channel.index, channel.preferred), (6.0, 2));
    }

    #[test]
    fn without_variance_in_any_category_there_is_no_index() {
        let responses = array![[1.0], [1.0], [2.0], [2.0], [3.0]];
        assert_eq!(selectivity_of(&responses, &[0, 0, 1, 1, 2]), [None]);
        assert_eq!(selectivity_of(&array![[1.0], [2.0], [3.0]], &[0, 1, 2]), [None], "one picture per category");
    }

    #[test]
    fn one_category_has_no_contrast() {
        let moments = Moments::new(array![[1.0_f32], [2.0]].view(), &[0, 0], 1).expect("valid");
        assert_eq!(selectivity_index(&moments), Err(StatsError::TooFewCategories { found: 1 }));
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn values_sum_to_zero_and_prefer_what_tuning_prefers((responses, labels) in labelled_responses()) {
            let moments = Moments::new(responses.view(), &labels, 3).expect("valid");
            let channels = selectivity_index(&moments).expect("three categories").into_iter().zip(tuning(&moments));
            for (selectivity, tuning) in channels {
                let Some(selectivity) = selectivity else { continue };
                let tuning = tuning.expect("a channel with an index is not constant");
                prop_assert_eq!(selectivity.preferred, tuning.preferred);
                let size = selectivity.values.iter().map(|value| value.abs()).sum::<f64>();
                prop_assert!(selectivity.values.iter().sum::<f64>().abs() <= 1e-12 * (1.0 + size));
                prop_assert!(selectivity.index >= 0.0);
            }
        }
    }
}
