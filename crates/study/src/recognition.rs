//! Do the heads recognise the emotion at all, with the network intact? Where they do not, nothing that is done to the
//! network can say anything about recognition.
//!
//! In each split, the head's answers to its test pictures, which it never saw, are ranked: their AUC has an exact null
//! (Mann & Whitney). Splits share pictures, so their p-values are joined in the way that holds under any dependence.

use stats::StatsError;
use stats::mann_whitney::p_higher;
use stats::roc::auc;
use stats::splits_p::twice_the_median;

use crate::Experiment;
use crate::comparison::{ALPHA, Place, mean};
use crate::over_layers::ALL_LAYERS;
use crate::preparation::{EMOTIONS, Prepared, heads_column};
use crate::rows::TestRow;

/// What the row of a head is called in `tests.csv`.
pub const RECOGNITION: &str = "intact head against chance: AUC";
/// The AUC of a head that knows nothing.
const CHANCE: f64 = 0.5;

/// The intact heads of a network, and which of them recognise their emotion.
pub struct Heads<'a> {
    network: &'a str,
    all: Vec<&'a TestRow>,
}

impl<'a> Heads<'a> {
    /// The heads of a network, from the rows of `tests.csv`.
    pub fn of(tests: &'a [TestRow], network: &'a str) -> Self {
        let own = |test: &&TestRow| test.network == network && test.comparison == RECOGNITION;
        Self { network, all: tests.iter().filter(own).collect() }
    }

    /// Whether a row is about a set and an emotion that the intact head recognises.
    pub fn recognise(&self, row: &TestRow) -> bool {
        let same = |head: &&&TestRow| head.set == row.set && head.task == row.task;
        self.all.iter().find(same).is_some_and(|head| recognises(head))
    }

    /// How many heads recognise their emotion, and their mean AUC; where there is none, the sentence that
    /// takes the place of any percentage.
    ///
    /// # Errors
    /// That sentence.
    pub fn summary(&self) -> Result<String, String> {
        let area = |heads: &[&TestRow]| mean(&heads.iter().map(|head| head.estimate).collect::<Vec<_>>());
        let good: Vec<&TestRow> = self.all.iter().copied().filter(|head| recognises(head)).collect();
        match (good.is_empty(), self.all.is_empty()) {
            (false, _) => Ok(format!(
                "In the {} network {} of {} heads recognise their emotion when it is intact (mean AUC {:.2}).",
                self.network,
                good.len(),
                self.all.len(),
                area(&good)
            )),
            (true, true) => Err(format!("In the {} network no head could be tested.", self.network)),
            (true, false) => Err(format!(
                "In the {} network no head recognises its emotion better than chance even when the network is intact (mean AUC \
                 {:.2}, every q at least .05), so that nothing done to channels can say anything about recognition.",
                self.network,
                area(&self.all)
            )),
        }
    }
}

/// Whether a head recognises its emotion with the network intact.
pub fn recognises(head: &TestRow) -> bool {
    head.q.is_some_and(|q| q < ALPHA)
}

/// A row per network, set and emotion, not yet corrected; none where no split has pictures of both kinds.
///
/// # Errors
/// Margins that are not numbers.
pub fn tests(experiment: &Experiment, prepared: &[Prepared]) -> Result<Vec<TestRow>, StatsError> {
    let mut rows = Vec::new();
    for network in prepared {
        for set in 0..experiment.sets.sets.len() {
            for task in 0..EMOTIONS {
                rows.extend(of_head(experiment, network, set, task)?);
            }
        }
    }
    Ok(rows)
}

fn of_head(
    experiment: &Experiment,
    network: &Prepared,
    set: usize,
    task: usize,
) -> Result<Option<TestRow>, StatsError> {
    let (pictures, margins) = (&experiment.sets.sets[set], &network.intact[set][set]);
    let (mut areas, mut p) = (Vec::new(), Vec::new());
    for (split, parts) in experiment.sets.splits[set].iter().enumerate() {
        let column = heads_column(split, task);
        let scores: Vec<f64> = parts.test.iter().map(|&row| f64::from(margins[[row, column]])).collect();
        let truth: Vec<bool> = parts.test.iter().map(|&row| pictures.emotions[row].index() == task).collect();
        areas.extend(auc(&scores, &truth)?);
        p.extend(p_higher(&scores, &truth)?);
    }
    let Some(joined) = twice_the_median(&p)? else { return Ok(None) };
    let emotion = Experiment::emotions()[task];
    let place = Place {
        network: network.name.clone(),
        set: pictures.name.clone(),
        emotion: emotion.into(),
        task: emotion.into(),
    };
    Ok(Some(TestRow {
        estimate: mean(&areas),
        control_mean: Some(CHANCE),
        p: Some(joined),
        n: p.len(),
        ..place.row(ALL_LAYERS, RECOGNITION.into())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(set: &str, task: &str, area: f64, q: f64) -> TestRow {
        TestRow {
            network: "trained".into(),
            comparison: RECOGNITION.into(),
            set: set.into(),
            task: task.into(),
            estimate: area,
            q: Some(q),
            ..TestRow::default()
        }
    }

    #[test]
    fn what_heads_do_not_recognise_has_no_summary() {
        let tests =
            [head("a", "pleasant", 0.9, 0.01), head("a", "neutral", 0.7, 0.04), head("b", "pleasant", 0.5, 0.6)];
        let heads = Heads::of(&tests, "trained");
        let seen = "In the trained network 2 of 3 heads recognise their emotion when it is intact (mean AUC 0.80).";
        assert_eq!(heads.summary(), Ok(seen.into()));
        assert_eq!(tests.each_ref().map(|row| heads.recognise(row)), [true, true, false]);
        assert!(!heads.recognise(&head("b", "neutral", 0.9, 0.01)), "no such head");
        let blind = Heads::of(&tests[2..], "trained").summary().expect_err("chance");
        assert!(blind.contains("AUC 0.50") && !blind.contains('%'), "{blind}");
        assert!(Heads::of(&tests, "random-1").summary().is_err());
    }
}
