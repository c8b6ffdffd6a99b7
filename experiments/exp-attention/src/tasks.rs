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

/// Multiplications of a task. Slopes by tuning value have no gain line: every one of them costs the
/// rest of the network.
pub fn multiplications(task: &Task, experiment: &Experiment) -> u64 {
    let (attention, architecture) = (experiment.config.attention(), &experiment.trained().architecture);
    let pictures = sweep::pictures(&GAIN_PARTS, &experiment.sets);
    let slopes = attention.slopes();
    let changed = |slopes: &mut dyn Iterator<Item = f32>| slopes.filter(|&slope| slope != INTACT).count();
    let all = changed(&mut slopes.iter().copied());
    match task {
        Task::Groups(chunk) => {
            let shared = changed(&mut attention.shared().into_iter().map(|position| slopes[position]));
            let (selective, controls) =
                (usize::from(chunk.draws.start == 0), attention.controls.len() * chunk.draws.len());
            let points = selective * all + controls * shared;
            Load { pictures, groups: selective + controls, points }.multiplications(architecture, chunk.layer)
        }
        Task::Tuned(chunk, _) => {
            let start = if chunk.layer < experiment.layer_names().len() { chunk.layer } else { 0 };
            let cost = architecture.line_cost(start);
            pictures as u64 * (cost.before + (all as u64 + 1) * (cost.linear + cost.per_slope))
        }
    }
}
