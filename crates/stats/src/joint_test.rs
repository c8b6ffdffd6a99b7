//! The joint label-permutation test: a statistic of all layers together against itself under shuffled labels.
//!
//! Channels of a layer and neighbouring layers answer alike, so a test that takes them for independent finds trends and
//! overlaps in nothing. Here the labels are shuffled, the whole chain down to the claim is computed again from all layers
//! under each shuffle, and the dependence is in the null as it is in the data (Westfall & Young 1993, Resampling-Based
//! Multiple Testing, ch. 2). A maximum over layers controls the error over all of them in the same way.

use crate::StatsError;
use crate::empirical::{Alternative, Draws};
use crate::error::{check_finite, check_length};
use crate::panel::average;
use crate::quantile::quantiles;
use crate::spearman::rho;

/// A statistic with the true labels beside its values with shuffled ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JointTest {
    /// The value with the true labels.
    pub observed: f64,
    /// `(1 + #{shuffles at least as extreme}) / (R + 1)`.
    pub p: f64,
    /// Standard deviations of the null above its mean; `None` for a null without spread.
    pub z: Option<f64>,
    /// Mean of the null; `None` without shuffles.
    pub null_mean: Option<f64>,
    /// 2.5 % quantile of the null.
    pub null_low: Option<f64>,
    /// 97.5 % quantile of the null.
    pub null_high: Option<f64>,
    /// Number of shuffles.
    pub shuffles: usize,
    /// Shuffles under which the statistic does not exist. They count as extreme, which can only raise p, and are left
    /// out of z, mean and quantiles.
    pub without_value: usize,
}

/// Tests a statistic, given its value under each labelling, the true one first. `None` if it does not exist with the
/// true labels.
///
/// # Examples
/// ```
/// use stats::empirical::Alternative;
/// use stats::joint_test::joint_test;
///
/// let values: Vec<Option<f64>> = [9.0, 1.0, 2.0, 3.0].map(Some).to_vec();
/// let found = joint_test(&values, Alternative::Greater)?.expect("a value");
/// assert_eq!((found.observed, found.p, found.null_mean), (9.0, 0.25, Some(2.0)));
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Errors
/// At least the true labelling is needed; every value must be finite.
pub fn joint_test(values: &[Option<f64>], alternative: Alternative) -> Result<Option<JointTest>, StatsError> {
    let (observed, shuffled) = values.split_first().ok_or(StatsError::Empty { what: "labellings" })?;
    let null: Vec<f64> = shuffled.iter().copied().flatten().collect();
    check_finite("values under shuffled labels", &null)?;
    let Some(observed) = *observed else { return Ok(None) };
    // A value equal to the observed one is extreme in every direction.
    let counted: Vec<f64> = shuffled.iter().map(|value| value.unwrap_or(observed)).collect();
    let band = if null.is_empty() { None } else { Some(quantiles(&null, [0.025, 0.975])?) };
    Ok(Some(JointTest {
        observed,
        p: Draws::new(observed, &counted)?.p(alternative),
        z: Draws::new(observed, &null)?.z(),
        null_mean: average(null.iter().copied()),
        null_low: band.map(|band| band[0]),
        null_high: band.map(|band| band[1]),
        shuffles: shuffled.len(),
        without_value: shuffled.len() - null.len(),
    }))
}

/// A statistic of all layers under each labelling, given the labellings' values of each layer: [`mean`], [`largest`],
/// [`trend`] or any other. Layers may just as well be layers and categories.
///
/// # Examples
/// ```
/// use stats::joint_test::{over_layers, trend};
///
/// // Three layers, the true labels and one shuffle.
/// let layers = [[0.1, 0.3], [0.2, 0.2], [0.3, 0.1]].map(|values| values.map(Some).to_vec());
/// assert_eq!(over_layers(&layers, trend)?, [Some(1.0), Some(-1.0)]);
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Errors
/// Every layer must have as many labellings as the first; and what the statistic refuses.
pub fn over_layers(
    layers: &[Vec<Option<f64>>],
    statistic: impl Fn(&[Option<f64>]) -> Result<Option<f64>, StatsError>,
) -> Result<Vec<Option<f64>>, StatsError> {
    let labellings = layers.first().map_or(0, Vec::len);
    layers.iter().try_for_each(|layer| check_length("labellings of a layer", labellings, layer.len()))?;
    let of_labelling = |labelling: usize| {
        let values: Vec<Option<f64>> = layers.iter().map(|layer| layer[labelling]).collect();
        statistic(&values)
    };
    (0..labellings).map(of_labelling).collect()
}

