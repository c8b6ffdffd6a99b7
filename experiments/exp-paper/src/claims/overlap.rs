//! Claims about channels that keep their emotion in another set.

use anyhow::Result;
use exp_generalization::analysis::{EXCESS, TREND, minus_untrained};
use study::Experiment;
use study::shuffled::UNTRAINED;

use super::lookup::{Direction, dissociation, find};
use super::{Evidence, Found, Measurement, TRAINED};

const DIFFERENCE: &str = "Jaccard index minus chance, mean over layers";

pub(super) fn above_chance(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    Ok(of_emotions(evidence, DIFFERENCE, "no overlap in any layer", |sets, emotion| {
        let row = find(evidence.generalization, EXCESS, [TRAINED, sets, emotion])?;
        let found = Found::of(row, Direction::Up);
        Some((Found { fits: found.fits && found.estimate > 0.0, ..found }, shuffled(row)))
    }))
}

pub(super) fn deeper(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    let reason = "no overlap in at least three layers";
    Ok(of_emotions(evidence, "ρ of the Jaccard index with depth", reason, |sets, emotion| {
        let row = find(evidence.generalization, TREND, [TRAINED, sets, emotion])?;
        let found = Found::of(row, Direction::Up);
        Some((Found { fits: found.fits && found.estimate > 0.0, ..found }, shuffled(row)))
    }))
}

pub(super) fn untrained(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    let reason = "no untrained network in this run: set network.random_networks";
    Ok(of_emotions(evidence, DIFFERENCE, reason, |sets, emotion| {
        let difference = find(evidence.generalization, &minus_untrained(EXCESS), [TRAINED, sets, emotion])?;
        let untrained = find(evidence.generalization, EXCESS, [UNTRAINED, sets, emotion])?;
        dissociation(difference, &[untrained], Direction::Up)
    }))
}

fn shuffled(row: &study::rows::TestRow) -> String {
    format!("{:+.3} with shuffled labels, {} shuffles", row.control_mean.unwrap_or(0.0), row.n)
}

fn of_emotions(
    evidence: &Evidence<'_>,
    quantity: &str,
    reason: &str,
    found: impl Fn(&str, &str) -> Option<(Found, String)>,
) -> Vec<Measurement> {
    // Rows of an overlap name both sets.
    let sets: Vec<&str> = evidence.sets.iter().map(|set| set.name.as_str()).collect();
    let sets = sets.join(" × ");
    let of_emotion = |emotion: &str| {
        let (found, remark) = match found(&sets, emotion) {
            Some((found, remark)) => (Some(found), remark),
            None => (None, reason.into()),
        };
        Measurement { place: emotion.into(), quantity: quantity.into(), published: None, found, remark }
    };
    Experiment::emotions().into_iter().map(of_emotion).collect()
}
