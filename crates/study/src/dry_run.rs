//! `--dry-run`: what a run would compute, and how long that takes at the speed of this device.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use bytesize::ByteSize;
use vgg_core::device::Device;

use crate::cost;
use crate::driver::Work;
use crate::experiment::Experiment;
use crate::output::print_line;
use crate::pass;

/// Seconds that a run is expected to take.
#[derive(Clone, Copy, Debug, Default)]
pub struct Estimate {
    /// For the responses of all networks, which experiments on the same pictures share.
    pub responses: f64,
    /// For the chunks.
    pub chunks: f64,
}

/// Says what a run would compute, measures how fast this device is, and gives the expected time.
///
/// # Errors
/// The device failed, a picture cannot be decoded, or standard output cannot be written.
pub fn say<P>(experiment: &Experiment, works: &[Work<P>], device: &Device) -> Result<Estimate> {
    let trained = experiment.trained();
    let (pictures, networks) = (experiment.sets.pictures(), experiment.network_names().len());
    let per_picture: u64 = trained.architecture.multiplications();
    let of_chunks: u64 = works.iter().map(|work| work.multiplications).sum();
    let of_networks = networks as u64 * per_picture;
    let of_networks = pictures as u64 * of_networks;
    let total = of_networks + of_chunks;
    let rate = multiplications_per_second(experiment, device)?;
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
    let estimate = Estimate { responses: seconds(of_networks), chunks: seconds(of_chunks) };
    let time = cost::duration(estimate.responses + estimate.chunks);
    let bound = if of_chunks > 0 { "at most about" } else { "about" };
    lines.push(format!("time     {bound} {time} at the {:.1} GMAC/s measured here", rate / 1e9));
    let longest = works.iter().map(|work| work.multiplications).max().filter(|&longest| longest > 0);
    if let Some(longest) = longest.map(|longest| cost::duration(seconds(longest))) {
        lines.push(format!(
            "         the longest chunk at most about {longest}; sweep.draws_per_chunk makes chunks smaller"
        ));
    }
    print_line(&lines.join("\n"))?;
    Ok(estimate)
}

/// The speed of this device on this network, by one batch after a warm-up.
fn multiplications_per_second(experiment: &Experiment, device: &Device) -> Result<f64> {
    let network = experiment.network(0, device)?;
    let per_picture: u64 = experiment.trained().architecture.multiplications();
    let (mut seconds, mut pictures) = (f64::INFINITY, 0);
    let first = experiment.sets.sets.first().context("no picture set")?;
    pass::for_each_batch(first, &first.every_picture(), &network, experiment.batch, |_, inputs| {
        for _ in 0..2 {
            let begun = Instant::now();
            network.tapped(inputs)?;
            seconds = seconds.min(begun.elapsed().as_secs_f64());
            pictures = inputs.shape()[0];
        }
        Ok(())
    })?;
    ensure!(pictures > 0, "set `{}` has no picture with an emotion", first.name);
    Ok(per_picture as f64 * pictures as f64 / seconds)
}
