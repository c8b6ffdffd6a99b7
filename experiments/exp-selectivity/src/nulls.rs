//! Mean tuning quality and mean selectivity index of every layer against shuffled labels.

use anyhow::Result;
use ndarray::{Array2, Axis};
use rayon::prelude::*;
use stats::StatsError;
use stats::bootstrap::Bootstrap;
use stats::empirical::{Alternative, Draws};
use stats::permutation::{LayerNull, label_permutation};
use stats::quantile::quantiles;
use study::Experiment;
use study::comparison::mean;
use study::config::SelectionPictures;
use study::preparation::{EMOTIONS, Tuned, UnitTuning};
use study::rows::TestRow;
use study::seeds;

/// What is said of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// `max_e |S_e|`, averaged over channels (Liu et al., preprint 2023).
    Quality,
    /// `max_e d′_e`, averaged over channels (Liu et al. 2024).
    Index,
}

impl Measure {
    /// Both measures.
    pub const ALL: [Measure; 2] = [Measure::Quality, Measure::Index];

    /// The name in figures and tables.
    pub fn name(self) -> &'static str {
        match self {
            Measure::Quality => "tuning quality",
            Measure::Index => "selectivity index",
        }
    }

    /// What the comparison with shuffled labels is called in `tests.csv`.
    pub fn against_labels(self) -> String {
        format!("{}, mean over channels, against shuffled labels", self.name())
    }

    /// The value of one channel, if it has one.
    pub fn of(self, unit: &UnitTuning) -> Option<f64> {
        match self {
            Measure::Quality => unit.quality,
            Measure::Index => unit.index,
        }
    }
}

/// A row per layer and measure of a network and a set. A layer in which no channel varies has no row. The interval is a
/// bootstrap over channels, the control is the mean over channels with labels shuffled.
///
/// # Errors
/// Responses that are not finite.
pub fn tests(experiment: &Experiment, network: &Tuned, number: usize, set: usize) -> Result<Vec<TestRow>> {
    let layers: Vec<Vec<TestRow>> = (0..network.responses[set].len())
        .into_par_iter()
        .map(|layer| of_layer(experiment, network, [number, set, layer]))
        .collect::<Result<_, _>>()?;
    Ok(layers.concat())
}

fn of_layer(
    experiment: &Experiment,
    network: &Tuned,
    [number, set, layer]: [usize; 3],
) -> Result<Vec<TestRow>, StatsError> {
    let config = &experiment.config;
    let (responses, labels) = deciding(experiment, &network.responses[set][layer], set);
    // Without a layer among the coordinates, the layers of a set share their shuffles.
    let seed = seeds::derive(config.seed, "label permutation", &[set]);
    let null = label_permutation(responses.view(), &labels, EMOTIONS, config.selectivity.permutations, seed)?;
    let mut tests = Vec::new();
    for (measure, null) in Measure::ALL.into_iter().zip([null.tuning_quality, null.selectivity_index]) {
        let units = &network.selection.units[set][layer];
        let values: Vec<f64> = units.iter().filter_map(|unit| measure.of(unit)).collect();
        let Some(null) = null.filter(|_| !values.is_empty()) else { continue };
        let seed = seeds::derive(config.seed, "channels", &[number, set, layer]);
        let interval = Bootstrap { resamples: config.selectivity.bootstrap, seed }.mean(&values)?;
        tests.push(TestRow {
            network: network.name.clone(),
            set: experiment.sets.sets[set].name.clone(),
            comparison: measure.against_labels(),
            layer: experiment.layer_names()[layer].clone(),
            ci_low: Some(interval.low),
            ci_high: Some(interval.high),
            ..against(&null)?
        });
    }
    Ok(tests)
}

fn against(null: &LayerNull) -> Result<TestRow, StatsError> {
    let [low, high] = quantiles(&null.null, [0.025, 0.975])?;
    Ok(TestRow {
        estimate: null.observed,
        control_mean: Some(mean(&null.null)),
        control_low: Some(low),
        control_high: Some(high),
        p: Some(Draws::new(null.observed, &null.null)?.p(Alternative::Greater)),
        z: Draws::new(null.observed, &null.null)?.z(),
        n: null.null.len(),
        ..TestRow::default()
    })
}

/// The pictures that decide about selectivity, with their labels.
fn deciding(experiment: &Experiment, responses: &Array2<f32>, set: usize) -> (Array2<f32>, Vec<usize>) {
    let labels = experiment.sets.sets[set].labels();
    match experiment.config.selection.pictures {
        SelectionPictures::All => (responses.clone(), labels),
        SelectionPictures::Train => {
            let rows = &experiment.sets.splits[set][0].train;
            (responses.select(Axis(0), rows), rows.iter().map(|&row| labels[row]).collect())
        }
    }
}
