//! How sure the number of clusters of [`confusion_clusters`](crate::confusion_clusters) is.
//!
//! The published interval is MATLAB's `bootci` of type `norm`: `K* − bias ± 1.96 · s`, with the bias and the standard
//! deviation s of K* over samples drawn with replacement (Davison & Hinkley 1997, ch. 5.2). Frames of one video are no
//! independent samples; with videos as groups whole videos are drawn. Since K* grows with the number of samples, it is also
//! computed from a fixed number of them, drawn without replacement.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::StatsError;
use crate::bootstrap::Bootstrap;
use crate::confusion_clusters::{Rule, clusters};
use crate::confusion_matrix::{ConfusionMatrix, check_classes};
use crate::error::{check_at_most, check_length};
use crate::groups::members;
use crate::seeded::generator;

/// 97.5 % quantile of the standard normal distribution.
const NORMAL: f64 = 1.959_963_984_540_054;

/// What was predicted, sample by sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Samples<'a> {
    /// True class of each sample.
    pub truth: &'a [usize],
    /// Predicted class of each sample.
    pub predicted: &'a [usize],
    /// Number of classes.
    pub classes: usize,
}

/// K* with what resamples make of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterCount {
    /// K* of the samples themselves; `None` where the rule is met by no K.
    pub estimate: Option<usize>,
    /// 95 % interval, normal with bias correction, within 1 and the number of classes; `None` without an estimate, or
    /// where fewer than two resamples have a K*.
    pub interval: Option<[f64; 2]>,
    /// K* of each resample.
    pub resampled: Vec<Option<usize>>,
}

impl Samples<'_> {
    /// K* with its interval over resamples of groups, `0..`, one number per sample; with a group of its own for each sample
    /// these are resamples of samples.
    ///
    /// # Examples
    /// ```
    /// use stats::bootstrap::Bootstrap;
    /// use stats::cluster_count::Samples;
    /// use stats::confusion_clusters::Rule;
    ///
    /// let truth: Vec<usize> = (0..90).map(|sample| sample % 3).collect();
    /// let videos: Vec<usize> = (0..90).map(|sample| sample / 6).collect();
    /// let samples = Samples { truth: &truth, predicted: &truth, classes: 3 };
    /// let count = samples.bootstrap(&videos, Rule::AgainstAll, Bootstrap { resamples: 100, seed: 1 })?;
    /// assert_eq!((count.estimate, count.interval), (Some(3), Some([3.0, 3.0])));
    /// # Ok::<(), stats::StatsError>(())
    /// ```
    ///
    /// # Errors
    /// At least two classes, one sample and one resample are needed, one prediction and one group per sample, and classes
    /// below `classes`.
    pub fn bootstrap(&self, groups: &[usize], rule: Rule, bootstrap: Bootstrap) -> Result<ClusterCount, StatsError> {
        check_length("groups of samples", self.truth.len(), groups.len())?;
        if bootstrap.resamples == 0 {
            return Err(StatsError::Empty { what: "bootstrap resamples" });
        }
        let estimate = clusters(&self.matrix()?, rule)?.best;
        let members = members(groups);
        let draw = |draw: u64| {
            let mut random = generator(bootstrap.seed, draw);
            let drawn = (0..members.len()).map(|_| random.random_range(0..members.len()));
            self.count(drawn.flat_map(|group| members[group].iter().copied()), rule)
        };
        let resampled = (0..bootstrap.resamples as u64).into_par_iter().map(draw).collect::<Result<Vec<_>, _>>()?;
        let interval = estimate.and_then(|estimate| interval(estimate, &resampled, self.classes));
        Ok(ClusterCount { estimate, interval, resampled })
    }

    /// K* of `samples` of the samples, drawn without replacement, as often as `draws` says.
    ///
    /// # Errors
    /// As [`Samples::bootstrap`]; no more samples than there are.
    pub fn at_fixed_number(
        &self,
        samples: usize,
        draws: usize,
        rule: Rule,
        seed: u64,
    ) -> Result<Vec<Option<usize>>, StatsError> {
        self.matrix()?;
        if samples == 0 {
            return Err(StatsError::Empty { what: "samples to draw" });
        }
        check_at_most("samples to draw", samples, self.truth.len())?;
        let draw = |draw: u64| {
            let mut random: ChaCha8Rng = generator(seed, draw);
            self.count(rand::seq::index::sample(&mut random, self.truth.len(), samples).into_iter(), rule)
        };
        (0..draws as u64).into_par_iter().map(draw).collect()
    }

    fn matrix(&self) -> Result<ConfusionMatrix, StatsError> {
        if self.truth.is_empty() {
            return Err(StatsError::Empty { what: "samples" });
        }
        check_classes(self.truth, self.classes)?;
        ConfusionMatrix::new(self.truth, self.predicted, self.classes)
    }

    fn count(&self, samples: impl Iterator<Item = usize>, rule: Rule) -> Result<Option<usize>, StatsError> {
        let (truth, predicted): (Vec<usize>, Vec<usize>) =
            samples.map(|sample| (self.truth[sample], self.predicted[sample])).unzip();
        Ok(clusters(&ConfusionMatrix::new(&truth, &predicted, self.classes)?, rule)?.best)
    }
}

