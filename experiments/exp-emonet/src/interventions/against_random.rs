//! Whether channels that prefer a class change its probability more than random channels do.
//!
//! Lesions and gains below 1 are expected to lower the probability, gains above 1 to raise it: the test is one-sided, with
//! `p = (1 + #{random groups with as extreme a change}) / (R + 1)`. A family of tests is all sites and classes at one gain;
//! the means over the classes of a site, which many small effects move together, are a family of their own.

use anyhow::Result;
use stats::benjamini_hochberg::q_values;
use stats::empirical::{Alternative, Draws};

use super::{Scaled, written};
use crate::numbers::{MEAN, mean};
use crate::opened::Opened;
use crate::rows::InterventionTestRow;

/// A row per site, class and gain, in this order; behind the classes of a site their mean.
///
/// # Errors
/// Changes that are not finite.
pub fn rows(opened: &Opened, scaled: &[Scaled], frames: usize) -> Result<Vec<InterventionTestRow>> {
    let gains = &opened.config.interventions.gains;
    let mut rows = Vec::new();
    for of_site in scaled.chunk_by(|a, b| a.site == b.site) {
        for scaled in of_site {
            for (at, &gain) in gains.iter().enumerate() {
                rows.push(row(opened, scaled, at, gain, frames)?);
            }
        }
        for (at, &gain) in gains.iter().enumerate() {
            rows.push(mean_row(opened, of_site, at, gain, frames)?);
        }
    }
    for first in 0..gains.len() {
        let (means, classes) = rows.iter_mut().skip(first).step_by(gains.len()).partition(|row| row.class == MEAN);
        correct(classes)?;
        correct(means)?;
    }
    Ok(rows)
}

/// The mean over the classes of a site, against the mean of their random groups of the same number.
fn mean_row(opened: &Opened, of_site: &[Scaled], at: usize, gain: f32, frames: usize) -> Result<InterventionTestRow> {
    let own = |group: usize| -> Option<f64> {
        let of = |scaled: &Scaled| Some(scaled.effects.get(group)?[at].probabilities[scaled.target.class]);
        mean(&of_site.iter().map(of).collect::<Option<Vec<f64>>>()?)
    };
    let null: Vec<f64> = (1..).map_while(own).collect();
    Ok(InterventionTestRow {
        class: MEAN.into(),
        channels: of_site.iter().map(|scaled| scaled.target.channels.len()).sum(),
        frames,
        ..compared(opened, &of_site[0], own(0).unwrap_or_default(), &null, gain)?
    })
}

fn row(opened: &Opened, scaled: &Scaled, at: usize, gain: f32, frames: usize) -> Result<InterventionTestRow> {
    let class = scaled.target.class;
    let (own, draws) = (&scaled.effects[0][at], &scaled.effects[1..]);
    let change = own.probabilities[class];
    let null: Vec<f64> = draws.iter().map(|draw| draw[at].probabilities[class]).collect();
    let affect = |which: usize| own.affect.map(|affect| affect[which]);
    let controls =
        |which: usize| mean(&draws.iter().filter_map(|draw| Some(draw[at].affect?[which])).collect::<Vec<f64>>());
    Ok(InterventionTestRow {
        class: opened.classes()[class].clone(),
        channels: scaled.target.channels.len(),
        frames,
        accuracy_change: own.recall,
        control_accuracy: mean(&draws.iter().filter_map(|draw| draw[at].recall).collect::<Vec<f64>>()),
        valence_change: affect(0),
        control_valence: controls(0),
        arousal_change: affect(1),
        control_arousal: controls(1),
        ..compared(opened, scaled, change, &null, gain)?
    })
}

/// What a change says beside those of random groups.
fn compared(opened: &Opened, at: &Scaled, change: f64, null: &[f64], gain: f32) -> Result<InterventionTestRow> {
    let (alternative, name) = expected(gain);
    let tested = Draws::new(change, null)?;
    Ok(InterventionTestRow {
        site: opened.checkpoint.architecture.sites()[at.site].name.clone(),
        gain: written(gain),
        probability_change: change,
        draws: null.len(),
        control_mean: mean(null),
        alternative: name.into(),
        p: (!null.is_empty()).then(|| tested.p(alternative)),
        ..InterventionTestRow::default()
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
