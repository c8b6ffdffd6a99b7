//! `manifest.json`: everything needed to trace and to repeat a run.

#[cfg(test)]
mod versions;

use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use vgg_core::device::{DeviceInfo, Precision};
use vgg_core::{Architecture, Origin, Preprocessing};

use crate::config::Config;
use crate::experiment::Experiment;
use crate::float16::Float16Error;
use crate::pictures::StudySet;
use crate::progress::Progress;
use crate::record::{self, FileRecord};
use crate::run_folder::RunFolder;
use crate::sealed::{self, Found};

/// The file in the run's folder.
pub const MANIFEST: &str = "manifest.json";

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Chunks may still be missing.
    Planned,
    /// There is a report of the chunks that are there; others are missing.
    Partial,
    /// Everything is computed and written.
    Complete,
}

/// The record of a run. Time, command and commit stand here and nowhere else, so that equal runs have equal files.
#[derive(Serialize)]
pub struct Manifest<'a> {
    /// The program, such as `exp-lesion`.
    pub experiment: &'a str,
    /// Hash of everything that determines the numbers.
    pub plan: &'a str,
    /// Version of the program.
    pub version: &'static str,
    /// The commit that it was built from.
    pub commit: &'static str,
    /// Versions of the crates that decide the numbers.
    pub crates: Vec<&'static str>,
    /// How far it is.
    pub state: State,
    /// When this file was written, UTC.
    pub written: String,
    /// The configuration as it was computed.
    pub config: &'a Config,
    /// The same as TOML, ready for `--config`.
    pub config_toml: String,
    /// The weights.
    pub weights: WeightsRecord<'a>,
    /// The pictures.
    pub sets: Vec<SetRecord<'a>>,
    /// The processors that prepared and computed the chunks, with drivers.
    pub devices: &'a [String],
    /// The GPU that prepared, with interface, kind, driver, memory and limits; missing where it was the CPU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adapter: Option<&'a DeviceInfo>,
    /// The type of number on the device.
    pub dtype: Precision,
    /// How far float16 is off float32 on this network and these pictures, where the run was computed in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub float16: Option<Float16Error>,
    /// Pictures per batch.
    pub batch: usize,
    /// What the options of the command line were.
    pub command: Vec<String>,
    /// Every other file of the run.
    pub files: Vec<FileRecord>,
}

