//! No verb: plan, run and merge in one process.

use anyhow::Result;

use super::{Bench, Study, merge, open_folder, planning, running};
use crate::cli::{Outcome, WholeArguments};
use crate::dry_run;
use crate::experiment::Experiment;
use crate::lock::Hold;
use crate::preparation::Preparation;
use crate::signals::StopFlag;

/// Computes an experiment from beginning to end.
///
/// # Errors
/// Anything that is missing, unreadable or contradictory, or a folder that cannot be written.
pub fn whole<P: Preparation>(study: &Study<P>, arguments: &WholeArguments) -> Result<Outcome> {
    let stop = StopFlag::listen()?;
    let progress = arguments.run.voice.progress();
    let mut opening = arguments.run.opening(study.name, study.demonstration)?;
    let device = opening.device(&arguments.run.device, arguments.run.memory, &progress)?;
    let progress = progress.on(device.info());
    let mut experiment = Experiment::open(study.name, opening, progress)?;
    (study.check)(&experiment)?;
    let works = (study.chunks)(&experiment)?;
    if arguments.dry_run {
        dry_run::say(&experiment, &works, &device)?;
        return Ok(Outcome::Complete);
    }
    planning::check_entry(&experiment, arguments.entry())?;
    let folder = open_folder(&experiment.out, &experiment.plan, Hold::Alone, &experiment.progress)?;
    planning::check_entry(&experiment, arguments.entry())?;
    let Some(files) = planning::prepare(study, &experiment, &works, &device, &folder, &stop)? else {
        return Ok(Outcome::Stopped);
    };
    let prepared = P::load(&experiment, &files)?;
    let (bench, all) = (Bench::new(&experiment, &prepared, &device), works.iter().collect::<Vec<_>>());
    if running::compute(study, &bench, &all, &folder, &stop)? == Outcome::Stopped {
        return Ok(Outcome::Stopped);
    }
    let ids: Vec<String> = works.iter().map(|work| work.id.clone()).collect();
    let Some(gathered) = merge::gather(&folder, &ids, study)? else { return Ok(Outcome::Incomplete) };
    merge::conclude(study, &mut experiment, gathered, &prepared, &files, &folder)
}
