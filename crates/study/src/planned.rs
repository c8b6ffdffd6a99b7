//! `plan.json`: what will be computed, and everything that later processes need to know to compute a part of it.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::experiment::Experiment;
use crate::manifest;
use crate::progress::Progress;
use crate::shard::owners;

/// The file in the run's folder.
pub const PLAN: &str = "plan.json";

/// A plan as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Planned {
    /// Hash of everything that determines the numbers.
    pub plan: String,
    /// The program.
    pub experiment: String,
    /// Its version.
    pub version: String,
    /// The commit that the planning program was built from.
    pub commit: String,
    /// Pictures per batch.
    pub batch: usize,
    /// Whether pictures that are missing or unreadable were left out.
    pub allow_missing: bool,
    /// The weights file.
    pub weights: String,
    /// SHA-256 of the weights.
    pub weights_sha256: String,
    /// The picture sets: name and SHA-256 over ids, norms, categories and pixels.
    pub sets: Vec<(String, String)>,
    /// The chunks, in the order in which tables list them.
    pub chunks: Vec<PlannedChunk>,
    /// The configuration as TOML, with absolute paths.
    pub config: String,
}

/// A chunk of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedChunk {
    /// Its name.
    pub id: String,
    /// Multiplications, by which shards share the work; 0 where only statistics are computed.
    pub multiplications: u64,
}

impl Planned {
    /// The plan of an experiment with these chunks.
    pub fn new(experiment: &Experiment, chunks: Vec<PlannedChunk>) -> Self {
        let set = |set: &crate::pictures::StudySet| (set.name.clone(), set.sha256.clone());
        Self {
            plan: experiment.plan.clone(),
            experiment: experiment.name.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            commit: manifest::commit().into(),
            batch: experiment.batch,
            allow_missing: experiment.allow_missing,
            weights: experiment.weights_file().into(),
            weights_sha256: experiment.weights_sha256().into(),
            sets: experiment.sets.sets.iter().map(set).collect(),
            chunks,
            config: experiment.config.to_toml(),
        }
    }

    /// Names of the chunks.
    pub fn ids(&self) -> Vec<String> {
        self.chunks.iter().map(|chunk| chunk.id.clone()).collect()
    }

    /// The shard of every chunk where there are so many.
    pub fn owners(&self, shards: usize) -> Vec<usize> {
        owners(&self.chunks.iter().map(|chunk| chunk.multiplications).collect::<Vec<_>>(), shards)
    }

    /// The plan in a folder, if there is one.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub fn find(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(PLAN);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => return Ok(None),
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        };
        let damaged =
            || format!("{} is no plan of this program (is it damaged?): plan again in a new folder", path.display());
        serde_json::from_slice(&text).with_context(damaged).map(Some)
    }

    /// The plan of an experiment in a folder.
    ///
    /// # Errors
    /// There is none, or it is another experiment's.
    pub fn read(folder: &Path, experiment: &str) -> Result<Self> {
        let missing = || {
            format!("{} holds no plan: make one with `{experiment} plan --out {}`", folder.display(), folder.display())
        };
        let planned = Self::find(folder)?.with_context(missing)?;
        ensure!(
            planned.experiment == experiment,
            "{} holds a run of {}, and this program is {experiment}",
            folder.display(),
            planned.experiment
        );
        Ok(planned)
    }

    /// Says so where this program was not built from the commit that planned: nothing else tells that chunks may have been
    /// computed by different code.
    pub fn warn_of_another_commit(&self, progress: &Progress) {
        if self.commit != manifest::commit() {
            let (planned, this) = (&self.commit, manifest::commit());
            progress.warn(&format!(
                "planned by commit {planned}, and this program is commit {this}: make sure that both compute the same"
            ));
        }
    }

    /// Checks that an experiment that was opened again is the planned one.
    ///
    /// # Errors
    /// What changed since.
    pub fn check(&self, experiment: &Experiment, chunks: &[PlannedChunk]) -> Result<()> {
        ensure!(
            self.version == env!("CARGO_PKG_VERSION"),
            "planned by version {}, and this is version {}: use one version for the whole run",
            self.version,
            env!("CARGO_PKG_VERSION")
        );
        ensure!(
            self.weights_sha256 == experiment.weights_sha256(),
            "{}: the weights changed since the run was planned (sha256 {} was planned)",
            self.weights,
            self.weights_sha256
        );
        for ((name, sha256), set) in self.sets.iter().zip(&experiment.sets.sets) {
            ensure!(
                *sha256 == set.sha256,
                "set `{name}`: pictures or norms changed since the run was planned (sha256 {sha256} was planned)"
            );
        }
        self.warn_of_another_commit(&experiment.progress);
        ensure!(
            self.plan == experiment.plan && self.chunks == chunks,
            "{PLAN} does not fit this program: it holds plan {}, and its settings give {}",
            self.plan,
            experiment.plan
        );
        Ok(())
    }
}
