//! `--dry-run`: what a run would compute, and how long that takes at the speed of this device.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bytesize::ByteSize;
use vgg_core::device::Device;

use crate::cost;
use crate::driver::Work;
use crate::experiment::Experiment;
use crate::output::print_line;
use crate::pass;
use crate::plan;
use crate::preparation::{EMOTIONS, StudyError};

/// Pictures whose time is measured.
const SAMPLE: usize = 8;
/// Repetitions of a measurement, at least two.
const REPETITIONS: usize = 5;
/// Time after which a measurement is not repeated again.
const ENOUGH: Duration = Duration::from_secs(1);
/// A gain that is neither the lesion nor the intact network.
const HALF: f32 = 0.5;

/// Seconds for the responses of all networks at a speed.
pub fn responses(experiment: &Experiment, rate: f64) -> f64 {
    let pictures = (experiment.sets.pictures() * experiment.network_names().len()) as f64;
    pictures * experiment.trained().architecture.multiplications() as f64 / rate
}

/// Says what a run would compute, and the expected time at a speed in multiplications per second.
///
/// # Errors
/// Standard output cannot be written.
pub fn say<P>(experiment: &Experiment, works: &[Work<P>], rate: f64) -> Result<()> {
    let trained = experiment.trained();
    let (pictures, networks) = (experiment.sets.pictures(), experiment.network_names().len());
    let per_picture: u64 = trained.architecture.multiplications();
    let of_chunks: u64 = works.iter().map(|work| work.multiplications).sum();
    let total = (pictures * networks) as u64 * per_picture + of_chunks;
    let mut lines = vec![
        format!("run      {} in {}", experiment.config.name, experiment.out.display()),
        format!("plan     {}", experiment.plan),
        format!(
            "work     {networks} networks, {} chunks, {pictures} pictures, {:.3e} multiplications",
            works.len(),
            total as f64
        ),
        format!(
            "         {}",
            if of_chunks > 0 { cost::ASSUMPTION } else { "and statistics, which take their own time" }
        ),
    ];
    let (budget, batch) = (&experiment.budget, experiment.batch);
    let memory = budget.weight_bytes(trained) + batch as u64 * budget.bytes_per_picture(&trained.architecture);
    lines.push(format!("memory   about {} for weights and batches of {batch} pictures", ByteSize(memory)));
    let seconds = |multiplications: u64| multiplications as f64 / rate;
    let time = cost::duration(seconds(total));
    let bound = if of_chunks > 0 { "at most about" } else { "about" };
    lines.push(format!("time     {bound} {time} at the {:.1} GMAC/s measured here", rate / 1e9));
    let longest = works.iter().map(|work| work.multiplications).max().filter(|&longest| longest > 0);
    if let Some(longest) = longest.map(|longest| cost::duration(seconds(longest))) {
        lines.push(format!(
            "         the longest chunk at most about {longest}; sweep.draws_per_chunk makes chunks smaller"
        ));
    }
    Ok(print_line(&lines.join("\n"))?)
}

/// The speed of this device on what a sweep of this network computes: at every site that is swept one gain of a third of the
/// channels, for a few pictures. Layers differ in their speed, and a sweep spends its time on each as this does.
///
/// # Errors
/// The device failed, or a picture cannot be decoded.
pub fn multiplications_per_second(experiment: &Experiment, device: &Device) -> Result<f64> {
    let network = experiment.network(0, device)?;
    let architecture = &experiment.trained().architecture;
    let layers = plan::layers(&experiment.config, &experiment.layer_names())?;
    let set = experiment.sets.sets.first().context("no picture set")?;
    let pictures: Vec<usize> = set.every_picture().into_iter().take(experiment.batch.min(SAMPLE)).collect();
    ensure!(!pictures.is_empty(), "set `{}` has no picture with an emotion", set.name);
    let (mut seconds, mut multiplications) = (0.0, 0.0);
    pass::for_each_batch(set, &pictures, &network, pictures.len(), |of_batch, inputs| {
        for &layer in &layers {
            let (cost, third) =
                (architecture.line_cost(layer), architecture.sites()[layer].channels.div_ceil(EMOTIONS));
            let (activation, channels) = (network.prefix(inputs, layer), (0..third).collect::<Vec<_>>());
            let point = || network.gain_line(&network.junction(&activation), &channels).features_at(&[HALF]);
            seconds += best_seconds(|| point().map(drop).map_err(StudyError::from))?;
            let of_picture = cost.linear + cost.linear / EMOTIONS as u64 + cost.per_slope;
            multiplications += of_batch.len() as f64 * of_picture as f64;
        }
        Ok(())
    })?;
    Ok(multiplications / seconds)
}

/// The shortest of a few repetitions: a machine that does other things meanwhile makes the others longer, and the first one
/// warms up. On a GPU, the prefix that waits in its queue is computed in the first.
fn best_seconds(mut work: impl FnMut() -> Result<(), StudyError>) -> Result<f64, StudyError> {
    let (begun, mut best) = (Instant::now(), f64::INFINITY);
    for repetition in 0..REPETITIONS {
        let start = Instant::now();
        work()?;
        best = best.min(start.elapsed().as_secs_f64());
        if repetition > 0 && begun.elapsed() > ENOUGH {
            break;
        }
    }
    Ok(best)
}
