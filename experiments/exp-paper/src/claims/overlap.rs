//! Claims about channels that keep their emotion in another set.

use anyhow::Result;
use stats::empirical::Alternative;
use study::Experiment;
use study::rows::OverlapRow;

use super::over_layers::{ByLayer, mean_of_networks, mean_over_layers, trend};
use super::{Evidence, Found, Measurement, TRAINED};

const DIFFERENCE: &str = "Jaccard index minus chance, mean over layers";

pub(super) fn above_chance(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    let reason = "no overlap in at least three layers";
    of_emotions(DIFFERENCE, reason, |emotion| {
        mean_over_layers(&above(evidence, TRAINED, emotion), Alternative::Greater, &evidence.bootstrap)
    })
}

pub(super) fn deeper(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    let reason = "no overlap in at least three layers, or the same in all of them";
    of_emotions("ρ of the Jaccard index with depth", reason, |emotion| {
        let jaccard = by_layer(evidence, TRAINED, emotion, |row| row.jaccard);
        trend(&jaccard, Alternative::Greater, &evidence.bootstrap)
    })
}

pub(super) fn untrained(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    let mut networks: Vec<&str> = evidence.overlap.iter().map(|row| row.network.as_str()).collect();
    networks.dedup();
    networks.retain(|network| *network != TRAINED);
    let reason = "no untrained network in this run: set network.random_networks";
    of_emotions(DIFFERENCE, reason, |emotion| {
        let all: Vec<ByLayer> = networks.iter().map(|network| above(evidence, network, emotion)).collect();
        mean_over_layers(&mean_of_networks(&all), Alternative::Greater, &evidence.bootstrap)
    })
}

fn of_emotions(
    quantity: &str,
    reason: &str,
    found: impl Fn(&str) -> Result<Option<Found>>,
) -> Result<Vec<Measurement>> {
    let of_emotion = |emotion: &str| {
        let found = found(emotion)?;
        let remark = if found.is_none() { reason.into() } else { String::new() };
        Ok(Measurement { place: emotion.into(), quantity: quantity.into(), published: None, found, remark })
    };
    Experiment::emotions().into_iter().map(of_emotion).collect()
}

fn above(evidence: &Evidence<'_>, network: &str, emotion: &str) -> ByLayer {
    by_layer(evidence, network, emotion, |row| Some(row.jaccard? - row.chance_jaccard?))
}

fn by_layer(
    evidence: &Evidence<'_>,
    network: &str,
    emotion: &str,
    value: impl Fn(&OverlapRow) -> Option<f64>,
) -> ByLayer {
    let of_layer = |layer: &String| {
        let is_it = |row: &&OverlapRow| row.network == network && row.emotion == emotion && row.layer == *layer;
        evidence.overlap.iter().find(is_it).and_then(&value)
    };
    evidence.layers.iter().map(of_layer).collect()
}
