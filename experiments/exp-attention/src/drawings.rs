//! The figures of an attention sweep, all drawn from its tables.

mod best;
mod gains;
mod specificity;

use anyhow::Result;
use study::Experiment;
use study::measure::Measure;
use study::report::Drawing;
use study::rows::TestRow;
use study::sweep::GainTables;

use crate::analysis::Choice;

/// The network that the figures are about; the others have one figure each.
pub const TRAINED: &str = "trained";

/// Per network the best change by layer; for the trained one also what it is made of.
///
/// # Errors
/// A figure that cannot be drawn.
pub fn all(experiment: &Experiment, tables: &GainTables, tests: &[TestRow]) -> Result<Vec<Drawing>> {
    let mut drawings = Vec::new();
    let sets: Vec<&str> = experiment.sets.sets.iter().map(|set| set.name.as_str()).collect();
    let own: Vec<[&str; 2]> = sets.iter().map(|&set| [set, set]).collect();
    let crossed: Vec<[&str; 2]> =
        sets.iter().flat_map(|&a| sets.iter().map(move |&b| [a, b])).filter(|[a, b]| a != b).collect();
    for choice in Choice::ALL {
        drawings.push(best::by_layer(experiment, tests, TRAINED, choice, &own)?);
    }
    if experiment.config.sweep.cross_sets && !crossed.is_empty() {
        drawings.push(best::by_layer(experiment, tests, TRAINED, Choice::PRIMARY, &crossed)?);
    }
    for number in 1..=experiment.config.swept_random_networks() {
        drawings.push(best::by_layer(experiment, tests, &format!("random-{number}"), Choice::PRIMARY, &own)?);
    }
    if experiment.config.attention.clone().unwrap_or_default().modes.len() > 1 {
        drawings.push(best::modes(experiment, tables)?);
    }
    for measure in Measure::ALL {
        drawings.push(gains::heat_map(experiment, tables, measure)?);
        for set in &sets {
            drawings.push(gains::curves(experiment, tables, set, measure)?);
        }
    }
    // A mean over layers needs all of them.
    if !experiment.early {
        drawings.push(specificity::matrix(experiment, tables)?);
    }
    Ok(drawings)
}

fn pictures(experiment: &Experiment) -> String {
    experiment.sets.sets.iter().map(|set| set.pictures.len().to_string()).collect::<Vec<_>>().join(" and ")
}
