//! The whole study in one command: selectivity, generalization, lesion and attention by one configuration on one
//! preparation, then the published claims, and one report about all of it.
//!
//! Each part is a complete run in a folder of its own, equal to what its own program leaves; this crate adds what
//! follows from all four.

pub mod claims;
mod command_line;
mod explorer;
mod findings;
mod methods;
mod parts;
mod report;
mod summary;

use std::ops::ControlFlow;
use std::path::Path;

use anyhow::Result;
use study::cli::{Outcome, WholeArguments};
use study::driver::{self, Entry, Findings};
use study::preparation::Preparation;
use study::signals::StopFlag;
use study::{Experiment, Study};
use vgg_core::device::Device;

pub use command_line::main;
pub use parts::Part;

/// The program's name.
pub const NAME: &str = "exp-paper";
/// The configuration without which nothing needs to be given.
pub const DEMONSTRATION: &str = include_str!("../../paper-demo.toml");

/// Computes the study from beginning to end.
///
/// # Errors
/// Anything that is missing, unreadable or contradictory, or a folder that cannot be written.
pub fn whole(arguments: &WholeArguments) -> Result<Outcome> {
    let stop = StopFlag::listen()?;
    let progress = arguments.run.voice.progress();
    let mut opening = arguments.run.opening(NAME, DEMONSTRATION)?;
    let out = opening.out.clone();
    if opening.config.batch.is_none() {
        // A part that is there already has fixed the number of pictures per batch for all of them.
        opening.batch = planned_batch(&out)?;
    }
    let device = opening.device(&arguments.run.device, arguments.run.memory, &progress)?;
    let mut experiment = Experiment::open(NAME, opening, progress.on(device.info()))?;
    (exp_selectivity::STUDY.check)(&experiment)?;
    (exp_generalization::STUDY.check)(&experiment)?;
    let task = Task { device: &device, stop: &stop, entry: arguments.entry(), dry_run: arguments.dry_run };
    let (mut figures, mut devices) = (Vec::new(), Vec::new());
    for part in Part::ALL {
        match task.carry_out(part, &mut experiment, &out)? {
            ControlFlow::Continue(found) => figures.extend(found.map(|found| (part, found.drawings))),
            ControlFlow::Break(outcome) => return Ok(outcome),
        }
        devices.append(&mut experiment.devices);
    }
    if !arguments.dry_run {
        experiment.become_part(NAME, out.clone());
        devices.dedup();
        experiment.devices = devices;
        findings::write(&experiment, &out, figures)?;
    }
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

/// How the parts are computed.
struct Task<'a> {
    device: &'a Device,
    stop: &'a StopFlag,
    entry: Entry,
    dry_run: bool,
}

impl Task<'_> {
    fn carry_out(
        &self,
        part: Part,
        experiment: &mut Experiment,
        out: &Path,
    ) -> Result<ControlFlow<Outcome, Option<Findings>>> {
        experiment.become_part(part.program(), part.folder(out));
        match part {
            Part::Selectivity => self.part(&exp_selectivity::STUDY, experiment),
            Part::Generalization => self.part(&exp_generalization::STUDY, experiment),
            Part::Lesion => self.part(&exp_lesion::STUDY, experiment),
            Part::Attention => self.part(&exp_attention::STUDY, experiment),
        }
    }

    fn part<P: Preparation>(
        &self,
        study: &Study<P>,
        experiment: &mut Experiment,
    ) -> Result<ControlFlow<Outcome, Option<Findings>>> {
        if self.dry_run {
            driver::estimate(study, experiment, self.device)?;
            return Ok(ControlFlow::Continue(None));
        }
        let ended = driver::carry_out(study, experiment, self.device, self.entry, self.stop)?;
        Ok(match ended {
            ControlFlow::Continue(findings) => ControlFlow::Continue(Some(findings)),
            ControlFlow::Break(outcome) => ControlFlow::Break(outcome),
        })
    }
}
