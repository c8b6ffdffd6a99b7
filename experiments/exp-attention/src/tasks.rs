//! What an attention sweep computes: one slope for selective channels and random groups, and slopes by tuning value.

use anyhow::Result;
use study::config::Mode;
use study::plan::{self, Chunk};
use study::preparation::EMOTIONS;
use study::sweep::Task;
use study::{Experiment, cost};

use crate::slopes;

/// All tasks, in the order in which tables list them.
///
/// # Errors
/// A layer name that is none.
pub fn all(experiment: &Experiment) -> Result<Vec<Task>> {
    let attention = experiment.config.attention.clone().unwrap_or_default();
    let tuned: Vec<Mode> = attention.modes.iter().copied().filter(|&mode| mode != Mode::Uniform).collect();
    let (networks, layers) = ((1 + experiment.config.swept_random_networks()), experiment.layer_names());
    let mut tasks = Vec::new();
    for chunk in plan::chunks(&experiment.config, networks, &layers)? {
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

/// Multiplications of a task for one picture. Slopes by tuning value have no gain line: every one of them costs the
/// rest of the network.
pub fn multiplications(task: &Task, experiment: &Experiment) -> u64 {
    let (gains, architecture) = (slopes(experiment).len(), &experiment.trained().architecture);
    match task {
        Task::Groups(chunk) => cost::chunk_multiplications(chunk, &experiment.config, architecture, gains),
        Task::Tuned(chunk, _) => {
            let start = if chunk.layer < experiment.layer_names().len() { chunk.layer } else { 0 };
            let cost = architecture.line_cost(start);
            cost.before + gains as u64 * (cost.linear + cost.per_slope)
        }
    }
}
