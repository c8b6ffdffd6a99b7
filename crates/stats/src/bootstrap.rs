//! Percentile bootstrap intervals for paired differences, over pictures and over split seeds.
//!
//! The interval runs from the 2.5 % to the 97.5 % quantile of the statistic over resamples drawn with replacement
//! (Efron & Tibshirani 1993, ch. 13). Pairing is in the data: each observation holds both conditions of one picture,
//! or their difference.
//!
//! Over several splits, one picture stands in many test sets, so splits are not independent groups and resampling
//! pictures within each split would give intervals that are too narrow. Instead pictures and splits are resampled
//! crosswise (the pigeonhole bootstrap, Owen 2007, Ann Appl Stat 1: 386–411): each resample draws the splits with
//! replacement, and gives every picture one multiplicity that holds in all splits. The statistic is computed per
//! split and averaged over the splits.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::StatsError;
use crate::error::check_values;
use crate::quantile::quantiles;
use crate::seeded::generator;

/// How often a resample without the statistic is drawn anew before the data are refused.
const TRIES: usize = 1000;

/// How to resample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bootstrap {
    /// Number of resamples; a few thousand for a stable 95 % interval.
    pub resamples: usize,
    /// Seed; resample i depends on the seed and i only.
    pub seed: u64,
}

/// An estimate with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The statistic of the data themselves.
    pub estimate: f64,
    /// 2.5 % quantile of the resamples.
    pub low: f64,
    /// 97.5 % quantile of the resamples.
    pub high: f64,
}

/// What one split saw of one picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation<T> {
    /// Which picture, the same number in every split.
    pub picture: usize,
    /// The paired values, such as a difference, or the answers under both conditions.
    pub value: T,
}

impl Bootstrap {
    /// Mean of paired differences, resampled over pictures.
    ///
    /// # Examples
    /// ```
    /// use stats::bootstrap::Bootstrap;
    ///
    /// let bootstrap = Bootstrap { resamples: 1000, seed: 1 };
    /// let interval = bootstrap.mean(&[-3.0, -1.0, -2.0, -4.0])?;
    /// assert_eq!(interval.estimate, -2.5);
    /// assert!(interval.low < interval.estimate && interval.high < 0.0);
    /// # Ok::<(), stats::StatsError>(())
    /// ```
    ///
    /// # Errors
    /// At least one difference and one resample are needed; differences must be finite.
    pub fn mean(&self, differences: &[f64]) -> Result<Interval, StatsError> {
        self.interval("mean of paired differences", differences, mean)
    }

    /// Mean over splits of the mean paired difference per split, resampled over pictures and splits. A split is its
    /// test pictures with their differences.
    ///
    /// # Errors
    /// As [`Bootstrap::mean`].
    pub fn two_level_mean(&self, splits: &[Vec<Observation<f64>>]) -> Result<Interval, StatsError> {
        self.two_level_interval("mean of paired differences", splits, mean)
    }

    /// Any statistic of one group of observations, resampled over observations. `statistic` says `None` where it does
    /// not exist; such resamples are drawn anew. `what` names it in errors.
    ///
    /// # Errors
    /// At least one observation and one resample are needed; the statistic must exist and be finite.
    pub fn interval<T: Copy>(
        &self,
        what: &'static str,
        observations: &[T],
        statistic: impl Fn(&[T]) -> Option<f64>,
    ) -> Result<Interval, StatsError> {
        let group = (0..).zip(observations).map(|(picture, &value)| Observation { picture, value }).collect();
        self.two_level_interval(what, &[group], statistic)
    }

    /// Any statistic of the observations of one split, averaged over the splits where it exists, and resampled over
    /// pictures and splits.
    ///
    /// # Errors
    /// As [`Bootstrap::interval`].
    pub fn two_level_interval<T: Copy>(
        &self,
        what: &'static str,
        splits: &[Vec<Observation<T>>],
        statistic: impl Fn(&[T]) -> Option<f64>,
    ) -> Result<Interval, StatsError> {
        let (splits, pictures) = with_dense_pictures(splits);
        let of_split = |split: usize, copies: &[usize]| {
            let copied = |seen: &Observation<T>| std::iter::repeat_n(seen.value, copies[seen.picture]);
            let taken: Vec<T> = splits[split].iter().flat_map(copied).collect();
            (!taken.is_empty()).then(|| statistic(&taken)).flatten()
        };
        self.crossed(what, splits.len(), pictures, of_split)
    }

