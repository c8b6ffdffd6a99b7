//! Whether channels that prefer a class change its probability more than random channels do.
//!
//! Lesions and gains below 1 are expected to lower the probability, gains above 1 to raise it: the test is one-sided, with
//! `p = (1 + #{random groups with as extreme a change}) / (R + 1)`. A family of tests is all sites and classes at one gain.

use anyhow::Result;
use stats::benjamini_hochberg::q_values;
use stats::empirical::{Alternative, Draws};

use super::{Scaled, written};
use crate::opened::Opened;
use crate::rows::InterventionTestRow;

/// A row per site, class and gain, in this order.
///
/// # Errors
/// Changes that are not finite.
pub fn rows(opened: &Opened, scaled: &[Scaled], frames: usize) -> Result<Vec<InterventionTestRow>> {
    let gains = &opened.config.interventions.gains;
    let mut rows = Vec::new();
    for scaled in scaled {
        for (at, &gain) in gains.iter().enumerate() {
            rows.push(row(opened, scaled, at, gain, frames)?);
        }
    }
    for first in 0..gains.len() {
        correct(rows.iter_mut().skip(first).step_by(gains.len()).collect())?;
    }
    Ok(rows)
}

fn row(opened: &Opened, scaled: &Scaled, at: usize, gain: f32, frames: usize) -> Result<InterventionTestRow> {
    let class = scaled.target.class;
    let (own, draws) = (&scaled.effects[0][at], &scaled.effects[1..]);
    let change = own.probabilities[class];
    let null: Vec<f64> = draws.iter().map(|draw| draw[at].probabilities[class]).collect();
    let (alternative, name) = expected(gain);
    let tested = Draws::new(change, &null)?;
    let affect = |which: usize| own.affect.map(|affect| affect[which]);
    let controls =
        |which: usize| mean(&draws.iter().filter_map(|draw| Some(draw[at].affect?[which])).collect::<Vec<f64>>());
    Ok(InterventionTestRow {
        site: opened.checkpoint.architecture.sites()[scaled.site].name.clone(),
        class: opened.classes()[class].clone(),
        gain: written(gain),
        channels: scaled.target.channels.len(),
        frames,
        probability_change: change,
        draws: null.len(),
        control_mean: mean(&null),
        alternative: name.into(),
        p: (!null.is_empty()).then(|| tested.p(alternative)),
        q: None,
        accuracy_change: own.recall,
        control_accuracy: mean(&draws.iter().filter_map(|draw| draw[at].recall).collect::<Vec<f64>>()),
        valence_change: affect(0),
        control_valence: controls(0),
        arousal_change: affect(1),
        control_arousal: controls(1),
    })
}

/// Benjamini and Hochberg's q within one family.
fn correct(family: Vec<&mut InterventionTestRow>) -> Result<()> {
    let p: Vec<f64> = family.iter().filter_map(|row| row.p).collect();
    let tested = family.into_iter().filter(|row| row.p.is_some());
    tested.zip(q_values(&p)?).for_each(|(row, q)| row.q = Some(q));
    Ok(())
}

fn expected(gain: f32) -> (Alternative, &'static str) {
    match gain.total_cmp(&1.0) {
        std::cmp::Ordering::Less => (Alternative::Less, "less"),
        std::cmp::Ordering::Equal => (Alternative::TwoSided, "two-sided"),
        std::cmp::Ordering::Greater => (Alternative::Greater, "greater"),
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
