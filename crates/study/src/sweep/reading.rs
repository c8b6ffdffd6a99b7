//! What a head says of the pictures of its split: truth, margin with the network intact, margin now, and the measures of
//! recognition that follow from them.

use stats::StatsError;
use stats::bootstrap::{Bootstrap, Interval};
use stats::confusion::{Confusion, change_pct};
use stats::roc::{SortedScores, auc};

use crate::measure::Measure;

/// One picture as one head reads it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// The picture's row in its set.
    pub picture: usize,
    /// Whether it shows the emotion.
    pub truth: bool,
    /// The head's margin with the network intact; above 0 it says yes.
    pub intact: f64,
    /// The head's margin now.
    pub now: f64,
}

/// One head on the pictures of one part of one split.
#[derive(Clone, Debug)]
pub(super) struct Reading(pub Vec<Seen>);

impl Reading {
    /// Answers now.
    pub fn counts(&self) -> Confusion {
        self.0.iter().map(|seen| (seen.truth, seen.now > 0.0)).collect()
    }

    /// Answers with the network intact.
    pub fn base_counts(&self) -> Confusion {
        self.0.iter().map(|seen| (seen.truth, seen.intact > 0.0)).collect()
    }

    /// AUC now.
    pub fn auc(&self) -> Result<Option<f64>, StatsError> {
        self.auc_of(|seen| seen.now)
    }

    /// AUC with the network intact.
    pub fn base_auc(&self) -> Result<Option<f64>, StatsError> {
        self.auc_of(|seen| seen.intact)
    }

    fn auc_of(&self, margin: impl Fn(&Seen) -> f64) -> Result<Option<f64>, StatsError> {
        let scores: Vec<f64> = self.0.iter().map(margin).collect();
        let truth: Vec<bool> = self.0.iter().map(|seen| seen.truth).collect();
        auc(&scores, &truth)
    }

    /// A measure now; nothing where it does not exist.
    pub fn value(&self, measure: Measure) -> Result<Option<f64>, StatsError> {
        Ok(match measure {
            Measure::F1 => Some(self.counts().f1()),
            Measure::Auc => self.auc()?,
            Measure::Yes => self.counts().yes_share(),
        })
    }

    /// The change of a measure against the intact network; nothing where it does not exist.
    pub fn change(&self, measure: Measure) -> Result<Option<f64>, StatsError> {
        Ok(match measure {
            Measure::F1 => change_pct(self.counts().f1(), self.base_counts().f1()),
            Measure::Auc => self.auc()?.zip(self.base_auc()?).map(|(now, base)| now - base),
            Measure::Yes => self.counts().yes_share().zip(self.base_counts().yes_share()).map(|(now, base)| now - base),
        })
    }
}

/// Mean over splits of a change; nothing where no split has one.
pub(super) fn mean_change(readings: &[Reading], measure: Measure) -> Result<Option<f64>, StatsError> {
    let changes: Vec<Option<f64>> =
        readings.iter().map(|reading| reading.change(measure)).collect::<Result<_, StatsError>>()?;
    let changes: Vec<f64> = changes.into_iter().flatten().collect();
    Ok((!changes.is_empty()).then(|| changes.iter().sum::<f64>() / changes.len() as f64))
}