/// What a caller wants to know of the manifest in a folder.
///
/// # Errors
/// There is none, or it is damaged.
pub fn read<T: DeserializeOwned>(folder: &Path) -> Result<T> {
    let path = folder.join(MANIFEST);
    match sealed::find(&path)? {
        Found::Whole(manifest) => Ok(manifest),
        Found::Missing => bail!("{} is missing (is the run complete?)", path.display()),
        Found::Damaged(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// What a manifest says of the run in its folder.
#[derive(Deserialize)]
pub(crate) struct Named {
    /// Hash of everything that determines the numbers.
    pub plan: String,
    /// Pictures per batch.
    pub batch: usize,
}

/// What a folder's manifest says of the run, as far as it can be read.
pub(crate) fn named(folder: &Path) -> Option<Named> {
    read(folder).ok()
}

/// What [`verify`] reads of a manifest.
#[derive(Deserialize)]
struct Recorded {
    files: Vec<FileRecord>,
}

/// Removes what the manifest in a folder lists and the one that follows it will not. Before that is written, so that whatever
/// happens in between is seen by [`verify`].
///
/// # Errors
/// A file cannot be removed.
pub fn remove_outdated(out: &Path, files: &[FileRecord]) -> Result<()> {
    // Where there is none, or it is damaged, nothing is known to be ours.
    let earlier = read::<Recorded>(out).map(|recorded| recorded.files).unwrap_or_default();
    record::remove_outdated(&earlier, files, out)
}

/// Checks the files of a folder against its manifest.
///
/// # Errors
/// There is no manifest, or something differs; the message lists it.
pub fn verify(out: &Path, progress: &Progress) -> Result<()> {
    let recorded: Recorded = read(out)?;
    let mut differences = record::differences(&recorded.files, out, progress);
    if !recorded.files.iter().any(|file| file.path == "report.html") {
        differences.push(format!("{MANIFEST} does not list report.html"));
    }
    record::check_none(&differences, out)?;
    progress.say(&format!("verified {} files of {}", recorded.files.len(), out.display()));
    Ok(())
}

impl<'a> Manifest<'a> {
    /// The manifest of an experiment whose folder holds these files.
    pub fn new(experiment: &'a Experiment, state: State, files: Vec<FileRecord>) -> Self {
        let trained = experiment.trained();
        Self {
            experiment: experiment.name,
            plan: &experiment.plan,
            version: env!("CARGO_PKG_VERSION"),
            commit: commit(),
            crates: crates(),
            state,
            written: now(),
            config: &experiment.config,
            config_toml: experiment.config.to_toml(),
            weights: WeightsRecord {
                file: experiment.weights_file().into(),
                sha256: experiment.weights_sha256(),
                network: NetworkRecord::new(&trained.architecture),
                preprocessing: &trained.preprocessing,
                origin: &trained.origin,
            },
            sets: experiment.sets.sets.iter().map(SetRecord::new).collect(),
            devices: &experiment.devices,
            adapter: experiment.adapter.as_ref(),
            dtype: experiment.config.precision,
            float16: experiment.float16,
            batch: experiment.batch,
            command: std::env::args().collect(),
            files,
        }
    }

    /// Writes it into the run's folder.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn write(&self, folder: &RunFolder) -> anyhow::Result<()> {
        Ok(folder.write(MANIFEST, &sealed::to_json(self)?)?)
    }
}

/// The weights of a run.
#[derive(Clone, Serialize)]
pub struct WeightsRecord<'a> {
    /// The file, or `embedded`.
    pub file: String,
    /// SHA-256 of the file.
    pub sha256: &'a str,
    /// The network.
    pub network: NetworkRecord<'a>,
    /// How pictures were prepared.
    pub preprocessing: &'a Preprocessing,
    /// Where the weights come from.
    pub origin: &'a Origin,
}

/// The network of a run; its whole graph stands in the file of the weights.
#[derive(Clone, Serialize)]
pub struct NetworkRecord<'a> {
    /// Its name.
    pub name: &'a str,
    /// Side of the square RGB input, in pixels.
    pub input_side: usize,
    /// The sites, which tables call layers, in the order of computation.
    pub sites: Vec<SiteRecord<'a>>,
    /// The node that recognition heads read.
    pub features: &'a str,
    /// Units of that node.
    pub feature_units: usize,
    /// Class scores; 0 where it has none.
    pub classes: usize,
}

/// A site of a run's network.
#[derive(Clone, Serialize)]
pub struct SiteRecord<'a> {
    /// Its name in tables.
    pub name: &'a str,
    /// The node whose result is scaled.
    pub node: &'a str,
    /// Channels.
    pub channels: usize,
    /// Rows of a channel's map.
    pub height: usize,
    /// Columns of a channel's map.
    pub width: usize,
}

impl<'a> NetworkRecord<'a> {
    /// The record of a network.
    pub fn new(network: &'a Architecture) -> Self {
        let site = |site: &'a vgg_core::Site| SiteRecord {
            name: &site.name,
            node: &network.graph().node(site.node).name,
            channels: site.channels,
            height: site.height,
            width: site.width,
        };
        Self {
            name: network.name(),
            input_side: network.input_side(),
            sites: network.sites().iter().map(site).collect(),
            features: network.feature_name(),
            feature_units: network.feature_units(),
            classes: network.classes(),
        }
    }
}

/// A set of a run.
#[derive(Serialize)]
pub struct SetRecord<'a> {
    /// Its name.
    pub name: &'a str,
    /// SHA-256 over ids, norms, categories and pixels.
    pub sha256: &'a str,
    /// Pictures with an emotion.
    pub pictures: usize,
    /// What a reader should know.
    pub notes: &'a str,
}

impl<'a> SetRecord<'a> {
    /// The record of a set.
    pub fn new(set: &'a StudySet) -> Self {
        Self { name: &set.name, sha256: &set.sha256, pictures: set.pictures.len(), notes: &set.notes }
    }
}

/// The commit that the program was built from.
pub fn commit() -> &'static str {
    env!("GAINLAB_COMMIT")
}

/// The crates that decide the numbers, with versions.
pub fn crates() -> Vec<&'static str> {
    env!("GAINLAB_CRATES").split(", ").collect()
}

/// The time, UTC, to the second.
pub fn now() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}
