//! Claims about tuning quality.

use anyhow::Result;
use exp_selectivity::nulls::Measure;
use stats::empirical::Alternative;

use super::over_layers::{ByLayer, mean_of_networks, trend};
use super::{Evidence, Measurement, TRAINED};

const QUANTITY: &str = "ρ of mean tuning quality with depth";

pub(super) fn rises(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    of_sets(evidence, Alternative::Greater, "no tuning quality in at least three layers", |set| {
        by_layer(evidence, TRAINED, set)
    })
}

pub(super) fn flat_untrained(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    let reason = "no untrained network in this run: set network.random_networks";
    of_sets(evidence, Alternative::TwoSided, reason, |set| {
        let networks: Vec<ByLayer> =
            evidence.untrained(evidence.selectivity).iter().map(|network| by_layer(evidence, network, set)).collect();
        mean_of_networks(&networks)
    })
}

fn of_sets(
    evidence: &Evidence<'_>,
    alternative: Alternative,
    reason: &str,
    values: impl Fn(&str) -> ByLayer,
) -> Result<Vec<Measurement>> {
    let of_set = |set: &super::Set| {
        let found = trend(&values(&set.name), alternative, &evidence.bootstrap)?;
        let remark = if found.is_none() { reason.into() } else { String::new() };
        Ok(Measurement { place: set.name.clone(), quantity: QUANTITY.into(), published: None, found, remark })
    };
    evidence.sets.iter().map(of_set).collect()
}

/// Mean tuning quality of a network for a set, layer by layer.
fn by_layer(evidence: &Evidence<'_>, network: &str, set: &str) -> ByLayer {
    let name = Measure::Quality.against_labels();
    let of_layer = |layer: &String| {
        let rows = evidence.selectivity.iter().filter(|row| row.network == network && row.comparison == name);
        rows.into_iter().find(|row| row.set == set && row.layer == *layer).map(|row| row.estimate)
    };
    evidence.layers.iter().map(of_layer).collect()
}
