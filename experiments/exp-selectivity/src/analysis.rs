//! What follows from all labellings: every layer against shuffled labels, means over layers, trends with depth, and what
//! training adds to them.

use std::collections::BTreeMap;

use anyhow::Result;
use stats::joint_test;
use study::Experiment;
use study::comparison::correct;
use study::over_layers::ALL_LAYERS;
use study::rows::{ShuffledRow, TestRow};
use study::shuffled::{self, ByLayer, Key, Statistic};

use crate::nulls::Measure;

pub use study::shuffled::minus_untrained;

/// What the comparison of a layer with shuffled labels is called in `tests.csv`.
pub fn against_labels(measure: Measure) -> String {
    format!("{}, mean over channels, against shuffled labels", measure.name())
}

/// What the mean over layers is called.
pub fn mean(measure: Measure) -> String {
    format!("{}, mean over layers", measure.name())
}

/// What the trend of a measure is called.
pub fn trend(measure: Measure) -> String {
    format!("Spearman correlation of mean {} with depth", measure.name())
}

/// All rows of `tests.csv`; q is corrected over layers and sets of one network and comparison.
///
/// # Errors
/// Numbers that are not finite.
pub fn tests(experiment: &Experiment, rows: &[ShuffledRow], low_level: Vec<TestRow>) -> Result<Vec<TestRow>> {
    let layers = experiment.layer_names();
    let all = shuffled::gather(rows, &layers);
    let mut tests = Vec::new();
    for measure in Measure::ALL {
        for set in &experiment.sets.sets {
            for network in experiment.network_names() {
                let Some(values) = all.get(&key(&network, &set.name, measure)) else { continue };
                for (layer, values) in layers.iter().zip(&values.0) {
                    let row = TestRow {
                        network: network.clone(),
                        set: set.name.clone(),
                        comparison: against_labels(measure),
                        layer: layer.clone(),
                        ..TestRow::default()
                    };
                    tests.extend(shuffled::test(row, values)?);
                }
            }
            tests.extend(over_layers(experiment, &all, &set.name, measure)?);
        }
    }
    tests.extend(low_level);
    correct(&mut tests)?;
    Ok(tests)
}

fn over_layers(
    experiment: &Experiment,
    all: &BTreeMap<Key, ByLayer>,
    set: &str,
    measure: Measure,
) -> Result<Vec<TestRow>> {
    let names = experiment.network_names();
    let Some(trained) = all.get(&key(&names[0], set, measure)) else { return Ok(vec![]) };
    let untrained: Vec<&ByLayer> = names[1..].iter().filter_map(|name| all.get(&key(name, set, measure))).collect();
    let row = TestRow { set: set.into(), layer: ALL_LAYERS.into(), ..TestRow::default() };
    let statistics: [(String, Statistic); 2] = [(mean(measure), joint_test::mean), (trend(measure), shuffled::trend)];
    Ok(shuffled::of_all_layers(&row, &statistics, trained, &untrained)?)
}

fn key(network: &str, set: &str, measure: Measure) -> Key {
    [network, set, measure.name(), ""].map(String::from)
}
