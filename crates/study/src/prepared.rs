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

/// The file in the run's folder.
pub const PREPARED: &str = "prepared.json";

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
    /// The finished preparation of a plan in a folder, if there is one.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub fn find(folder: &Path, plan: &str) -> Result<Option<Self>> {
        let path = folder.join(PREPARED);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        };
        let damaged = || format!("{} is damaged: delete it and plan again", path.display());
        let record: Record = serde_json::from_slice(&text).with_context(damaged)?;
        Ok((record.plan == plan).then(|| Self { folder: folder.into(), record }))
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
        folder.write(PREPARED, &serde_json::to_vec_pretty(&record)?)?;
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

    /// Removes files that are not what was written, so that they are made anew, and says what they were.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub(crate) fn remove_spoilt(&self) -> Result<Vec<String>> {
        let mut spoilt = Vec::new();
        for record in &self.record.files {
            let Some(difference) = record.difference(&self.folder) else { continue };
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
        let again = || "plan again with the same settings (or --resume without a verb) to make it anew";
        let record = self.record.files.iter().find(|record| record.path == name);
        let record = record.with_context(|| format!("{PREPARED} does not name {name}: {}", again()))?;
        let bytes = std::fs::read(&path).with_context(|| format!("{}: {}", path.display(), again()))?;
        ensure!(sha256(&bytes) == record.sha256, "{} is not what was written: {}", path.display(), again());
        Ok(bytes)
    }
}
