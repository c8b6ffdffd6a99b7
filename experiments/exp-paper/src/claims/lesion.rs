//! Claims about silenced channels, each emotion read by its own head.

use anyhow::Result;
use exp_lesion::analysis::{against_untrained, comparison, over_layers, trend};
use study::comparison::mean;
use study::config::Control;
use study::measure::Measure;
use study::rows::TestRow;

use super::lookup::{Direction, dissociation, find, of_heads};
use super::{Evidence, Found, Measurement, TRAINED};

/// How far, in % of F1, "nearly nothing" may be from nothing.
const NEARLY_NOTHING: f64 = 5.0;
const CHANGE: &str = "change of AUC, mean over layers";
const NO_LESION: &str = "no lesion could be compared with these channels";

pub(super) fn hurts(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    Ok(against(evidence, Control::Random, NO_LESION))
}

pub(super) fn specific(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    Ok(against(evidence, Control::Permuted, "not in this run: add \"permuted\" to sweep.controls"))
}

fn against(evidence: &Evidence<'_>, control: Control, reason: &str) -> Vec<Measurement> {
    of_heads(evidence, evidence.lesion, CHANGE, reason, |set, emotion| {
        let of_measure =
            |measure| find(evidence.lesion, &over_layers(measure, control.name()), [TRAINED, set, emotion]);
        let row = of_measure(Measure::Auc)?;
        Some((Found::among_draws(row, Direction::Down), beside(row, of_measure(Measure::F1), of_measure(Measure::Yes))))
    })
}

/// What the papers' measure says, and how far the share of yes answers moved it.
fn beside(row: &TestRow, f1: Option<&TestRow>, yes: Option<&TestRow>) -> String {
    let control = |row: &TestRow| row.control_mean.unwrap_or(0.0);
    let mut remark = format!("control {:+.3}, {} draws", control(row), row.n);
    if let Some(f1) = f1 {
        let p = f1.p.map(|p| format!(", p = {p:.3}")).unwrap_or_default();
        remark += &format!("; F1 {:+.1} % (control {:+.1} %{p})", f1.estimate, control(f1));
    }
    if let Some(yes) = yes {
        remark += &format!("; yes answers {:+.2} (control {:+.2})", yes.estimate, control(yes));
    }
    remark
}

pub(super) fn deeper(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    let reason = "no lesion could be compared with random channels in at least three layers";
    let name = trend(Measure::Auc, Control::Random.name());
    Ok(of_heads(evidence, evidence.lesion, "ρ of the change of AUC with depth", reason, |set, emotion| {
        let row = find(evidence.lesion, &name, [TRAINED, set, emotion])?;
        let found = Found::among_draws(row, Direction::Down);
        let remark = thirds(evidence, set, emotion);
        Some((Found { fits: found.fits && found.estimate < 0.0, ..found }, remark))
    }))
}

/// The mean change in the first and in the last third of the layers.
fn thirds(evidence: &Evidence<'_>, set: &str, emotion: &str) -> String {
    let name = comparison(Measure::Auc, Control::Random.name());
    let part = |layers: &[String]| {
        let own = |row: &&TestRow| {
            row.network == TRAINED
                && row.set == set
                && row.emotion == emotion
                && row.task == emotion
                && row.comparison == name
        };
        let rows = evidence.lesion.iter().filter(own).filter(|row| layers.contains(&row.layer));
        let values: Vec<f64> = rows.map(|row| row.estimate).collect();
        if values.is_empty() { "nothing".into() } else { format!("{:+.3}", mean(&values)) }
    };
    let third = evidence.layers.len().div_ceil(3);
    let (early, late) = (&evidence.layers[..third], &evidence.layers[evidence.layers.len() - third..]);
    format!("first third of the layers {}, last third {}", part(early), part(late))
}

pub(super) fn random(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    let name = over_layers(Measure::F1, Control::Random.name());
    let quantity = "change of F1 under random lesions (%), mean over layers";
    Ok(of_heads(evidence, evidence.lesion, quantity, NO_LESION, |set, emotion| {
        let row = find(evidence.lesion, &name, [TRAINED, set, emotion])?;
        let draws = row.control_low.zip(row.control_high)?;
        let fits = -NEARLY_NOTHING <= draws.0 && draws.1 <= NEARLY_NOTHING;
        let found =
            Found { estimate: row.control_mean?, interval: None, null: Some(draws), p: None, draws: None, fits };
        Some((found, format!("{} draws", row.n)))
    }))
}

pub(super) fn untrained(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    let reason =
        "no lesion of an untrained network could be compared with random channels: set network.random_networks";
    let control = Control::Random.name();
    let networks = evidence.untrained(evidence.lesion);
    Ok(of_heads(evidence, evidence.lesion, CHANGE, reason, |set, emotion| {
        let difference = find(evidence.lesion, &against_untrained(Measure::Auc, control), [TRAINED, set, emotion])?;
        let name = over_layers(Measure::Auc, control);
        let rows: Vec<&TestRow> =
            networks.iter().filter_map(|network| find(evidence.lesion, &name, [network, set, emotion])).collect();
        dissociation(difference, &rows, Direction::Down)
    }))
}