    /// Any statistic of one split that takes every picture as often as it is told, averaged over the splits where it
    /// exists, and resampled over pictures and splits. This serves statistics that need no copy of the observations,
    /// such as an area under the ROC curve over scores that were sorted once.
    ///
    /// # Shapes
    /// - `statistic(split, copies)`: `copies` holds one multiplicity for each of the `pictures`
    ///
    /// # Errors
    /// As [`Bootstrap::interval`].
    pub fn crossed(
        &self,
        what: &'static str,
        splits: usize,
        pictures: usize,
        statistic: impl Fn(usize, &[usize]) -> Option<f64>,
    ) -> Result<Interval, StatsError> {
        if self.resamples == 0 {
            return Err(StatsError::Empty { what: "bootstrap resamples" });
        }
        if pictures == 0 {
            return Err(StatsError::Empty { what: "observations to resample" });
        }
        let undefined = StatsError::Undefined { what, tries: TRIES };
        let resampler = Resampler { splits, pictures, statistic };
        let estimate = resampler.original().ok_or(undefined.clone())?;
        let resampled: Option<Vec<f64>> =
            (0..self.resamples as u64).map(|draw| resampler.resample(&mut generator(self.seed, draw))).collect();
        let resampled = resampled.ok_or(undefined)?;
        check_values(what, &[estimate], "finite", f64::is_finite)?;
        check_values(what, &resampled, "finite", f64::is_finite)?;
        let [low, high] = quantiles(&resampled, [0.025, 0.975])?;
        Ok(Interval { estimate, low, high })
    }
}

struct Resampler<S> {
    splits: usize,
    pictures: usize,
    statistic: S,
}

impl<S: Fn(usize, &[usize]) -> Option<f64>> Resampler<S> {
    fn original(&self) -> Option<f64> {
        self.average(0..self.splits, &vec![1; self.pictures])
    }

    /// The statistic of one resample; `None` when it does not exist in [`TRIES`] of them.
    fn resample(&self, random: &mut ChaCha8Rng) -> Option<f64> {
        (0..TRIES).find_map(|_| {
            let mut copies = vec![0; self.pictures];
            (0..self.pictures).for_each(|_| copies[random.random_range(0..self.pictures)] += 1);
            let drawn: Vec<usize> = (0..self.splits).map(|_| random.random_range(0..self.splits)).collect();
            self.average(drawn, &copies)
        })
    }

    /// Mean of the statistic over these splits, each picture taken as often as `copies` says.
    fn average(&self, splits: impl IntoIterator<Item = usize>, copies: &[usize]) -> Option<f64> {
        let values: Vec<f64> = splits.into_iter().filter_map(|split| (self.statistic)(split, copies)).collect();
        mean(&values)
    }
}

