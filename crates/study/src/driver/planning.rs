//! `plan`: fixes the chunks and prepares what all of them share.

use std::path::Path;

use anyhow::{Context, Result, bail};
use vgg_core::device::{Device, Precision};

use super::{Study, Work, as_planned, open_folder};
use crate::cli::{Outcome, RunArguments};
use crate::experiment::Experiment;
use crate::float16;
use crate::lock::Hold;
use crate::manifest::{self, Manifest, State};
use crate::planned::{PLAN, Planned};
use crate::preparation::{Preparation, prepare_shared};
use crate::prepared::PreparedFiles;
use crate::run_folder::{FolderError, RunFolder};
use crate::sealed::{self, Found};
use crate::signals::StopFlag;

/// Whether a folder may hold an earlier part of the same run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// It must hold no run.
    Fresh,
    /// What is there is continued.
    Resume,
}

/// Plans a run and prepares it. A folder that holds the same plan already is continued.
///
/// # Errors
/// Anything that is missing, unreadable or contradictory, or a folder that cannot be written.
pub fn plan<P: Preparation>(study: &Study<P>, arguments: &RunArguments) -> Result<Outcome> {
    let progress = arguments.voice.progress();
    let stop = StopFlag::listen(&progress)?;
    let mut opening = arguments.opening(study.name, study.demonstration)?;
    let device = opening.device(&arguments.device, arguments.memory, &progress)?;
    let progress = progress.on(device.info());
    let experiment = Experiment::open(study.name, opening, progress, &stop)?;
    (study.check)(&experiment)?;
    let works = (study.chunks)(&experiment)?;
    check_entry(&experiment, Entry::Resume)?;
    let folder = open_folder(&experiment.out, &experiment.plan, Hold::Alone, &experiment.progress)?;
    check_entry(&experiment, Entry::Resume)?;
    if prepare(study, &experiment, &works, &device, &folder, &stop)?.is_none() {
        return Ok(Outcome::Stopped);
    }
    let (chunks, out) = (works.len(), experiment.out.display());
    experiment.progress.say(&format!("planned  {chunks} chunks: {} run --out {out} --shard I/N", study.name));
    Ok(Outcome::Complete)
}

/// Checks that the run's folder is new, or holds the same plan where it may be continued.
pub(super) fn check_entry(experiment: &Experiment, entry: Entry) -> Result<()> {
    let Some(found) = plan_of(&experiment.out)? else { return Ok(()) };
    let path = experiment.out.display().to_string();
    if entry == Entry::Fresh {
        return Err(FolderError::Taken { path }.into());
    }
    if found != experiment.plan {
        return Err(FolderError::OtherPlan { path, found, expected: experiment.plan.clone() }.into());
    }
    Ok(())
}

/// The plan of the run in a folder, if there is one. Where its own file is lost or damaged the other files say it: what
/// another run computed is never overwritten.
fn plan_of(folder: &Path) -> Result<Option<String>> {
    let found = Planned::find(folder)?;
    if let Found::Whole(planned) = found {
        return Ok(Some(planned.plan));
    }
    let named = PreparedFiles::plan_of(folder).or_else(|| Some(manifest::named(folder)?.plan));
    if let (Found::Damaged(error), None) = (found, &named) {
        let (path, folder) = (folder.join(PLAN), folder.display());
        bail!(
            "{}: {error}; no other file in {folder} tells whose run it is: start another with --out DIR, or delete {folder}",
            path.display()
        );
    }
    Ok(named)
}

/// Writes the plan and the shared files where they are not there yet; nothing where a signal stopped it.
pub(super) fn prepare<P: Preparation>(
    study: &Study<P>,
    experiment: &Experiment,
    works: &[Work<P>],
    device: &Device,
    folder: &RunFolder,
    stop: &StopFlag,
) -> Result<Option<PreparedFiles>> {
    // Before the plan is written, so that a refusal leaves no run behind.
    let prepared = || PreparedFiles::find(folder.path(), &experiment.plan);
    if experiment.config.precision == Precision::F16 && !matches!(prepared()?, Found::Whole(_)) {
        float16::check(experiment, device, folder)?;
    }
    let planned = Planned::new(experiment, as_planned(works));
    match Planned::find(folder.path())? {
        Found::Whole(found) => found.check(experiment, &planned.chunks)?,
        found => {
            if let Found::Damaged(error) = found {
                experiment.progress.say(&format!("again    {PLAN}: {error}"));
            }
            folder.write(PLAN, &sealed::to_json(&planned)?)?;
            Manifest::new(experiment, State::Planned, vec![]).write(folder)?;
        }
    }
    let files =
        prepare_shared::<P>(experiment, device, folder, stop).with_context(|| format!("{} plan", study.name))?;
    if files.is_none() {
        experiment.progress.say("stopped while preparing; the same command goes on (without a verb: --resume)");
    }
    Ok(files)
}
