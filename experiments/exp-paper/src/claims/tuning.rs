//! Claims about tuning quality.

use anyhow::Result;
use exp_selectivity::analysis::{against_labels, minus_untrained, trend};
use exp_selectivity::nulls::Measure;
use study::shuffled::UNTRAINED;

use super::lookup::{Direction, as_if_independent, dissociation, find};
use super::{Evidence, Found, Measurement, TRAINED};

const QUANTITY: &str = "ρ of mean tuning quality with depth";

pub(super) fn rises(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    let reason = "no tuning quality in at least three layers";
    of_sets(evidence, reason, |set| {
        let Some(row) = find(evidence.selectivity, &trend(Measure::Quality), [TRAINED, set, ""]) else {
            return Ok(None);
        };
        let found = Found::of(row, Direction::Up);
        let place = [TRAINED, set, ""];
        let described = as_if_independent(evidence, evidence.selectivity, &against_labels(Measure::Quality), place)?;
        let remark = [format!("{} shuffles", row.n), described].join("; ");
        Ok(Some((Found { fits: found.fits && found.estimate > 0.0, ..found }, remark)))
    })
}

pub(super) fn flat_untrained(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    let reason = "no untrained network in this run: set network.random_networks";
    let name = trend(Measure::Quality);
    of_sets(evidence, reason, |set| {
        let difference = find(evidence.selectivity, &minus_untrained(&name), [TRAINED, set, ""]);
        let untrained = find(evidence.selectivity, &name, [UNTRAINED, set, ""]);
        Ok(difference.zip(untrained).and_then(|(row, untrained)| dissociation(row, &[untrained], Direction::Up)))
    })
}

fn of_sets(
    evidence: &Evidence<'_>,
    reason: &str,
    found: impl Fn(&str) -> Result<Option<(Found, String)>>,
) -> Result<Vec<Measurement>> {
    let of_set = |set: &super::Set| {
        let (found, remark) = match found(&set.name)? {
            Some((found, remark)) => (Some(found), remark),
            None => (None, reason.into()),
        };
        Ok(Measurement { place: set.name.clone(), quantity: QUANTITY.into(), published: None, found, remark })
    };
    evidence.sets.iter().map(of_set).collect()
}
