//! `merge`: judges whether all chunks are there, and makes tables, tests, figures and the report from them.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::running::planned;
use super::{Findings, Study, Work, as_planned, open_folder};
use crate::chunk_file::{self, Fault};
use crate::cli::{FolderArguments, MergeArguments, Outcome};
use crate::coverage::Coverage;
use crate::experiment::{Experiment, Opening};
use crate::float16;
use crate::lock::Hold;
use crate::manifest::{self, MANIFEST, Manifest, State};
use crate::output::tell;
use crate::planned::{PLAN, Planned};
use crate::preparation::Preparation;
use crate::prepared::{PLAN_AGAIN, PREPARED, PreparedFiles};
use crate::record::FileRecord;
use crate::run_folder::RunFolder;
use crate::sealed::Found;
use crate::signals::StopFlag;
use crate::tables::Tables;

/// Everything that the chunks of a run hold.
pub(super) struct Gathered {
    tables: Tables,
    devices: BTreeSet<String>,
    files: Vec<FileRecord>,
    missing: Vec<String>,
}

/// What may be missing of the chunks that are merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Nothing.
    All,
    /// Chunks that were not computed yet, as long as there are others.
    Some,
}

/// Merges the chunks of a planned run.
///
/// # Errors
/// The run is not planned, something changed since, or the folder cannot be written. Chunks that are missing are no
/// error but an outcome.
pub fn merge<P: Preparation>(study: &Study<P>, arguments: &MergeArguments) -> Result<Outcome> {
    let MergeArguments { folder: FolderArguments { out, voice }, partial } = arguments;
    let progress = voice.progress();
    ensure!(
        study.in_rounds || !partial,
        "--partial: {} has no part that could be reported by itself; it is short, so let it end",
        study.name
    );
    let (planned, files) = planned(study, out)?;
    let (hold, wanted) = if *partial { (Hold::Report, Wanted::Some) } else { (Hold::Alone, Wanted::All) };
    let folder = open_folder(out, &planned.plan, hold, &progress)?;
    let Some(gathered) = gather(&folder, &planned.ids(), study, wanted)? else { return Ok(Outcome::Incomplete) };
    let opening = Opening::planned(&planned, out)?;
    // Who called this listens to signals.
    let mut experiment = Experiment::open(study.name, opening, progress, &StopFlag::default())?;
    let works = (study.chunks)(&experiment)?;
    planned.check(&experiment, &as_planned(&works))?;
    cover(&mut experiment, &works, &gathered.missing);
    let prepared = P::load(&experiment, &files)?;
    conclude(study, &mut experiment, gathered, &prepared, &files, &folder)?;
    Ok(Outcome::Complete)
}

/// Reports what is there of a run, which may be less than all; nothing where it was not prepared, or has no chunk yet.
///
/// # Errors
/// As [`merge`].
pub fn conclude_partially<P: Preparation>(study: &Study<P>, experiment: &mut Experiment) -> Result<Option<Findings>> {
    let out = experiment.out.clone();
    if matches!(Planned::find(&out)?, Found::Missing) {
        return Ok(None);
    }
    let plan = Planned::read(&out, study.name)?.plan;
    if matches!(PreparedFiles::find(&out, &plan)?, Found::Missing) {
        return Ok(None);
    }
    // What is there must be whole, also for a report of a part.
    let (planned, files) = planned(study, &out)?;
    let works = (study.chunks)(experiment)?;
    planned.check(experiment, &as_planned(&works))?;
    let folder = open_folder(&out, &planned.plan, Hold::Report, &experiment.progress)?;
    let wanted = if study.in_rounds { Wanted::Some } else { Wanted::All };
    let Some(gathered) = gather(&folder, &planned.ids(), study, wanted)? else { return Ok(None) };
    cover(experiment, &works, &gathered.missing);
    let prepared = P::load(experiment, &files)?;
    conclude(study, experiment, gathered, &prepared, &files, &folder).map(Some)
}

/// Notes how much of a run is there.
fn cover<P>(experiment: &mut Experiment, works: &[Work<P>], missing: &[String]) {
    let coverage = Coverage::new(works, missing);
    experiment.partial = coverage.map(Coverage::sentence);
    experiment.early = coverage.is_some_and(Coverage::is_early);
}

