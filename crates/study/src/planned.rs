//! `plan.json`: what will be computed, and everything that later processes need to know to compute a part of it.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::experiment::Experiment;
use crate::manifest;
use crate::progress::Progress;
use crate::sealed::{self, Found};
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

    /// What a folder holds in the place of a plan.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub fn find(folder: &Path) -> Result<Found<Self>> {
        sealed::find(&folder.join(PLAN))
    }

    /// Pictures per batch of the run in a folder, if there is one. Where its plan is lost or damaged the manifest says it.
    ///
    /// # Errors
    /// The plan is there and cannot be read.
    pub fn batch_of(folder: &Path) -> Result<Option<usize>> {
        Ok(match Self::find(folder)? {
            Found::Whole(planned) => Some(planned.batch),
            Found::Missing | Found::Damaged(_) => manifest::named(folder).map(|named| named.batch),
        })
    }

    /// The plan of an experiment in a folder.
    ///
    /// # Errors
    /// There is none, it is damaged, or it is another experiment's.
    pub fn read(folder: &Path, experiment: &str) -> Result<Self> {
        let planned = match Self::find(folder)? {
            Found::Whole(planned) => planned,
            Found::Missing => {
                let folder = folder.display();
                bail!("{folder} holds no plan: make one with `{experiment} plan --out {folder}`")
            }
            Found::Damaged(error) => {
                return Err(error).with_context(|| {
                    let path = folder.join(PLAN);
                    format!("{}: plan again with the same settings, and it is written anew", path.display())
                });
            }
        };
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
