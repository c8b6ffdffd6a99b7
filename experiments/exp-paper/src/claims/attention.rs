//! Claims about channels whose gain is raised, each emotion read by its own head.

use std::collections::BTreeMap;

use anyhow::Result;
use exp_attention::analysis::{CHOICES, SELECTIVE};
use stats::empirical::{Alternative, Draws};
use study::comparison::mean;
use study::rows::{BestRow, SweepRow};

use super::over_layers::{ByLayer, mean_of_networks, mean_over_layers, minus};
use super::{Evidence, Found, Measurement, TRAINED, of_places};

/// The control of the papers.
const RANDOM: &str = "random";
const NO_GAIN: &str = "no best gain of selective channels in at least three layers";

pub(super) fn helps(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    of_places(evidence, "change of F1 at the best gain (%), mean over layers", NO_GAIN, |set, emotion| {
        let selective = selective(evidence, TRAINED, set, emotion);
        let found = mean_over_layers(&selective, Alternative::Greater, &evidence.bootstrap)?;
        let Some(found) = found else { return Ok((None, String::new())) };
        let null = over_layers(&draws(evidence, TRAINED, set, emotion), &selective);
        if null.is_empty() {
            return Ok((Some(Found { p: None, ..found }), "no random channels to compare with".into()));
        }
        let p = Some(Draws::new(found.estimate, &null)?.p(Alternative::Greater));
        let remark = format!("random channels {:+.1} % at their best gains, {} draws", mean(&null), null.len());
        Ok((Some(Found { p, ..found }), remark))
    })
}

pub(super) fn declines(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    let largest = evidence.gains.iter().map(|row| row.gain).fold(0.0, f64::max);
    let quantity = format!("change of F1 at slope {largest} minus that at the best gain (%), mean over layers");
    of_places(evidence, &quantity, NO_GAIN, |set, emotion| {
        let at_the_end = at_gain(evidence, set, emotion, largest);
        let difference = minus(&at_the_end, &selective(evidence, TRAINED, set, emotion));
        Ok((mean_over_layers(&difference, Alternative::Less, &evidence.bootstrap)?, String::new()))
    })
}

pub(super) fn untrained(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    let mut networks: Vec<&str> = evidence.best.iter().map(|row| row.network.as_str()).collect();
    networks.sort_unstable();
    networks.dedup();
    networks.retain(|network| *network != TRAINED);
    let quantity = "change of F1 at the best gain against random channels (%), mean over layers";
    let reason = "no best gain of an untrained network in at least three layers: set network.random_networks; heads of \
                  untrained networks may find nothing even when they are intact";
    of_places(evidence, quantity, reason, |set, emotion| {
        let difference = |network: &&str| {
            let control: ByLayer = draws(evidence, network, set, emotion)
                .into_iter()
                .map(|of_layer| {
                    let changes: Vec<f64> = of_layer.into_values().collect();
                    (!changes.is_empty()).then(|| mean(&changes))
                })
                .collect();
            minus(&selective(evidence, network, set, emotion), &control)
        };
        let all: Vec<ByLayer> = networks.iter().map(difference).collect();
        Ok((mean_over_layers(&mean_of_networks(&all), Alternative::Greater, &evidence.bootstrap)?, String::new()))
    })
}

/// The own head's rows of a layer at gains chosen on validation pictures.
fn best<'a>(
    evidence: &'a Evidence<'_>,
    network: &'a str,
    set: &'a str,
    emotion: &'a str,
) -> impl Iterator<Item = &'a BestRow> {
    let rows = evidence.best.iter().filter(move |row| row.network == network && row.chosen_on == CHOICES[0]);
    let rows = rows.filter(move |row| row.set_train == set && row.set_test == set);
    rows.filter(move |row| row.emotion == emotion && row.task == emotion)
}

fn selective(evidence: &Evidence<'_>, network: &str, set: &str, emotion: &str) -> ByLayer {
    let of_layer = |layer: &String| {
        let is_it = |row: &&BestRow| row.group == SELECTIVE && row.layer == *layer;
        best(evidence, network, set, emotion).find(is_it).and_then(|row| row.change_pct)
    };
    evidence.layers.iter().map(of_layer).collect()
}

/// Layer by layer, the change of every random group.
fn draws(evidence: &Evidence<'_>, network: &str, set: &str, emotion: &str) -> Vec<BTreeMap<usize, f64>> {
    let of_layer = |layer: &String| {
        let rows = best(evidence, network, set, emotion).filter(|row| row.group == RANDOM && row.layer == *layer);
        rows.filter_map(|row| Some((row.draw?, row.change_pct?))).collect()
    };
    evidence.layers.iter().map(of_layer).collect()
}

/// The mean of every draw over the layers where the selective group has a value; draws that lack one are left out.
fn over_layers(draws: &[BTreeMap<usize, f64>], selective: &ByLayer) -> Vec<f64> {
    let layers: Vec<&BTreeMap<usize, f64>> =
        draws.iter().zip(selective).filter(|(_, value)| value.is_some()).map(|(of_layer, _)| of_layer).collect();
    let Some(first) = layers.first() else { return vec![] };
    let of_draw = |draw: &usize| {
        let changes: Option<Vec<f64>> = layers.iter().map(|of_layer| of_layer.get(draw).copied()).collect();
        changes.map(|changes| mean(&changes))
    };
    first.keys().filter_map(of_draw).collect()
}

/// Mean over splits of the change at one gain, layer by layer.
fn at_gain(evidence: &Evidence<'_>, set: &str, emotion: &str, gain: f64) -> ByLayer {
    let of_layer = |layer: &String| {
        let is_it = |row: &&SweepRow| {
            row.network == TRAINED && row.group == SELECTIVE && row.layer == *layer && row.gain == gain
        };
        let rows = evidence.gains.iter().filter(is_it).filter(|row| row.set_train == set && row.set_test == set);
        let own = rows.filter(|row| row.emotion == emotion && row.task == emotion);
        let changes: Vec<f64> = own.filter_map(|row| row.change_pct).collect();
        (!changes.is_empty()).then(|| mean(&changes))
    };
    evidence.layers.iter().map(of_layer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_counts_only_where_it_has_every_layer() {
        let draws =
            [BTreeMap::from([(0, 1.0), (1, 2.0)]), BTreeMap::from([(0, 3.0), (1, 100.0)]), BTreeMap::from([(0, 5.0)])];
        assert_eq!(over_layers(&draws, &vec![Some(0.0), None, Some(0.0)]), [3.0]);
        assert_eq!(over_layers(&draws, &vec![Some(0.0), Some(0.0), None]), [2.0, 51.0]);
        assert!(over_layers(&draws, &vec![None; 3]).is_empty());
    }
}