/// Writes what follows from the chunks, and last of all the manifest.
pub(super) fn conclude<P: Preparation>(
    study: &Study<P>,
    experiment: &mut Experiment,
    gathered: Gathered,
    prepared: &[P],
    files: &PreparedFiles,
    folder: &RunFolder,
) -> Result<Findings> {
    experiment.devices = devices(files, &gathered.devices);
    experiment.adapter = files.adapter().cloned();
    experiment.float16 = float16::recorded(experiment.config.precision, files)?;
    if experiment.devices.len() > 1 {
        experiment.progress.warn(&format!(
            "this run was computed on different devices, whose numbers may differ in the last digits: {}",
            experiment.devices.join("; ")
        ));
    }
    let findings = (study.conclude)(experiment, prepared, &gathered.tables)?;
    write_findings(folder, &findings)?;
    let mut all: Vec<FileRecord> = files.files().to_vec();
    all.extend(gathered.files);
    for name in [PLAN, PREPARED] {
        let path = folder.path().join(name);
        let bytes = std::fs::read(&path).with_context(|| format!("{}: {PLAN_AGAIN}", path.display()))?;
        all.push(FileRecord::new(name, &bytes, None));
    }
    all.extend(folder.written());
    let state = if experiment.partial.is_some() { State::Partial } else { State::Complete };
    let all = one_per_path(all);
    manifest::remove_outdated(folder.path(), &all)?;
    Manifest::new(experiment, state, all).write(folder)?;
    if let Some(partial) = &experiment.partial {
        experiment.progress.warn(partial);
    }
    experiment.progress.say(&format!("done     {}", folder.path().join("report.html").display()));
    Ok(findings)
}

/// All chunks that are wanted; nothing, but a list for the user, where not all of them can be used or files lie among them
/// that are none.
pub(super) fn gather<P>(
    folder: &RunFolder,
    chunks: &[String],
    study: &Study<P>,
    wanted: Wanted,
) -> Result<Option<Gathered>> {
    let (path, plan) = (folder.path(), folder.plan());
    let mut problems = chunk_file::strangers(path, plan, chunks, study.tables);
    let mut gathered =
        Gathered { tables: Tables::empty(study.tables), devices: BTreeSet::new(), files: vec![], missing: vec![] };
    for id in chunks {
        match chunk_file::read(path, plan, id, study.tables) {
            Ok(chunk) => {
                gathered.tables.append(chunk.tables)?;
                gathered.devices.insert(chunk.device);
                gathered.files.extend(chunk.files);
            }
            Err(Fault::Missing) if wanted == Wanted::Some => gathered.missing.push(id.clone()),
            Err(Fault::Missing) => problems.push(format!("chunk {id} is missing")),
            Err(Fault::Damaged(reason)) => problems.push(reason),
        }
    }
    if gathered.missing.len() == chunks.len() {
        problems.push("no chunk is there".into());
    }
    if problems.is_empty() {
        return Ok(Some(gathered));
    }
    say_incomplete(study.name, path, &problems);
    Ok(None)
}

fn say_incomplete(program: &str, folder: &Path, problems: &[String]) {
    let (count, out) = (problems.len(), folder.display());
    tell(&format!("incomplete: {count} of what {out} should hold is not as it should be, so nothing was merged:"));
    problems.iter().for_each(|problem| tell(&format!("  {problem}")));
    tell(&format!(
        "`{program} run --out {out}` computes chunks that are missing, truncated or foreign; delete files that are no \
         chunks of this plan; `{program} merge --partial --out {out}` reports what is there"
    ));
}

fn devices(files: &PreparedFiles, of_chunks: &BTreeSet<String>) -> Vec<String> {
    let prepared_on = files.device().to_string();
    let others = of_chunks.iter().filter(|device| **device != prepared_on).cloned();
    [prepared_on.clone()].into_iter().chain(others).collect()
}

/// Tables first, then what is drawn from them.
fn write_findings(folder: &RunFolder, findings: &Findings) -> Result<()> {
    for (name, table) in &findings.tables {
        folder.write_table(name, table)?;
    }
    for drawing in &findings.drawings {
        folder.write(&format!("figures/{}.svg", drawing.name), drawing.figure.svg().as_bytes())?;
        folder.write(&format!("figures/{}.png", drawing.name), &drawing.figure.png()?)?;
    }
    Ok(folder.write("report.html", findings.report.as_bytes())?)
}

/// The latest record of every file but the manifest itself, by path.
fn one_per_path(records: Vec<FileRecord>) -> Vec<FileRecord> {
    let by_path = records.into_iter().map(|record| (record.path.clone(), record));
    let latest: std::collections::BTreeMap<String, FileRecord> = by_path.collect();
    latest.into_values().filter(|record| record.path != MANIFEST).collect()
}