fn interval(estimate: usize, resampled: &[Option<usize>], classes: usize) -> Option<[f64; 2]> {
    let found: Vec<f64> = resampled.iter().flatten().map(|&count| count as f64).collect();
    if found.len() < 2 {
        return None;
    }
    let mean = found.iter().sum::<f64>() / found.len() as f64;
    let variance = found.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / (found.len() - 1) as f64;
    let corrected = 2.0 * estimate as f64 - mean;
    Some([-NORMAL, NORMAL].map(|z| (corrected + z * variance.sqrt()).clamp(1.0, classes as f64)))
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    /// 20 videos of 6 frames; the prediction is right in two of three videos, and the next class otherwise.
    fn frames() -> (Vec<usize>, Vec<usize>, Vec<usize>) {
        let videos: Vec<usize> = (0..120).map(|frame| frame / 6 * 3).collect();
        let truth: Vec<usize> = videos.iter().map(|video| video / 3 % 4).collect();
        let predicted = (0..120).map(|frame| (truth[frame] + usize::from(frame / 6 % 3 == 0)) % 4).collect();
        (truth, predicted, videos)
    }

    #[test]
    fn whole_groups_are_drawn() {
        let (truth, predicted, videos) = frames();
        let samples = Samples { truth: &truth, predicted: &predicted, classes: 4 };
        let bootstrap = Bootstrap { resamples: 200, seed: 5 };
        let of_videos = samples.bootstrap(&videos, Rule::Pairwise, bootstrap).expect("valid");
        let frames: Vec<usize> = (0..120).collect();
        let of_frames = samples.bootstrap(&frames, Rule::Pairwise, bootstrap).expect("valid");
        assert_eq!(of_videos.estimate, of_frames.estimate);
        let width =
            |count: &ClusterCount| count.interval.map(|[low, high]| high - low).expect("some resamples have one");
        assert!(width(&of_videos) > width(&of_frames), "{of_videos:?}");
        assert_eq!(of_videos, samples.bootstrap(&videos, Rule::Pairwise, bootstrap).expect("valid"));
    }

    #[test]
    fn the_interval_is_corrected_for_bias() {
        let resampled = [Some(10), Some(12), None, Some(14)];
        let [low, high] = interval(11, &resampled, 20).expect("three counts");
        assert_abs_diff_eq!(low, 22.0 - 12.0 - NORMAL * 2.0, epsilon = 1e-12);
        assert_abs_diff_eq!(high, 22.0 - 12.0 + NORMAL * 2.0, epsilon = 1e-12);
        assert_eq!(interval(11, &resampled, 12).map(|ends| ends[1]), Some(12.0), "no more clusters than classes");
        assert_eq!(interval(11, &[Some(3), None], 20), None);
    }

    #[test]
    fn a_fixed_number_of_samples() {
        let (truth, predicted, _) = frames();
        let samples = Samples { truth: &truth, predicted: &predicted, classes: 4 };
        let draw = |number| samples.at_fixed_number(number, 20, Rule::AgainstAll, 1);
        let all = draw(120).expect("valid");
        assert_eq!(all, vec![samples.count(0..120, Rule::AgainstAll).expect("valid"); 20]);
        assert_ne!(draw(30), Ok(all), "fewer samples show less");
        assert_eq!(draw(121), Err(StatsError::TooMany { what: "samples to draw", found: 121, available: 120 }));
        assert_eq!(draw(0), Err(StatsError::Empty { what: "samples to draw" }));
    }

    #[test]
    fn unusable_samples_are_refused() {
        let bootstrap = Bootstrap { resamples: 10, seed: 1 };
        let check = |truth: &[usize], groups: &[usize], bootstrap| {
            Samples { truth, predicted: truth, classes: 2 }.bootstrap(groups, Rule::AgainstAll, bootstrap).is_err()
        };
        assert!(check(&[], &[], bootstrap) && check(&[0, 1], &[0], bootstrap) && check(&[0, 2], &[0, 1], bootstrap));
        assert!(check(&[0, 1], &[0, 1], Bootstrap { resamples: 0, seed: 1 }));
    }
}