/// The splits with pictures renumbered from 0 without gaps, and the number of pictures.
fn with_dense_pictures<T: Copy>(splits: &[Vec<Observation<T>>]) -> (Vec<Vec<Observation<T>>>, usize) {
    let mut pictures: Vec<usize> = splits.iter().flatten().map(|observation| observation.picture).collect();
    pictures.sort_unstable();
    pictures.dedup();
    let renumbered = |observation: &Observation<T>| Observation {
        picture: pictures.partition_point(|&picture| picture < observation.picture),
        value: observation.value,
    };
    (splits.iter().map(|split| split.iter().map(renumbered).collect()).collect(), pictures.len())
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;

    const BOOTSTRAP: Bootstrap = Bootstrap { resamples: 2000, seed: 11 };

    fn split(values: &[(usize, f64)]) -> Vec<Observation<f64>> {
        values.iter().map(|&(picture, value)| Observation { picture, value }).collect()
    }

    #[test]
    fn degenerate_inputs() {
        let message = |result: Result<Interval, StatsError>| result.expect_err("degenerate").to_string();
        assert_eq!(message(BOOTSTRAP.mean(&[])), "observations to resample: at least one is needed, found none");
        assert!(message(BOOTSTRAP.mean(&[1.0, f64::NAN])).contains("mean of paired differences, number 0, is NaN"));
        let never = Bootstrap { resamples: 0, seed: 1 }.mean(&[1.0]);
        assert_eq!(never, Err(StatsError::Empty { what: "bootstrap resamples" }));
        let undefined = BOOTSTRAP.interval("ratio", &[1.0], |_: &[f64]| None);
        assert_eq!(undefined, Err(StatsError::Undefined { what: "ratio", tries: TRIES }));
        assert_eq!(BOOTSTRAP.mean(&[2.5]), Ok(Interval { estimate: 2.5, low: 2.5, high: 2.5 }), "one picture");
    }

    #[test]
    fn three_values_give_the_quantiles_of_all_27_resamples() {
        // The mean is 0 in 1 and 2 in 1 of 27 resamples (3.7 %), so the 2.5 % quantiles are the extremes.
        let interval = BOOTSTRAP.mean(&[0.0, 1.0, 2.0]).expect("finite");
        assert_eq!(interval, Interval { estimate: 1.0, low: 0.0, high: 2.0 });
    }

    #[test]
    fn splits_of_the_same_pictures_do_not_narrow_the_interval() {
        let values: Vec<(usize, f64)> = (0..200).map(|picture| (picture * 7, (picture as f64).sin())).collect();
        let one = BOOTSTRAP.two_level_mean(&[split(&values)]).expect("finite");
        let twenty = BOOTSTRAP.two_level_mean(&vec![split(&values); 20]).expect("finite");
        assert_abs_diff_eq!(twenty.estimate, one.estimate, epsilon = 1e-12);
        // Twenty copies of one split say no more than one: same width, up to the noise of 2,000 resamples.
        let ratio = (twenty.high - twenty.low) / (one.high - one.low);
        assert!((0.9..1.1).contains(&ratio), "{ratio}");
        let normal = 2.0 * 1.96 * (0.5_f64 / 200.0).sqrt();
        assert!(((one.high - one.low) / normal - 1.0).abs() < 0.1, "as wide as theory says, variance of sin ½");
    }

    #[test]
    fn differences_between_splits_widen_the_interval() {
        let splits: Vec<_> = (0..10_u32).map(|s| split(&[(0, f64::from(s)), (1, f64::from(s))])).collect();
        let interval = BOOTSTRAP.two_level_mean(&splits).expect("finite");
        // Mean of ten draws from 0..=9: standard error sqrt(8.25 / 10).
        assert_abs_diff_eq!(interval.high - interval.low, 2.0 * 1.96 * 0.825_f64.sqrt(), epsilon = 0.35);
    }

    /// Pictures differ, splits differ, and each reading has noise of its own; a picture is tested in some of the splits.
    #[test]
    fn crossed_intervals_cover_the_truth() {
        const TRUTH: f64 = 0.3;
        let covered = (0..300_u64).filter(|&trial| {
            let mut random = generator(77, trial);
            // A sum of uniforms is near enough to a normal deviate here.
            let mut deviate = || (0..6).map(|_| random.random::<f64>() - 0.5).sum::<f64>() * 2_f64.sqrt();
            let pictures: Vec<f64> = (0..60).map(|_| deviate()).collect();
            let splits: Vec<Vec<Observation<f64>>> = (0..8)
                .map(|split| {
                    let of_split = 0.3 * deviate();
                    let tested = (0..60).filter(|picture| (picture * 7 + split * 13) % 4 == 0);
                    let value = |picture: usize, noise: f64| TRUTH + pictures[picture] + of_split + noise;
                    tested.map(|picture| Observation { picture, value: value(picture, deviate()) }).collect()
                })
                .collect();
            let interval = Bootstrap { resamples: 300, seed: trial }.two_level_mean(&splits).expect("finite");
            interval.low <= TRUTH && TRUTH <= interval.high
        });
        let covered = covered.count();
        // Of 300 intervals 285 should cover; the standard deviation is 3.8, and four of them are allowed. The crossed
        // bootstrap is known to be wide (Owen 2007), so there is no upper bound.
        assert!(covered >= 270, "{covered} of 300");
    }

    #[test]
    fn splits_without_the_statistic_are_left_out() {
        let splits = vec![split(&[(0, 4.0), (1, 4.0)]), split(&[(0, -1.0)]), vec![]];
        let positive = |values: &[f64]| values.iter().all(|&value| value > 0.0).then_some(values[0]);
        let interval = BOOTSTRAP.two_level_interval("first", &splits, positive).expect("one split has it");
        assert_eq!(interval, Interval { estimate: 4.0, low: 4.0, high: 4.0 });
    }

    proptest! {
        #![proptest_config(cases(64))]

        #[test]
        fn intervals_move_with_the_data(differences in proptest::collection::vec(-9..10_i32, 1..30), shift in -9..10_i32) {
            let bootstrap = Bootstrap { resamples: 200, seed: 5 };
            let values: Vec<f64> = differences.iter().copied().map(f64::from).collect();
            let moved: Vec<f64> = values.iter().map(|value| value + f64::from(shift)).collect();
            let (before, after) = (bootstrap.mean(&values).expect("finite"), bootstrap.mean(&moved).expect("finite"));
            prop_assert!((after.low - before.low - f64::from(shift)).abs() < 1e-12);
            prop_assert!((after.high - before.high - f64::from(shift)).abs() < 1e-12);
            prop_assert!(before.low <= before.high);
            prop_assert_eq!(bootstrap.mean(&values), Ok(before), "same seed, same interval");
        }
    }
}
