//! From rows of `tests.csv` to measurements: a claim names a comparison, and its places are looked up.

use anyhow::Result;
use stats::spearman::spearman;
use study::comparison::{ALPHA, mean};
use study::config::SelectionPictures;
use study::recognition::{RECOGNITION, recognises};
use study::rows::TestRow;

use super::{Evidence, Found, Measurement, TRAINED, named};

/// In which direction a claim points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Up,
    Down,
}

/// The row of a comparison at a set and emotion in a network; an empty emotion stands for rows about no emotion.
pub(super) fn find<'a>(
    tests: &'a [TestRow],
    comparison: &str,
    [network, set, emotion]: [&str; 3],
) -> Option<&'a TestRow> {
    let own =
        |row: &&TestRow| row.network == network && row.set == set && row.emotion == emotion && row.task == emotion;
    tests.iter().filter(own).find(|row| row.comparison == comparison)
}

impl Found {
    /// What a row says; it fits where the estimate lies on the claim's side of the control.
    pub(super) fn of(row: &TestRow, direction: Direction) -> Self {
        let control = row.control_mean.unwrap_or(0.0);
        let fits = match direction {
            Direction::Up => row.estimate > control,
            Direction::Down => row.estimate < control,
        };
        Self {
            estimate: row.estimate,
            interval: row.ci_low.zip(row.ci_high),
            null: row.control_low.zip(row.control_high),
            p: row.p,
            draws: None,
            fits,
        }
    }

    /// The same of a row whose p is the rank of the estimate among control groups.
    pub(super) fn among_draws(row: &TestRow, direction: Direction) -> Self {
        Self { draws: Some(row.n), ..Self::of(row, direction) }
    }

    /// Why no verdict could ever be reached with these control groups: p, and so q, cannot fall below 1/(draws + 1).
    fn too_few_draws(&self) -> Option<String> {
        let draws = self.draws?;
        let least = 1.0 / (draws as f64 + 1.0);
        (least >= ALPHA).then(|| format!("too few draws: with {draws} of them p cannot fall below {least:.3}"))
    }
}

/// What Spearman's own p would be, which takes layers for independent: a description, beside the test that does not.
pub(super) fn as_if_independent(
    evidence: &Evidence<'_>,
    tests: &[TestRow],
    comparison: &str,
    [network, set, emotion]: [&str; 3],
) -> Result<String> {
    let of_layer = |(depth, layer): (usize, &String)| {
        let own =
            |row: &&TestRow| row.network == network && row.set == set && row.emotion == emotion && row.layer == *layer;
        let row = tests.iter().filter(own).find(|row| row.comparison == comparison)?;
        Some((depth as f64, row.estimate))
    };
    let (depth, values): (Vec<f64>, Vec<f64>) = evidence.layers.iter().enumerate().filter_map(of_layer).unzip();
    let found = spearman(&depth, &values, evidence.bootstrap.seed)?;
    Ok(found.map(|found| format!("p = {:.2e} if layers were independent", found.p)).unwrap_or_default())
}

/// Whether the head of an emotion recognises it with the network intact; if not, why nothing can be tested there.
pub(super) fn recognised(tests: &[TestRow], set: &str, emotion: &str) -> Result<(), String> {
    match find(tests, RECOGNITION, [TRAINED, set, emotion]) {
        None => Err("no head was tested here".into()),
        Some(row) if recognises(row) => Ok(()),
        Some(row) => Err(format!(
            "heads do not recognise this emotion with the network intact (AUC {:.2}, q = {:.2})",
            row.estimate,
            row.q.unwrap_or(1.0)
        )),
    }
}

/// A measurement at every set and emotion whose intact head recognises it, and where there are control groups enough.
pub(super) fn of_heads(
    evidence: &Evidence<'_>,
    tests: &[TestRow],
    quantity: &str,
    reason: &str,
    found: impl Fn(&str, &str) -> Option<(Found, String)>,
) -> Vec<Measurement> {
    let of_place = |(set, emotion): (&str, &str)| {
        let (place, quantity) = (named(set, emotion), quantity.to_string());
        let outcome = recognised(tests, set, emotion)
            .and_then(|()| found(set, emotion).ok_or_else(|| reason.to_string()))
            .and_then(|(found, remark)| match found.too_few_draws() {
                Some(few) => Err(format!("{few}; {remark}")),
                None => Ok((found, remark)),
            });
        match outcome {
            Err(reason) => Measurement::impossible(place, &quantity, None, &reason),
            Ok((found, remark)) => {
                Measurement { place, quantity, published: None, found: Some(found), remark: warned(evidence, remark) }
            }
        }
    };
    evidence.places().map(of_place).collect()
}

/// What a reader must know beside the verdict.
fn warned(evidence: &Evidence<'_>, remark: String) -> String {
    match evidence.selection {
        SelectionPictures::Train => remark,
        SelectionPictures::All => {
            format!("{remark}; test pictures helped to choose the channels, which favours the claim")
        }
    }
}

/// A claim that an effect is missing where nothing was learned. That it is not seen proves little, so it is reached only
/// where the trained network has more of it, and the untrained ones do not show it by themselves.
pub(super) fn dissociation(
    difference: &TestRow,
    untrained: &[&TestRow],
    direction: Direction,
) -> Option<(Found, String)> {
    if untrained.is_empty() {
        return None;
    }
    let shown =
        untrained.iter().filter(|row| Found::of(row, direction).fits && row.p.is_some_and(|p| p < ALPHA)).count();
    let found = Found::among_draws(difference, direction);
    let estimate = mean(&untrained.iter().map(|row| row.estimate).collect::<Vec<_>>());
    let more = format!(
        "trained minus untrained {:+.3}; p < .05 in {shown} of {} untrained",
        difference.estimate,
        untrained.len()
    );
    Some((Found { estimate, interval: None, null: None, fits: found.fits && shown == 0, ..found }, more))
}
