//! `run`: computes the chunks of one shard.

use anyhow::{Context, Result, bail};

use super::{Bench, Study, Work, as_planned, open_folder};
use crate::chunk_file::{self, Fault};
use crate::cli::{Outcome, ShardArguments};
use crate::experiment::{Experiment, Opening};
use crate::lock::Hold;
use crate::machine;
use crate::planned::Planned;
use crate::preparation::Preparation;
use crate::prepared::{PLAN_AGAIN, PREPARED, PreparedFiles};
use crate::run_folder::RunFolder;
use crate::sealed::Found;
use crate::signals::StopFlag;

/// Computes the chunks of a shard of a planned run; those that are there are kept.
///
/// # Errors
/// The run is not planned, something changed since, or the folder cannot be written.
pub fn run<P: Preparation>(study: &Study<P>, arguments: &ShardArguments) -> Result<Outcome> {
    let progress = arguments.voice.progress();
    let stop = StopFlag::listen(&progress)?;
    let (planned, files) = planned(study, &arguments.out)?;
    let mut opening = Opening::planned(&planned, &arguments.out)?;
    let device = opening.device(&arguments.device, arguments.memory, &progress)?;
    let progress = progress.on(device.info());
    let experiment = Experiment::open(study.name, opening, progress, &stop)?;
    let works = (study.chunks)(&experiment)?;
    planned.check(&experiment, &as_planned(&works))?;
    let folder = open_folder(&experiment.out, &experiment.plan, Hold::Shard(arguments.shard), &experiment.progress)?;
    let prepared = P::load(&experiment, &files)?;
    let owners = planned.owners(arguments.shard.of);
    let own: Vec<&Work<P>> =
        works.iter().zip(owners).filter(|(_, owner)| *owner == arguments.shard.index).map(|(work, _)| work).collect();
    compute(study, &Bench::new(&experiment, &prepared, &device), &own, &folder, &stop)
}

/// The plan of a folder and its finished preparation, all files of which are what was written.
pub(super) fn planned<P>(study: &Study<P>, out: &std::path::Path) -> Result<(Planned, PreparedFiles)> {
    let planned = Planned::read(out, study.name)?;
    match PreparedFiles::find(out, &planned.plan)? {
        Found::Whole(files) => files.check().map(|()| (planned, files)),
        Found::Damaged(error) => bail!("{}: {error}: {PLAN_AGAIN}", out.join(PREPARED).display()),
        Found::Missing => bail!(
            "{}: the plan was not finished: plan again with the same settings, and it goes on where it stopped",
            out.display()
        ),
    }
}

/// Computes those of the chunks that are not there; every chunk is on the disk before the next one begins.
pub(super) fn compute<P: Preparation>(
    study: &Study<P>,
    bench: &Bench<'_, P>,
    works: &[&Work<P>],
    folder: &RunFolder,
    stop: &StopFlag,
) -> Result<Outcome> {
    let (progress, computed_on) = (&bench.experiment.progress, machine::device(bench.device.info()));
    let stage = progress.stage(study.stage, works.len());
    let mut works = works.to_vec();
    works.sort_by_key(|work| work.round);
    for work in works {
        if stop.is_raised() {
            progress.say(&format!(
                "stopped between two chunks; the same command goes on (without a verb: --resume), and `{} merge --partial --out \
                 {}` reports what is there",
                study.name,
                folder.path().display()
            ));
            return Ok(Outcome::Stopped);
        }
        // Asked again before each chunk, since another process may have computed it meanwhile.
        if let Err(fault) = chunk_file::read(folder.path(), folder.plan(), &work.id, study.tables) {
            if let Fault::Damaged(reason) = fault {
                progress.say(&format!("again    {reason}"));
            }
            let tables = (work.compute)(bench).with_context(|| format!("chunk {}", work.id))?;
            chunk_file::write(folder, &work.id, study.tables, &tables, &computed_on)?;
        }
        stage.advance(1);
    }
    stage.finish();
    Ok(Outcome::Complete)
}