/// Mean over the layers that have a value.
///
/// # Errors
/// Every value must be finite.
pub fn mean(layers: &[Option<f64>]) -> Result<Option<f64>, StatsError> {
    Ok(average(existing(layers)?.into_iter()))
}

/// Largest value of the layers that have one.
///
/// # Errors
/// Every value must be finite.
pub fn largest(layers: &[Option<f64>]) -> Result<Option<f64>, StatsError> {
    Ok(existing(layers)?.into_iter().reduce(f64::max))
}

/// Spearman's ρ of the values with depth, over the layers that have one; 0, no trend, where there are fewer than three
/// or all are equal.
///
/// # Errors
/// Every value must be finite.
pub fn trend(layers: &[Option<f64>]) -> Result<Option<f64>, StatsError> {
    let depths = layers.iter().enumerate().filter(|(_, value)| value.is_some());
    let depths: Vec<f64> = depths.map(|(depth, _)| depth as f64).collect();
    Ok(Some(rho(&depths, &existing(layers)?)?.unwrap_or(0.0)))
}

fn existing(layers: &[Option<f64>]) -> Result<Vec<f64>, StatsError> {
    let values: Vec<f64> = layers.iter().copied().flatten().collect();
    check_finite("values of layers", &values)?;
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(values: &[Option<f64>], alternative: Alternative) -> Option<JointTest> {
        joint_test(values, alternative).expect("finite")
    }

    #[test]
    fn one_sided_and_two_sided() {
        let values: Vec<Option<f64>> = (0..20).map(|value| Some(f64::from((value + 19) % 20))).collect();
        let p = |alternative| test(&values, alternative).expect("a value").p;
        assert_eq!(p(Alternative::Greater), 1.0 / 20.0);
        assert_eq!(p(Alternative::TwoSided), 2.0 / 20.0);
        assert_eq!(p(Alternative::Less), 1.0);
        let found = test(&values, Alternative::Greater).expect("a value");
        assert_eq!((found.observed, found.null_mean, found.shuffles), (19.0, Some(9.0), 19));
        assert!(found.null_low.is_some_and(|low| (low - 0.45).abs() < 1e-12));
        assert!(found.null_high.is_some_and(|high| (high - 17.55).abs() < 1e-12));
    }

    #[test]
    fn missing_values_never_help() {
        let values = [Some(5.0), None, Some(1.0), None, Some(2.0)];
        for alternative in [Alternative::Greater, Alternative::Less, Alternative::TwoSided] {
            let all = test(&values, alternative).expect("a value");
            let some = test(&[Some(5.0), Some(1.0), Some(2.0)], alternative).expect("a value");
            assert!(all.p >= some.p);
            assert_eq!((all.null_mean, all.without_value, all.shuffles), (Some(1.5), 2, 4));
        }
        assert_eq!(test(&values, Alternative::Greater).map(|found| found.p), Some(3.0 / 5.0));
        assert_eq!(test(&[None, Some(1.0)], Alternative::Greater), None);
        let alone = test(&[Some(1.0)], Alternative::Greater).expect("a value");
        assert_eq!((alone.p, alone.z, alone.null_mean, alone.null_low), (1.0, None, None, None));
        assert_eq!(joint_test(&[], Alternative::Less), Err(StatsError::Empty { what: "labellings" }));
        assert!(joint_test(&[Some(1.0), Some(f64::NAN)], Alternative::Less).is_err());
        assert!(joint_test(&[Some(f64::INFINITY), Some(0.0)], Alternative::Less).is_err());
    }

    #[test]
    fn statistics_leave_out_layers_without_value() {
        let layers = [Some(3.0), None, Some(1.0), Some(2.0)];
        assert_eq!((mean(&layers), largest(&layers)), (Ok(Some(2.0)), Ok(Some(3.0))));
        assert_eq!((mean(&[None]), largest(&[None]), trend(&[None])), (Ok(None), Ok(None), Ok(Some(0.0))));
        assert_eq!(trend(&layers), Ok(Some(-0.5)), "depths 0, 2 and 3");
        assert_eq!(trend(&layers[..3]), Ok(Some(0.0)), "two layers");
        assert_eq!(trend(&[Some(1.0); 5]), Ok(Some(0.0)), "all equal");
        assert!(mean(&[Some(f64::NAN)]).is_err() && trend(&[Some(f64::NAN)]).is_err());
        let unequal = over_layers(&[vec![None; 2], vec![None; 3]], mean);
        assert_eq!(unequal, Err(StatsError::Length { what: "labellings of a layer", expected: 2, found: 3 }));
    }
}
