//! What follows from the layers: trends with depth, and the comparison with untrained networks.

use anyhow::Result;
use stats::bootstrap::Bootstrap;
use study::Experiment;
use study::comparison::correct;
use study::over_layers::{against_random, trend};
use study::rows::TestRow;
use study::seeds;

use crate::nulls::Measure;

/// The layer column of a row about all layers.
pub const ALL_LAYERS: &str = "all";

/// What the trend of a measure is called in `tests.csv`.
pub fn trend_name(measure: Measure) -> String {
    format!("Spearman correlation of mean {} with depth", measure.name())
}

/// What the comparison with untrained networks is called in `tests.csv`.
pub fn against_random_name(measure: Measure) -> String {
    format!("{}, mean over layers: trained minus mean of the random networks", measure.name())
}

/// All rows of `tests.csv`; q is corrected over layers and sets of one network and comparison.
///
/// # Errors
/// Numbers that are not finite.
pub fn tests(experiment: &Experiment, layers: Vec<TestRow>, low_level: Vec<TestRow>) -> Result<Vec<TestRow>> {
    let mut more = Vec::new();
    let mut networks: Vec<&str> = layers.iter().map(|test| test.network.as_str()).collect();
    networks.dedup();
    for measure in Measure::ALL {
        for (number, set) in experiment.sets.sets.iter().enumerate() {
            let by_network: Vec<Vec<Option<f64>>> =
                networks.iter().map(|network| by_layer(experiment, &layers, network, &set.name, measure)).collect();
            let resampling = |purpose, coordinates: &[usize]| Bootstrap {
                resamples: experiment.config.selectivity.bootstrap,
                seed: seeds::derive(experiment.config.seed, purpose, coordinates),
            };
            let row = TestRow { set: set.name.clone(), layer: ALL_LAYERS.into(), ..TestRow::default() };
            for (position, (network, values)) in networks.iter().zip(&by_network).enumerate() {
                let row = TestRow { network: network.to_string(), comparison: trend_name(measure), ..row.clone() };
                more.extend(trend(row, values, resampling("trend", &[number, position]))?);
            }
            let row = TestRow { network: "trained".into(), comparison: against_random_name(measure), ..row };
            more.extend(against_random(row, &by_network, resampling("against random networks", &[number]))?);
        }
    }
    let mut tests: Vec<TestRow> = layers.iter().cloned().chain(more).chain(low_level).collect();
    correct(&mut tests)?;
    Ok(tests)
}

/// Means over channels of a network for a set, layer by layer.
fn by_layer(
    experiment: &Experiment,
    tests: &[TestRow],
    network: &str,
    set: &str,
    measure: Measure,
) -> Vec<Option<f64>> {
    let name = measure.against_labels();
    let of_layer = |layer: &String| {
        let is_it = |test: &&TestRow| {
            test.network == network && test.set == set && test.layer == *layer && test.comparison == name
        };
        tests.iter().find(is_it).map(|test| test.estimate)
    };
    experiment.layer_names().iter().map(of_layer).collect()
}
