//! The whole study in one command: selectivity, generalization, lesion and attention by one configuration on one
//! preparation, then the published claims, and one report about all of it.
//!
//! Each part is a complete run in a folder of its own, equal to what its own program leaves; this crate adds what
//! follows from all four.

#![warn(clippy::print_stdout, clippy::print_stderr)]

mod calibrate;
mod calibration;
pub mod claims;
mod command_line;
mod explorer;
mod findings;
mod methods;
mod partial;
mod parts;
mod power;
mod report;
mod summary;

use std::ops::ControlFlow;
use std::path::Path;

use anyhow::Result;
use study::cli::{Outcome, WholeArguments};
use study::driver::{self, Entry, Findings};
use study::dry_run::Estimate;
use study::output::print_line;
use study::preparation::Preparation;
use study::signals::StopFlag;
use study::{Experiment, Study, cost};
use vgg_core::device::Device;

pub use command_line::main;
pub use parts::Part;
use parts::WithStudy;

/// The program's name.
pub const NAME: &str = "exp-paper";
/// The configuration without which nothing needs to be given.
pub const DEMONSTRATION: &str = include_str!("../../paper-demo.toml");

/// Computes the study from beginning to end.
///
/// # Errors
/// Anything that is missing, unreadable or contradictory, or a folder that cannot be written.
pub fn whole(arguments: &WholeArguments) -> Result<Outcome> {
    let progress = arguments.run.voice.progress();
    let stop = StopFlag::listen(&progress)?;
    let mut opening = arguments.run.opening(NAME, DEMONSTRATION)?;
    let out = opening.out.clone();
    if opening.config.batch.is_none() {
        // A part that is there already has fixed the number of pictures per batch for all of them.
        opening.batch = planned_batch(&out)?;
    }
    let device = opening.device(&arguments.run.device, arguments.run.memory, &progress)?;
    let mut experiment = Experiment::open(NAME, opening, progress.on(device.info()), &stop)?;
    (exp_selectivity::STUDY.check)(&experiment)?;
    (exp_generalization::STUDY.check)(&experiment)?;
    if arguments.dry_run {
        return dry_run(&mut experiment, &device, &out, &stop);
    }
    let (mut figures, mut devices) = (Vec::new(), Vec::new());
    for part in Part::ALL {
        experiment.become_part(part.program(), part.folder(&out));
        let task = &mut Task { experiment: &mut experiment, device: &device, stop: &stop, entry: arguments.entry() };
        match part.with_study(task)? {
            ControlFlow::Continue(found) => figures.push((part, found.drawings)),
            ControlFlow::Break(outcome) => return Ok(outcome),
        }
        devices.append(&mut experiment.devices);
    }
    experiment.become_part(NAME, out.clone());
    devices.dedup();
    experiment.devices = devices;
    findings::write(&experiment, &out, figures)?;
    Ok(Outcome::Complete)
}

/// What each part would compute, and the time of all, which share the responses of the networks.
fn dry_run(experiment: &mut Experiment, device: &Device, out: &Path, stop: &StopFlag) -> Result<Outcome> {
    let mut seconds = 0.0;
    for part in Part::ALL {
        experiment.become_part(part.program(), part.folder(out));
        let Estimate { responses, chunks } = part.with_study(&mut DryRun { experiment, device, stop })?;
        seconds += if part == Part::ALL[0] { responses + chunks } else { chunks };
        print_line("")?;
    }
    let time = cost::duration(seconds);
    print_line(&format!("study    at most about {time} for all parts, which share the responses of the networks"))?;
    Ok(Outcome::Complete)
}

fn planned_batch(out: &Path) -> Result<Option<usize>> {
    for part in Part::ALL {
        if let Some(planned) = study::planned::Planned::find(&part.folder(out))? {
            return Ok(Some(planned.batch));
        }
    }
    Ok(None)
}

/// A part is computed.
struct Task<'a> {
    experiment: &'a mut Experiment,
    device: &'a Device,
    stop: &'a StopFlag,
    entry: Entry,
}

impl WithStudy for Task<'_> {
    type Output = ControlFlow<Outcome, Findings>;

    fn with<P: Preparation>(&mut self, _: Part, study: &Study<P>) -> Result<Self::Output> {
        driver::carry_out(study, self.experiment, self.device, self.entry, self.stop)
    }
}

/// It is said what a part would compute.
struct DryRun<'a> {
    experiment: &'a Experiment,
    device: &'a Device,
    stop: &'a StopFlag,
}

impl WithStudy for DryRun<'_> {
    type Output = Estimate;

    fn with<P: Preparation>(&mut self, _: Part, study: &Study<P>) -> Result<Estimate> {
        driver::estimate(study, self.experiment, self.device, self.stop)
    }
}
