//! Claims about silenced channels, each emotion read by its own head.

use anyhow::Result;
use exp_lesion::analysis::{comparison, comparison_over_layers};
use stats::empirical::Alternative;
use study::comparison::mean;
use study::rows::TestRow;

use super::over_layers::{ByLayer, mean_of_networks, mean_over_layers, minus, trend};
use super::{Evidence, Found, Measurement, TRAINED, of_places};

/// The control of the papers.
const RANDOM: &str = "random";
/// How far, in % of F1, "nearly nothing" may be from nothing.
const NEARLY_NOTHING: f64 = 5.0;
const CHANGE: &str = "change of F1 (%), mean over layers";
const NO_LESION: &str = "no lesion could be compared with random channels in at least three layers";

pub(super) fn hurts(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    let name = comparison_over_layers(RANDOM);
    of_places(evidence, CHANGE, NO_LESION, |set, emotion| {
        let selective = effects(evidence, TRAINED, set, emotion, |row| Some(row.estimate));
        let found = mean_over_layers(&selective, Alternative::Less, &evidence.bootstrap)?;
        let over_layers = own(evidence, TRAINED, set, emotion).find(|row| row.comparison == name);
        let (Some(found), Some(test)) = (found, over_layers) else { return Ok((None, String::new())) };
        let control = test.control_mean.unwrap_or(0.0);
        let fits = test.estimate < control;
        Ok((Some(Found { p: test.p, fits, ..found }), format!("random channels {control:+.1} %, {} draws", test.n)))
    })
}

pub(super) fn deeper(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    of_places(evidence, "ρ of the change of F1 with depth", NO_LESION, |set, emotion| {
        let selective = effects(evidence, TRAINED, set, emotion, |row| Some(row.estimate));
        let found = trend(&selective, Alternative::Less, &evidence.bootstrap)?;
        let third = evidence.layers.len().div_ceil(3);
        let part = |values: &[Option<f64>]| {
            let values: Vec<f64> = values.iter().flatten().copied().collect();
            if values.is_empty() { "nothing".into() } else { format!("{:+.1} %", mean(&values)) }
        };
        let (early, late) = (&selective[..third], &selective[selective.len() - third..]);
        Ok((found, format!("first third of the layers {}, last third {}", part(early), part(late))))
    })
}

pub(super) fn random(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    of_places(evidence, CHANGE, NO_LESION, |set, emotion| {
        let controls = effects(evidence, TRAINED, set, emotion, |row| row.control_mean);
        let found = mean_over_layers(&controls, Alternative::TwoSided, &evidence.bootstrap)?;
        let within = |(low, high): (f64, f64)| -NEARLY_NOTHING <= low && high <= NEARLY_NOTHING;
        let found = found.map(|found| Found { fits: found.interval.is_some_and(within), ..found });
        Ok((found, String::new()))
    })
}

pub(super) fn untrained(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    let networks = evidence.untrained(evidence.lesion);
    let reason = "no lesion of an untrained network could be compared with random channels in at least three layers: set \
                  network.random_networks; heads of untrained networks may find nothing even when they are intact";
    of_places(evidence, "change of F1 against random channels (%), mean over layers", reason, |set, emotion| {
        let difference = |network: &&str| {
            let selective = effects(evidence, network, set, emotion, |row| Some(row.estimate));
            minus(&selective, &effects(evidence, network, set, emotion, |row| row.control_mean))
        };
        let all: Vec<ByLayer> = networks.iter().map(difference).collect();
        Ok((mean_over_layers(&mean_of_networks(&all), Alternative::Less, &evidence.bootstrap)?, String::new()))
    })
}

/// The comparisons of a network's own heads.
fn own<'a>(
    evidence: &'a Evidence<'_>,
    network: &'a str,
    set: &'a str,
    emotion: &'a str,
) -> impl Iterator<Item = &'a TestRow> {
    let rows = evidence.lesion.iter().filter(move |row| row.network == network && row.set == set);
    rows.filter(move |row| row.emotion == emotion && row.task == emotion)
}

/// What the comparison with random channels says of every layer.
fn effects(
    evidence: &Evidence<'_>,
    network: &str,
    set: &str,
    emotion: &str,
    value: impl Fn(&TestRow) -> Option<f64>,
) -> ByLayer {
    let name = comparison(RANDOM);
    let of_layer = |layer: &String| {
        let is_it = |row: &&TestRow| row.comparison == name && row.layer == *layer;
        own(evidence, network, set, emotion).find(is_it).and_then(&value)
    };
    evidence.layers.iter().map(of_layer).collect()
}
