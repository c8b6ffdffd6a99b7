//! `prepared.json`: the last file of a preparation. Where it is, the shared files are whole, and it says what they are.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use vgg_core::device::{AdapterKind, DeviceInfo};

use crate::machine;
use crate::manifest::MANIFEST;
use crate::planned::PLAN;
use crate::record::{FileRecord, sha256};
use crate::run_folder::RunFolder;
use crate::sealed::{self, Found};

/// The file in the run's folder.
pub const PREPARED: &str = "prepared.json";

/// What makes shared files anew.
pub(crate) const PLAN_AGAIN: &str = "plan again with the same settings (without a verb: --resume), and it is made anew";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    plan: String,
    device: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    adapter: Option<DeviceInfo>,
    files: Vec<FileRecord>,
}

/// The files of a finished preparation.
pub struct PreparedFiles {
    folder: PathBuf,
    record: Record,
}

impl PreparedFiles {
    /// The finished preparation of a plan in a folder; one of another plan counts as missing.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub fn find(folder: &Path, plan: &str) -> Result<Found<Self>> {
        Ok(match sealed::find::<Record>(&folder.join(PREPARED))? {
            Found::Whole(record) if record.plan == plan => Found::Whole(Self { folder: folder.into(), record }),
            Found::Whole(_) | Found::Missing => Found::Missing,
            Found::Damaged(error) => Found::Damaged(error),
        })
    }

    /// The plan that a folder was prepared for, as far as that can be read.
    pub(crate) fn plan_of(folder: &Path) -> Option<String> {
        match sealed::find::<Record>(&folder.join(PREPARED)) {
            Ok(Found::Whole(record)) => Some(record.plan),
            _ => None,
        }
    }

    /// Says that everything that was written so far is the preparation of a plan.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub(crate) fn seal(folder: &RunFolder, plan: &str, device: &DeviceInfo) -> Result<Self> {
        let shared = |record: &FileRecord| ![PLAN, MANIFEST].contains(&record.path.as_str());
        let files = folder.written().into_iter().filter(shared).collect();
        // Of a CPU nothing more is told than its name: threads and memory do not decide numbers.
        let adapter = (device.kind != AdapterKind::Cpu).then(|| device.clone());
        let record = Record { plan: plan.into(), device: machine::device(device), adapter, files };
        folder.write(PREPARED, &sealed::to_json(&record)?)?;
        Ok(Self { folder: folder.path().into(), record })
    }

    /// The processor that prepared.
    pub fn device(&self) -> &str {
        &self.record.device
    }

    /// The adapter that prepared, with interface, driver, memory and limits; nothing where it was the CPU.
    pub fn adapter(&self) -> Option<&DeviceInfo> {
        self.record.adapter.as_ref()
    }

    /// The files.
    pub fn files(&self) -> &[FileRecord] {
        &self.record.files
    }

    /// What differs between the files and what was written, one line each.
    pub fn differences(&self) -> Vec<String> {
        let difference = |record: &FileRecord| Some(format!("{} {}", record.path, record.difference(&self.folder)?));
        self.record.files.iter().filter_map(difference).collect()
    }

    /// Checks all files, also those that the caller will not read.
    ///
    /// # Errors
    /// Some are not what was written; the message lists them.
    pub(crate) fn check(&self) -> Result<()> {
        let differences = self.differences();
        let (folder, list) = (self.folder.display(), differences.join("\n  "));
        ensure!(differences.is_empty(), "shared files of {folder} are not what was written:\n  {list}\n{PLAN_AGAIN}");
        Ok(())
    }

    /// Removes files that are not what was written, so that they are made anew, and says what they were.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub(crate) fn remove_spoilt(&self) -> Result<Vec<String>> {
        let mut spoilt = Vec::new();
        for record in &self.record.files {
            let Some(difference) = record.difference(&self.folder) else { continue };
            ensure!(record.is_inside(), "{PREPARED}: {} {difference}", record.path);
            let path = self.folder.join(&record.path);
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(error).with_context(|| path.display().to_string());
                }
                _ => spoilt.push(format!("{} {difference}", record.path)),
            }
        }
        Ok(spoilt)
    }

    /// The bytes of a file, which are those that were written.
    ///
    /// # Errors
    /// It cannot be read, or changed since.
    pub fn bytes(&self, name: &str) -> Result<Vec<u8>> {
        let path = self.folder.join(name);
        let record = self.record.files.iter().find(|record| record.path == name);
        let record = record.with_context(|| format!("{PREPARED} does not name {name}: {PLAN_AGAIN}"))?;
        let bytes = std::fs::read(&path).with_context(|| format!("{}: {PLAN_AGAIN}", path.display()))?;
        ensure!(sha256(&bytes) == record.sha256, "{} is not what was written: {PLAN_AGAIN}", path.display());
        Ok(bytes)
    }
}
