//! No verb: plan, run and merge in one process.

use std::ops::ControlFlow;

use anyhow::Result;
use vgg_core::device::Device;

use super::{Bench, Entry, Findings, Study, merge, open_folder, planning, running};
use crate::cli::{Outcome, WholeArguments};
use crate::dry_run::{self, Estimate};
use crate::experiment::Experiment;
use crate::lock::Hold;
use crate::preparation::Preparation;
use crate::signals::StopFlag;

/// Computes an experiment from beginning to end.
///
/// # Errors
/// Anything that is missing, unreadable or contradictory, or a folder that cannot be written.
pub fn whole<P: Preparation>(study: &Study<P>, arguments: &WholeArguments) -> Result<Outcome> {
    let progress = arguments.run.voice.progress();
    let stop = StopFlag::listen(&progress)?;
    let mut opening = arguments.run.opening(study.name, study.demonstration)?;
    let device = opening.device(&arguments.run.device, arguments.run.memory, &progress)?;
    let progress = progress.on(device.info());
    let mut experiment = Experiment::open(study.name, opening, progress, &stop)?;
    if arguments.dry_run {
        estimate(study, &experiment, &device, &stop)?;
        return Ok(Outcome::Complete);
    }
    Ok(match carry_out(study, &mut experiment, &device, arguments.entry(), &stop)? {
        ControlFlow::Continue(_) => Outcome::Complete,
        ControlFlow::Break(outcome) => outcome,
    })
}

/// Says what an experiment that is open would compute, with memory and expected time, and gives the latter.
///
/// # Errors
/// As [`whole`].
pub fn estimate<P: Preparation>(
    study: &Study<P>,
    experiment: &Experiment,
    device: &Device,
    stop: &StopFlag,
) -> Result<Estimate> {
    (study.check)(experiment)?;
    let works = (study.chunks)(experiment)?;
    stop.droppable("measuring the speed of this device", || dry_run::say(experiment, &works, device))
}

/// Computes an experiment that is open, in its folder: what it found, or how it ended before.
///
/// # Errors
/// As [`whole`].
pub fn carry_out<P: Preparation>(
    study: &Study<P>,
    experiment: &mut Experiment,
    device: &Device,
    entry: Entry,
    stop: &StopFlag,
) -> Result<ControlFlow<Outcome, Findings>> {
    (study.check)(experiment)?;
    let works = (study.chunks)(experiment)?;
    planning::check_entry(experiment, entry)?;
    let folder = open_folder(&experiment.out, &experiment.plan, Hold::Alone, &experiment.progress)?;
    planning::check_entry(experiment, entry)?;
    let Some(files) = planning::prepare(study, experiment, &works, device, &folder, stop)? else {
        return Ok(ControlFlow::Break(Outcome::Stopped));
    };
    let prepared = P::load(experiment, &files)?;
    let (bench, all) = (Bench::new(experiment, &prepared, device), works.iter().collect::<Vec<_>>());
    if running::compute(study, &bench, &all, &folder, stop)? == Outcome::Stopped {
        return Ok(ControlFlow::Break(Outcome::Stopped));
    }
    let ids: Vec<String> = works.iter().map(|work| work.id.clone()).collect();
    let Some(gathered) = merge::gather(&folder, &ids, study, merge::Wanted::All)? else {
        return Ok(ControlFlow::Break(Outcome::Incomplete));
    };
    merge::conclude(study, experiment, gathered, &prepared, &files, &folder).map(ControlFlow::Continue)
}
