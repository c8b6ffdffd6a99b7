//! Claims about channels whose gain is raised, each emotion read by its own head.

use anyhow::Result;
use exp_attention::analysis::{Choice, against_untrained, decline, over_layers};
use study::config::Control;
use study::rows::TestRow;

use super::lookup::{Direction, dissociation, find, of_heads};
use super::{Evidence, Found, Measurement, TRAINED};

const CHANGE: &str = "change of AUC at the best gain, mean over layers";
const NO_GAIN: &str = "no best gain could be compared with these channels";

pub(super) fn helps(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    Ok(against(evidence, main_control(evidence.attention), NO_GAIN))
}

/// The papers' control, or the stricter one where that alone was swept.
fn main_control(tests: &[TestRow]) -> Control {
    let swept = |control: &Control| {
        let name = over_layers(Choice::PRIMARY, control.name());
        tests.iter().any(|test| test.comparison == name)
    };
    [Control::Random, Control::Permuted].into_iter().find(swept).unwrap_or(Control::Random)
}

pub(super) fn specific(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    Ok(against(evidence, Control::Permuted, "not in this run: add \"permuted\" to attention.controls"))
}

/// The gain must help, and help more than that of the control.
fn against(evidence: &Evidence<'_>, control: Control, reason: &str) -> Vec<Measurement> {
    let tests = evidence.attention;
    of_heads(evidence, tests, CHANGE, reason, |set, emotion| {
        let row = find(tests, &over_layers(Choice::PRIMARY, control.name()), [TRAINED, set, emotion])?;
        let found = Found::among_draws(row, Direction::Up);
        let (mean, kind) = (row.control_mean?, control.name());
        let mut remark = format!("{kind} channels {mean:+.3} at their best gains, {} draws", row.n);
        if let Some(f1) = find(tests, &over_layers(Choice::BY_F1, control.name()), [TRAINED, set, emotion]) {
            let p = f1.p.map(|p| format!(", p = {p:.3}")).unwrap_or_default();
            remark += &format!("; F1 {:+.1} % (control {:+.1} %{p})", f1.estimate, f1.control_mean.unwrap_or(0.0));
        }
        Some((Found { fits: found.fits && found.estimate > 0.0, ..found }, remark))
    })
}

pub(super) fn declines(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    let tests = evidence.attention;
    let quantity = "change of AUC at the largest gain minus that at the best, mean over layers";
    let control = main_control(tests).name();
    Ok(of_heads(evidence, tests, quantity, NO_GAIN, |set, emotion| {
        let row = find(tests, &decline(Choice::PRIMARY, control), [TRAINED, set, emotion])?;
        let found = Found::among_draws(row, Direction::Down);
        let remark = format!("{control} channels {:+.3}, {} draws", row.control_mean?, row.n);
        Some((Found { fits: found.fits && found.estimate < 0.0, ..found }, remark))
    }))
}

pub(super) fn untrained(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    let (tests, control) = (evidence.attention, main_control(evidence.attention).name());
    let reason =
        "no best gain of an untrained network could be compared with control groups: set network.random_networks";
    let networks = evidence.untrained(tests);
    Ok(of_heads(evidence, tests, CHANGE, reason, |set, emotion| {
        let difference = find(tests, &against_untrained(Choice::PRIMARY, control), [TRAINED, set, emotion])?;
        let name = over_layers(Choice::PRIMARY, control);
        let rows: Vec<&TestRow> =
            networks.iter().filter_map(|network| find(tests, &name, [network, set, emotion])).collect();
        dissociation(difference, &rows, Direction::Up)
    }))
}
