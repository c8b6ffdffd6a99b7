//! Mean tuning quality and mean selectivity index of every layer, with the true labels and with shuffled ones.

use anyhow::Result;
use ndarray::Array2;
use rayon::prelude::*;
use stats::panel::Panel;
use study::Experiment;
use study::preparation::{Tuned, UnitTuning};
use study::rows::ShuffledRow;
use study::shuffled::{self, Key};

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

    /// The value of one channel, if it has one.
    pub fn of(self, unit: &UnitTuning) -> Option<f64> {
        match self {
            Measure::Quality => unit.quality,
            Measure::Index => unit.index,
        }
    }

    /// The values under every labelling.
    fn of_panel(self, panel: &Panel) -> &[Option<f64>] {
        match self {
            Measure::Quality => &panel.tuning_quality,
            Measure::Index => &panel.selectivity_index,
        }
    }
}

/// A row per measure, layer and labelling of a network and a set.
///
/// # Errors
/// Responses that are not finite.
pub fn rows(experiment: &Experiment, network: &Tuned, set: usize) -> Result<Vec<ShuffledRow>> {
    let labellings = shuffled::labellings(experiment, set, experiment.config.selectivity.permutations)?;
    let layers: Vec<String> = experiment.layer_names();
    let of_layer = |(layer, responses): (&String, &Array2<f32>)| -> Result<Vec<ShuffledRow>> {
        let panel = Panel::new(responses.view(), &labellings)?;
        let of_measure = |measure: Measure| {
            let set = experiment.sets.sets[set].name.clone();
            let key: Key = [network.name.clone(), set, measure.name().into(), String::new()];
            shuffled::rows(&key, layer, measure.of_panel(&panel))
        };
        Ok(Measure::ALL.into_iter().flat_map(of_measure).collect())
    };
    let rows: Vec<Vec<ShuffledRow>> =
        layers.par_iter().zip(&network.responses[set]).map(of_layer).collect::<Result<_>>()?;
    Ok(rows.concat())
}
