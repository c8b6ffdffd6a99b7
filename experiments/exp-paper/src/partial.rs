//! The report of a study that was stopped: of every part what is there.

use std::path::Path;

use anyhow::{Context, Result};
use study::cli::{FolderArguments, Outcome};
use study::experiment::Opening;
use study::output::tell;
use study::planned::Planned;
use study::preparation::Preparation;
use study::report::Drawing;
use study::sealed::Found;
use study::signals::StopFlag;
use study::{Experiment, Study, driver};

use crate::parts::{Part, WithStudy};
use crate::{NAME, findings};

/// Writes the report of what the folder of a study holds.
///
/// # Errors
/// No part of it was begun, something changed since, or the folder cannot be written.
pub fn report(arguments: &FolderArguments) -> Result<Outcome> {
    let FolderArguments { out, voice } = arguments;
    let planned = Part::ALL.iter().find_map(|part| match Planned::find(&part.folder(out)) {
        Ok(Found::Missing) => None,
        // A plan that is damaged or cannot be read is named.
        _ => Some(Planned::read(&part.folder(out), part.program())),
    });
    let planned = planned.with_context(|| format!("{} holds no part of a study", out.display()))??;
    let mut experiment =
        Experiment::open(NAME, Opening::planned(&planned, out)?, voice.progress(), &StopFlag::default())?;
    write(&mut experiment, out)
}

/// The same for a study that is open.
///
/// # Errors
/// As [`report`].
pub fn write(experiment: &mut Experiment, out: &Path) -> Result<Outcome> {
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
        return Ok(Outcome::Incomplete);
    }
    experiment.become_part(NAME, out.into());
    experiment.partial = (!said.is_empty()).then(|| format!("PARTIAL STUDY. {}", said.join(" ")));
    findings::write(experiment, out, figures, &early)?;
    Ok(Outcome::Complete)
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
