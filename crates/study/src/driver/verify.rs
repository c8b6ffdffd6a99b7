//! `verify`: is everything still what was written, and are weights and pictures still what was computed with?

use std::path::Path;

use anyhow::{Result, bail};
use serde::Deserialize;
use vgg_core::weights::file_sha256;

use super::Study;
use crate::chunk_file;
use crate::cli::{FolderArguments, Outcome};
use crate::config::{Config, SetConfig};
use crate::experiment::Opening;
use crate::manifest::{self, MANIFEST, State};
use crate::planned::{PLAN, Planned};
use crate::prepared::{PREPARED, PreparedFiles};
use crate::progress::Progress;
use crate::record::{self, FileRecord};
use crate::run_folder::PARTS;
use crate::sealed::Found;

/// What `verify` reads of a manifest.
#[derive(Deserialize)]
struct Recorded {
    plan: String,
    state: State,
    files: Vec<FileRecord>,
}

/// Checks a merged run.
///
/// # Errors
/// The run was not merged, or something differs; the message lists it.
pub fn verify<P>(study: &Study<P>, arguments: &FolderArguments) -> Result<Outcome> {
    let (out, progress) = (&arguments.out, arguments.voice.progress());
    let planned = Planned::read(out, study.name)?;
    let recorded = recorded(out, study.name)?;
    let mut differences = Vec::new();
    if recorded.plan != planned.plan {
        differences.push(format!("{MANIFEST} belongs to plan {}, the folder to {}", recorded.plan, planned.plan));
    }
    let expected = expected(study, &planned, out, recorded.state)?;
    // After a report of a part, further chunks may have come.
    let closed = |part: &&str| recorded.state == State::Complete || *part != chunk_file::FOLDER;
    let parts: Vec<&str> = PARTS.iter().copied().filter(closed).collect();
    differences.extend(record::unlisted(&recorded.files, &expected, out, &parts));
    differences.extend(record::differences(&recorded.files, out, &progress));
    let config = Opening::planned(&planned, out)?.config;
    differences.extend(weights(&planned, &config, &progress)?);
    differences.extend(pictures(&planned, &config, &progress));
    record::check_none(&differences, out)?;
    progress.say(&format!("verified {} files of {}", recorded.files.len(), out.display()));
    Ok(Outcome::Complete)
}

/// Files that a merged run has whatever its configuration, by path.
fn expected<P>(study: &Study<P>, planned: &Planned, out: &Path, state: State) -> Result<Vec<String>> {
    let mut expected: Vec<String> = [PLAN, PREPARED, "report.html"].map(String::from).to_vec();
    if let Found::Whole(files) = PreparedFiles::find(out, &planned.plan)? {
        expected.extend(files.files().iter().map(|file| file.path.clone()));
    }
    if state == State::Complete {
        expected.extend(chunk_file::names(&planned.ids(), study.tables));
    }
    Ok(expected)
}

fn recorded(out: &Path, program: &str) -> Result<Recorded> {
    let recorded: Recorded = manifest::read(out)?;
    if recorded.state == State::Planned {
        bail!("{} was not merged yet: `{program} merge --out {}`", out.display(), out.display());
    }
    Ok(recorded)
}

fn weights(planned: &Planned, config: &Config, progress: &Progress) -> Result<Option<String>> {
    let Some(path) = &config.network.weights else { return Ok(None) };
    if !path.exists() {
        progress.say(&format!("note     {} is not there, so the weights were not checked", path.display()));
        return Ok(None);
    }
    let found = file_sha256(path)?;
    Ok((found != planned.weights_sha256)
        .then(|| format!("{}: these are other weights (sha256 {found})", path.display())))
}

fn pictures(planned: &Planned, config: &Config, progress: &Progress) -> Vec<String> {
    let mut differences = Vec::new();
    for set in &config.sets {
        if let SetConfig::Files(spec) | SetConfig::Halves(spec) = set
            && !(spec.images.exists() && spec.ratings.exists())
        {
            progress.say(&format!(
                "note     {} or {} is not there, so set `{}` was not checked",
                spec.images.display(),
                spec.ratings.display(),
                spec.name
            ));
            continue;
        }
        differences.extend(set_differences(planned, config, set));
    }
    differences
}

fn set_differences(planned: &Planned, config: &Config, set: &SetConfig) -> Vec<String> {
    let loaded = match set.load(planned.allow_missing, config.seed) {
        Ok(loaded) => loaded,
        Err(error) => return vec![error.to_string()],
    };
    let differs = |set: stimuli::PictureSet| match set.content_sha256() {
        Err(error) => Some(error.to_string()),
        Ok(found) => {
            let known = planned.sets.iter().any(|(name, sha256)| *name == set.name && *sha256 == found);
            (!known).then(|| format!("set `{}`: pictures or norms are others now (sha256 {found})", set.name))
        }
    };
    loaded.into_iter().filter_map(differs).collect()
}
