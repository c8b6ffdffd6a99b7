//! No verb: plan, run and merge in one process.

use std::ops::ControlFlow;

use anyhow::Result;
use vgg_core::device::Device;

use super::{Bench, Entry, Findings, Study, merge, open_folder, planning, running};
use crate::budget::Ladder;
use crate::cli::{Outcome, WholeArguments};
use crate::dry_run;
use crate::experiment::Experiment;
use crate::lock::Hold;
use crate::output::print_line;
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
    (study.check)(&experiment)?;
    if arguments.dry_run {
        let rate = speed(&experiment, &device, &stop)?;
        let ladder = estimate(study, &mut experiment, rate)?;
        print_line(&ladder.after(dry_run::responses(&experiment, rate)).lines().join("\n"))?;
        return Ok(Outcome::Complete);
    }
    if let Some(budget) = arguments.budget {
        let rate = speed(&experiment, &device, &stop)?;
        let ladder = Ladder::new(study, &mut experiment, rate)?;
        ladder.after(dry_run::responses(&experiment, rate)).fit(&mut experiment, budget)?;
    }
    let stop = stop.within(arguments.budget);
    match carry_out(study, &mut experiment, &device, arguments.entry(), &stop)? {
        ControlFlow::Continue(_) => Ok(Outcome::Complete),
        ControlFlow::Break(Outcome::Stopped) if stop.is_late() => {
            merge::conclude_partially(study, &mut experiment)?;
            Ok(Outcome::Stopped)
        }
        ControlFlow::Break(outcome) => Ok(outcome),
    }
}

/// The speed of a device on the network of an experiment, in multiplications per second.
///
/// # Errors
/// The device failed, or a picture cannot be decoded.
pub fn speed(experiment: &Experiment, device: &Device, stop: &StopFlag) -> Result<f64> {
    let measure = || dry_run::multiplications_per_second(experiment, device);
    stop.droppable("measuring the speed of this device", measure)
}

/// Says what an experiment that is open would compute, with memory and expected time, and gives the seconds that its chunks
/// take with fewer draws.
///
/// # Errors
/// A layer name that is none, or standard output that cannot be written.
pub fn estimate<P: Preparation>(study: &Study<P>, experiment: &mut Experiment, rate: f64) -> Result<Ladder> {
    dry_run::say(experiment, &(study.chunks)(experiment)?, rate)?;
    Ladder::new(study, experiment, rate)
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
