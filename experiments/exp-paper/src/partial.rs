//! The report of a study that was stopped: of every part what is there.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use figures::{Markdown, Report};
use study::cli::{FolderArguments, Outcome};
use study::experiment::Opening;
use study::output::tell;
use study::planned::Planned;
use study::preparation::Preparation;
use study::report::Drawing;
use study::sealed::Found;
use study::signals::{self, StopFlag};
use study::{Experiment, Study, driver, whole_file};

use crate::parts::{Part, WithStudy};
use crate::{NAME, findings};

/// Options of the verb `report`.
#[derive(Args)]
pub struct ReportArguments {
    #[command(flatten)]
    pub folder: FolderArguments,
    /// Write the report as Markdown too, with its drawings beside it; drawings that hold pictures are left out
    #[arg(long, value_name = "FILE.md")]
    pub markdown: Option<PathBuf>,
}

/// Writes the report of what the folder of a study holds.
///
/// # Errors
/// No part of it was begun, something changed since, or a folder cannot be written.
pub fn report(arguments: &ReportArguments) -> Result<Outcome> {
    let FolderArguments { out, voice } = &arguments.folder;
    let planned = Part::ALL.iter().find_map(|part| match Planned::find(&part.folder(out)) {
        Ok(Found::Missing) => None,
        // A plan that is damaged or cannot be read is named.
        _ => Some(Planned::read(&part.folder(out), part.program())),
    });
    let planned = planned.with_context(|| format!("{} holds no part of a study", out.display()))??;
    let progress = voice.progress();
    signals::droppable(&progress, "making the report", || {
        let opening = Opening::planned(&planned, out)?;
        let mut experiment = Experiment::open(NAME, opening, progress.clone(), &StopFlag::default())?;
        let Some(report) = write(&mut experiment, out)? else { return Ok(Outcome::Incomplete) };
        if let Some(path) = &arguments.markdown {
            write_markdown(&report.markdown(), path)?;
            experiment.progress.say(&format!("done     {}", path.display()));
        }
        Ok(Outcome::Complete)
    })
}

/// The text last, so that every drawing that it links is there.
fn write_markdown(markdown: &Markdown, path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let write = |path: &Path, bytes: &[u8]| whole_file::write(path, bytes).with_context(|| path.display().to_string());
    for (name, drawing) in &markdown.drawings {
        write(&folder.join(name), drawing.svg().as_bytes())?;
    }
    write(path, markdown.text.as_bytes())
}

/// The same for a study that is open; nothing where none of its parts holds anything yet.
///
/// # Errors
/// As [`report`].
pub fn write(experiment: &mut Experiment, out: &Path) -> Result<Option<Report>> {
    let (mut figures, mut said, mut early) = (Vec::new(), Vec::new(), Vec::new());
    for part in Part::ALL {
        experiment.become_part(part.program(), part.folder(out));
        match part.with_study(&mut WhatIsThere { experiment })? {
            Some(drawings) => figures.push((part, drawings)),
            None => said.push(format!("The part {} is not there.", part.name())),
        }
        early.extend(experiment.early.then_some(part));
        said.extend(experiment.partial.take().map(|partial| format!("In the part {}: {partial}", part.name())));
    }
    if figures.is_empty() {
        tell(&format!("incomplete: {} holds nothing yet that could be reported", out.display()));
        return Ok(None);
    }
    experiment.become_part(NAME, out.into());
    experiment.partial = (!said.is_empty()).then(|| format!("PARTIAL STUDY. {}", said.join(" ")));
    findings::write(experiment, out, figures, &early).map(Some)
}

struct WhatIsThere<'a> {
    experiment: &'a mut Experiment,
}

impl WithStudy for WhatIsThere<'_> {
    type Output = Option<Vec<Drawing>>;

    fn with<P: Preparation>(&mut self, _: Part, study: &Study<P>) -> Result<Self::Output> {
        Ok(driver::conclude_partially(study, self.experiment)?.map(|found| found.drawings))
    }
}
