//! The tests of an overlap: against shuffled labels, layer by layer and over layers, and what training adds to it.

use std::collections::BTreeMap;

use anyhow::Result;
use stats::joint_test;
use study::Experiment;
use study::comparison::correct;
use study::over_layers::ALL_LAYERS;
use study::rows::{ShuffledRow, TestRow};
use study::shuffled::{self, ByLayer, Key, Statistic};

use crate::overlap::{self, JACCARD, both_sets};

pub use study::shuffled::minus_untrained;

/// One layer against shuffled labels.
pub const AGAINST_LABELS: &str = "Jaccard index minus chance, against shuffled labels";
/// The mean over layers.
pub const EXCESS: &str = "Jaccard index minus chance, mean over layers";
/// The trend over layers.
pub const TREND: &str = "Spearman correlation of the Jaccard index with depth";

/// All rows of `tests.csv`; q is corrected over layers and emotions of one network and comparison.
///
/// # Errors
/// Numbers that are not finite, which an overlap does not hold.
pub fn tests(experiment: &Experiment, rows: &[ShuffledRow]) -> Result<Vec<TestRow>> {
    let layers = experiment.layer_names();
    let all = shuffled::gather(rows, &layers);
    let mut tests = Vec::new();
    for network in experiment.network_names() {
        for emotion in Experiment::emotions() {
            let Some(values) = all.get(&key(experiment, &network, overlap::EXCESS, emotion)) else { continue };
            for (layer, values) in layers.iter().zip(&values.0) {
                let row = TestRow {
                    network: network.clone(),
                    comparison: AGAINST_LABELS.into(),
                    ..row(experiment, layer, emotion)
                };
                tests.extend(shuffled::test(row, values)?);
            }
        }
    }
    for emotion in Experiment::emotions() {
        tests.extend(over_layers(experiment, &all, emotion)?);
    }
    correct(&mut tests)?;
    Ok(tests)
}

fn over_layers(experiment: &Experiment, all: &BTreeMap<Key, ByLayer>, emotion: &str) -> Result<Vec<TestRow>> {
    let names = experiment.network_names();
    let row = row(experiment, ALL_LAYERS, emotion);
    let mut tests = Vec::new();
    let said: [(&str, &str, Statistic); 2] =
        [(overlap::EXCESS, EXCESS, joint_test::mean), (JACCARD, TREND, shuffled::trend)];
    for (quantity, name, statistic) in said {
        let of = |network: &String| all.get(&key(experiment, network, quantity, emotion));
        let Some(trained) = of(&names[0]) else { continue };
        let untrained: Vec<&ByLayer> = names[1..].iter().filter_map(of).collect();
        tests.extend(shuffled::of_all_layers(&row, &[(name.into(), statistic)], trained, &untrained)?);
    }
    Ok(tests)
}

fn key(experiment: &Experiment, network: &str, quantity: &str, emotion: &str) -> Key {
    [network.into(), both_sets(experiment), quantity.into(), emotion.into()]
}

fn row(experiment: &Experiment, layer: &str, emotion: &str) -> TestRow {
    TestRow {
        set: both_sets(experiment),
        layer: layer.into(),
        emotion: emotion.into(),
        task: emotion.into(),
        ..TestRow::default()
    }
}
