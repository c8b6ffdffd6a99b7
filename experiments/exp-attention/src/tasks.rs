//! What an attention sweep computes: one slope for selective channels and random groups, and slopes by tuning value.

use anyhow::Result;
use study::Experiment;
use study::config::Mode;
use study::cost::Load;
use study::plan::{self, Chunk};
use study::preparation::EMOTIONS;
use study::sweep::{self, GAIN_PARTS, INTACT, Task};

/// All tasks, in the order in which tables list them.
///
/// # Errors
/// A layer name that is none.
pub fn all(experiment: &Experiment) -> Result<Vec<Task>> {
    let (config, attention) = (&experiment.config, experiment.config.attention());
    let draws = attention.control_draws.unwrap_or(config.sweep.draws);
    let tuned: Vec<Mode> = attention.modes.iter().copied().filter(|&mode| mode != Mode::Uniform).collect();
    let (networks, layers) = ((1 + config.swept_random_networks()), experiment.layer_names());
    let mut tasks = Vec::new();
    for chunk in plan::chunks(config, draws, networks, &layers)? {
        if attention.modes.contains(&Mode::Uniform) {
            tasks.push(Task::Groups(chunk.clone()));
        }
        if chunk.draws.start == 0 {
            tasks.extend(tuned.iter().map(|&mode| Task::Tuned(Chunk { draws: 0..0, ..chunk.clone() }, mode)));
        }
    }
    if attention.all_layers {
        let layer = layers.len();
        for (network, emotion) in (0..networks).flat_map(|network| (0..EMOTIONS).map(move |e| (network, e))) {
            let chunk = Chunk { network, layer, emotion, draws: 0..0 };
            tasks.extend(tuned.iter().map(|&mode| Task::Tuned(chunk.clone(), mode)));
        }
    }
    Ok(tasks)
}

/// What tasks cost, as far as all of them share it.
pub struct Costs<'a> {
    experiment: &'a Experiment,
    pictures: usize,
    controls: usize,
    /// Slopes other than 1: of the whole grid, and of those that control groups get.
    all: usize,
    shared: usize,
}

impl<'a> Costs<'a> {
    /// Those of an experiment.
    pub fn new(experiment: &'a Experiment) -> Self {
        let attention = experiment.config.attention();
        let slopes = attention.slopes();
        let shared = attention.shared().into_iter().filter(|&position| slopes[position] != INTACT).count();
        Self {
            experiment,
            pictures: sweep::pictures(&GAIN_PARTS, &experiment.sets),
            controls: attention.controls.len(),
            all: slopes.iter().filter(|&&slope| slope != INTACT).count(),
            shared,
        }
    }

    /// Multiplications of a task. Slopes by tuning value have no gain line: every one of them costs the rest of the network.
    pub fn multiplications(&self, task: &Task) -> u64 {
        let (architecture, pictures) = (&self.experiment.trained().architecture, self.pictures);
        match task {
            Task::Groups(chunk) => {
                let (selective, controls) = (usize::from(chunk.draws.start == 0), self.controls * chunk.draws.len());
                let points = selective * self.all + controls * self.shared;
                Load { pictures, groups: selective + controls, points }.multiplications(architecture, chunk.layer)
            }
            Task::Tuned(chunk, _) => {
                let start = if chunk.layer < architecture.sites().len() { chunk.layer } else { 0 };
                let cost = architecture.line_cost(start);
                pictures as u64 * (cost.before + (self.all as u64 + 1) * (cost.linear + cost.per_slope))
            }
        }
    }
}