/// The 95 % intervals of the mean changes of F1 (%) and of AUC over test pictures and splits, one reading per split;
/// nothing where the intact network never finds the emotion, or too seldom to be resampled.
pub(super) fn intervals(readings: &[Reading], bootstrap: Bootstrap) -> Result<[Option<Interval>; 2], StatsError> {
    let (splits, pictures) = renumbered(readings);
    let f1 = |split: usize, copies: &[usize]| {
        let counted = |answer: fn(&Seen) -> f64| -> Confusion {
            let answers = splits[split].iter();
            let copied =
                answers.flat_map(|seen| std::iter::repeat_n((seen.truth, answer(seen) > 0.0), copies[seen.picture]));
            copied.collect()
        };
        change_pct(counted(|seen| seen.now).f1(), counted(|seen| seen.intact).f1())
    };
    let sorted = |margin: fn(&Seen) -> f64| -> Result<Vec<SortedScores>, StatsError> {
        let scores = |split: &Vec<Seen>| {
            SortedScores::new(split.iter().map(|seen| (margin(seen), seen.picture, seen.truth)).collect::<Vec<_>>())
        };
        splits.iter().map(scores).collect()
    };
    let (now, intact) = (sorted(|seen| seen.now)?, sorted(|seen| seen.intact)?);
    let auc = |split: usize, copies: &[usize]| Some(now[split].auc(copies)? - intact[split].auc(copies)?);
    Ok([
        where_defined(bootstrap.crossed("change in F1", splits.len(), pictures, f1))?,
        where_defined(bootstrap.crossed("change in AUC", splits.len(), pictures, auc))?,
    ])
}

fn where_defined(interval: Result<Interval, StatsError>) -> Result<Option<Interval>, StatsError> {
    match interval {
        Ok(interval) => Ok(Some(interval)),
        Err(StatsError::Undefined { .. } | StatsError::Empty { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The readings with pictures renumbered from 0 without gaps, so that only pictures that some split tests are resampled,
/// and how many there are.
fn renumbered(readings: &[Reading]) -> (Vec<Vec<Seen>>, usize) {
    let mut pictures: Vec<usize> = readings.iter().flat_map(|reading| &reading.0).map(|seen| seen.picture).collect();
    pictures.sort_unstable();
    pictures.dedup();
    let place = |seen: &Seen| Seen { picture: pictures.partition_point(|&other| other < seen.picture), ..*seen };
    (readings.iter().map(|reading| reading.0.iter().map(place).collect()).collect(), pictures.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(pictures: &[(bool, f64, f64)]) -> Reading {
        let seen = |(picture, &(truth, intact, now)): (usize, &(bool, f64, f64))| Seen {
            picture: 3 * picture,
            truth,
            intact,
            now,
        };
        Reading(pictures.iter().enumerate().map(seen).collect())
    }

    #[test]
    fn a_shift_of_the_criterion_moves_f1_and_the_share_of_yes_but_not_auc() {
        let shifted = reading(&[(true, 1.0, -1.0), (true, 0.5, -1.5), (false, -0.5, -2.5), (false, 0.2, -1.8)]);
        let change = |measure| shifted.change(measure).expect("finite").expect("exists");
        assert_eq!((change(Measure::F1), change(Measure::Auc), change(Measure::Yes)), (-100.0, 0.0, -0.75));
    }

    #[test]
    fn intervals_hold_the_estimate_and_are_absent_where_the_intact_head_finds_nothing() {
        let some =
            reading(&[(true, 1.0, -1.0), (true, 0.5, 0.4), (true, 2.0, 1.0), (false, -0.5, 0.1), (false, 0.2, -1.0)]);
        let bootstrap = Bootstrap { resamples: 200, seed: 1 };
        let [f1, auc] = intervals(&[some.clone(), some.clone()], bootstrap).expect("finite");
        for (interval, measure) in [(f1, Measure::F1), (auc, Measure::Auc)] {
            let interval = interval.expect("exists");
            let estimate = mean_change(&[some.clone(), some.clone()], measure).expect("finite").expect("exists");
            assert!(
                (interval.estimate - estimate).abs() < 1e-12 && interval.low <= estimate && estimate <= interval.high
            );
        }
        let blind = reading(&[(true, -1.0, 1.0), (false, -1.0, 1.0)]);
        let [f1, auc] = intervals(&[blind], bootstrap).expect("finite");
        assert!(f1.is_none() && auc.is_some(), "no F1 to change, but an order of pictures");
        assert_eq!(intervals(&[Reading(vec![])], bootstrap), Ok([None, None]), "nothing to read");
    }
}
