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
use study::budget::Ladder;
use study::cli::{Outcome, WholeArguments};
use study::driver::{self, Entry, Findings};
use study::output::print_line;
use study::preparation::Preparation;
use study::signals::StopFlag;
use study::{Experiment, Study, cost, dry_run};
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
        let rate = driver::speed(&experiment, &device, &stop)?;
        return say_all(&mut experiment, rate, &out);
    }
    if let Some(budget) = arguments.budget {
        let rate = driver::speed(&experiment, &device, &stop)?;
        whole_ladder(&mut experiment, rate, None)?.fit(&mut experiment, budget)?;
    }
    let stop = stop.within(arguments.budget);
    let (mut figures, mut devices) = (Vec::new(), Vec::new());
    for part in Part::ALL {
        experiment.become_part(part.program(), part.folder(&out));
        let task = &mut Task { experiment: &mut experiment, device: &device, stop: &stop, entry: arguments.entry() };
        match part.with_study(task)? {
            ControlFlow::Continue(found) => figures.push((part, found.drawings)),
            ControlFlow::Break(Outcome::Stopped) if stop.is_late() => {
                partial::write(&mut experiment, &out)?;
                return Ok(Outcome::Stopped);
            }
            ControlFlow::Break(outcome) => return Ok(outcome),
        }
        devices.append(&mut experiment.devices);
    }
    experiment.become_part(NAME, out.clone());
    devices.dedup();
    experiment.devices = devices;
    findings::write(&experiment, &out, figures, &[])?;
    Ok(Outcome::Complete)
}

/// What each part would compute, and the time of all, which share the responses of the networks.
fn say_all(experiment: &mut Experiment, rate: f64, out: &Path) -> Result<Outcome> {
    let ladder = whole_ladder(experiment, rate, Some(out))?;
    let time = cost::duration(ladder.whole());
    print_line(&format!("study    at most about {time} for all parts, which share the responses of the networks"))?;
    print_line(&ladder.lines().join("\n"))?;
    Ok(Outcome::Complete)
}

/// Seconds of the whole study with fewer draws. With a folder it is said what each part would compute there.
fn whole_ladder(experiment: &mut Experiment, rate: f64, said: Option<&Path>) -> Result<Ladder> {
    let mut ladder = Ladder::default();
    for part in Part::ALL {
        if let Some(out) = said {
            experiment.become_part(part.program(), part.folder(out));
        }
        ladder = ladder.and(part.with_study(&mut Steps { experiment, rate, said: said.is_some() })?);
    }
    Ok(ladder.after(dry_run::responses(experiment, rate)))
}

fn planned_batch(out: &Path) -> Result<Option<usize>> {
    for part in Part::ALL {
        if let Some(batch) = study::planned::Planned::batch_of(&part.folder(out))? {
            return Ok(Some(batch));
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

/// It is found out how long a part takes, and said where that is asked for.
struct Steps<'a> {
    experiment: &'a mut Experiment,
    rate: f64,
    said: bool,
}

impl WithStudy for Steps<'_> {
    type Output = Ladder;

    fn with<P: Preparation>(&mut self, _: Part, study: &Study<P>) -> Result<Ladder> {
        let Self { experiment, rate, said } = self;
        if !*said {
            return Ladder::new(study, experiment, *rate);
        }
        let ladder = driver::estimate(study, experiment, *rate)?;
        print_line("")?;
        Ok(ladder)
    }
}
