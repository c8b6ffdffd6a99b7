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
use crate::comparison::{Place, mean};
use crate::over_layers::ALL_LAYERS;
use crate::preparation::{EMOTIONS, Prepared, heads_column};
use crate::rows::TestRow;

/// What the row of a head is called in `tests.csv`.
pub const RECOGNITION: &str = "intact head against chance: AUC";
/// The AUC of a head that knows nothing.
const CHANCE: f64 = 0.5;

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
