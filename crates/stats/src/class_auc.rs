//! How well each class is told from all others by its scores.
//!
//! The area under the ROC curve of each class against the rest ([`roc`](crate::roc)), and as a distance of two normal
//! distributions of equal width `d = √2 · Φ⁻¹(AUC)` (Macmillan & Creelman 2005, Detection Theory, eq 3.8). A d does not
//! exist where the area is 0 or 1; the mean d is a mean of d, not the d of the mean area.

use ndarray::ArrayView2;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::StatsError;
use crate::bootstrap::{Bootstrap, Interval};
use crate::error::check_length;
use crate::groups::dense;
use crate::roc::{SortedScores, auc};
use crate::top_k::check_scores;

/// One class against the rest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassAuc {
    /// Area under the ROC curve; `None` where all samples or none are of the class.
    pub auc: Option<f64>,
    /// `√2 · Φ⁻¹(AUC)`; `None` without an area, or with one of 0 or 1.
    pub d: Option<f64>,
}

/// Intervals over resamples of groups.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassAucIntervals {
    /// Of each class; `None` where its area does not exist, or for (almost) none of the resamples.
    pub classes: Vec<Option<Interval>>,
    /// Of the mean over the classes that have an area in the resample; `None` where none has.
    pub mean: Option<Interval>,
}

/// The areas of all classes for scores `[samples × classes]`.
///
/// # Examples
/// ```
/// use ndarray::array;
/// use stats::class_auc::class_auc;
///
/// let scores = array![[0.9, 0.1], [0.4, 0.6], [0.6, 0.4], [0.1, 0.9]];
/// let found = class_auc(scores.view(), &[0, 0, 1, 1])?;
/// assert_eq!(found[0].auc, Some(0.75));
/// assert!((found[0].d.unwrap() - 0.9539).abs() < 1e-4);
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Errors
/// As [`Ranking::new`](crate::top_k::Ranking::new).
pub fn class_auc(scores: ArrayView2<f64>, truth: &[usize]) -> Result<Vec<ClassAuc>, StatsError> {
    check_scores(scores, truth)?;
    let of_class = |class: usize| {
        let targets: Vec<bool> = truth.iter().map(|&label| label == class).collect();
        let auc = auc(&scores.column(class).to_vec(), &targets)?;
        Ok(ClassAuc { auc, d: auc.and_then(distance) })
    };
    (0..scores.ncols()).map(of_class).collect()
}

/// Intervals of the areas over resamples of groups, such as videos; one number per sample.
///
/// # Errors
/// As [`class_auc`]; a group per sample and at least one resample are needed.
pub fn class_auc_intervals(
    scores: ArrayView2<f64>,
    truth: &[usize],
    groups: &[usize],
    bootstrap: Bootstrap,
) -> Result<ClassAucIntervals, StatsError> {
    check_scores(scores, truth)?;
    check_length("groups of samples", truth.len(), groups.len())?;
    let groups = dense(groups);
    let sorted = |class: usize| {
        let column = scores.column(class);
        SortedScores::new(
            truth.iter().enumerate().map(|(sample, &label)| (column[sample], groups[sample], label == class)),
        )
    };
    let sorted = (0..scores.ncols()).map(sorted).collect::<Result<Vec<SortedScores>, StatsError>>()?;
    let count = groups.iter().max().map_or(0, |last| last + 1);
    let interval = |statistic: &dyn Fn(&[usize]) -> Option<f64>| match bootstrap.crossed(
        "area under the ROC curve",
        1,
        count,
        |_, copies| statistic(copies),
    ) {
        Ok(interval) => Ok(Some(interval)),
        Err(StatsError::Undefined { .. }) => Ok(None),
        Err(error) => Err(error),
    };
    Ok(ClassAucIntervals {
        classes: sorted.iter().map(|class| interval(&|copies| class.auc(copies))).collect::<Result<_, _>>()?,
        mean: interval(&|copies| mean(sorted.iter().filter_map(|class| class.auc(copies))))?,
    })
}

/// `√2 · Φ⁻¹(AUC)`; `None` at 0 and 1.
fn distance(auc: f64) -> Option<f64> {
    (auc > 0.0 && auc < 1.0).then(|| std::f64::consts::SQRT_2 * Normal::standard().inverse_cdf(auc))
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn published_pairs_of_area_and_distance_agree() {
        // Kragel et al. 2019, p. 4.
        assert_abs_diff_eq!(distance(0.855).expect("inside"), 1.497, epsilon = 0.005);
        assert_eq!((distance(0.5), distance(0.0), distance(1.0)), (Some(0.0), None, None));
    }

    #[test]
    fn absent_classes_have_no_area() {
        let scores = array![[0.5, 0.2, 0.1], [0.1, 0.5, 0.3]];
        let found = class_auc(scores.view(), &[0, 1]).expect("valid");
        assert_eq!(found[0], ClassAuc { auc: Some(1.0), d: None });
        assert_eq!(found[2], ClassAuc { auc: None, d: None });
        let intervals = class_auc_intervals(scores.view(), &[0, 1], &[0, 1], Bootstrap { resamples: 20, seed: 1 });
        let intervals = intervals.expect("valid");
        assert_eq!((intervals.classes[2], intervals.mean.map(|mean| mean.estimate)), (None, Some(1.0)));
        let none =
            class_auc_intervals(scores.slice(ndarray::s![..1, ..]), &[0], &[0], Bootstrap { resamples: 2, seed: 1 });
        assert_eq!(none, Ok(ClassAucIntervals { classes: vec![None; 3], mean: None }));
    }

    #[test]
    fn intervals_surround_the_areas() {
        let truth: Vec<usize> = (0..80).map(|sample| sample / 4 % 3).collect();
        let noise = |sample: usize, class: usize| ((sample * 37 + class * 11) % 29) as f64 / 20.0;
        let scores = Array2::from_shape_fn((80, 3), |(sample, class)| {
            noise(sample, class) + f64::from(truth[sample] == class) * 0.5
        });
        let areas = class_auc(scores.view(), &truth).expect("valid");
        let videos: Vec<usize> = (0..80).map(|sample| sample / 4 * 10).collect();
        let bootstrap = Bootstrap { resamples: 300, seed: 4 };
        let found = class_auc_intervals(scores.view(), &truth, &videos, bootstrap).expect("valid");
        for (area, interval) in areas.iter().zip(&found.classes) {
            let interval = interval.expect("every class has samples");
            assert_abs_diff_eq!(interval.estimate, area.auc.expect("both kinds"), epsilon = 1e-14);
            assert!(interval.low < interval.estimate && interval.estimate < interval.high);
        }
        let mean = areas.iter().filter_map(|area| area.auc).sum::<f64>() / 3.0;
        assert_abs_diff_eq!(found.mean.expect("areas").estimate, mean, epsilon = 1e-14);
        assert!(class_auc_intervals(scores.view(), &truth, &[1], bootstrap).is_err());
    }
}
