//! What a record says of a file: its name, its hash, its length, and how many rows it has where it is a table.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::manifest::MANIFEST;
use crate::progress::Progress;
use tidy::from_parquet;

/// What every report draws anew. Tables are not among it: those of a calibration cost hours, and are left out of the report of
/// another configuration.
const FIGURES: &str = "figures/";

/// A file of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Its path in the run's folder, with `/` between folders.
    pub path: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
    /// Rows of a table, without the header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<usize>,
}

impl FileRecord {
    /// The record of bytes that are about to be written.
    pub fn new(path: &str, bytes: &[u8], rows: Option<usize>) -> Self {
        Self { path: path.into(), sha256: sha256(bytes), bytes: bytes.len() as u64, rows }
    }

    /// Whether its path leads into the folder, and not out of it.
    pub fn is_inside(&self) -> bool {
        Path::new(&self.path).components().all(|part| matches!(part, Component::Normal(_)))
    }

    /// What differs between this record and the file; nothing where all is as it was written.
    pub fn difference(&self, folder: &Path) -> Option<String> {
        if !self.is_inside() {
            return Some("is no path within the folder".into());
        }
        let bytes = match std::fs::read(folder.join(&self.path)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Some("is missing".into()),
            Err(error) => return Some(format!("cannot be read: {error}")),
        };
        if bytes.len() as u64 != self.bytes {
            return Some(format!("has {} bytes, {} were written", bytes.len(), self.bytes));
        }
        if sha256(&bytes) != self.sha256 {
            return Some(format!("has other bytes than were written (sha256 {} was written)", self.sha256));
        }
        let rows = self.rows.filter(|rows| counted(&self.path, bytes).is_none_or(|found| found != *rows))?;
        Some(format!("does not hold the {rows} rows that were written"))
    }
}

/// What differs between records and the files of a folder, one line each.
pub fn differences(records: &[FileRecord], folder: &Path, progress: &Progress) -> Vec<String> {
    let stage = progress.stage("files", records.len());
    let mut differences = Vec::new();
    for record in records {
        differences.extend(record.difference(folder).map(|difference| format!("{} {difference}", record.path)));
        stage.advance(1);
    }
    stage.finish();
    differences
}

/// Files that should stand in the records of a folder and do not, one line each: those that are expected, and those that
/// lie in these parts of the folder, where only the program writes.
pub fn unlisted(records: &[FileRecord], expected: &[String], folder: &Path, parts: &[&str]) -> Vec<String> {
    let listed: BTreeSet<&str> = records.iter().map(|record| record.path.as_str()).collect();
    let mut unlisted: BTreeSet<String> = expected.iter().cloned().collect();
    for part in parts {
        let entries = std::fs::read_dir(folder.join(part)).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        unlisted.extend(names.filter(|name| !name.starts_with('.')).map(|name| format!("{part}/{name}")));
    }
    unlisted.retain(|path| !listed.contains(path.as_str()));
    let line = |path| format!("{path} is not listed in {MANIFEST}: merge again, or move it elsewhere if it is yours");
    unlisted.into_iter().map(line).collect()
}

/// Removes figures that earlier records name and later ones do not, such as those that a report of fewer chunks
/// leaves out. What is no longer as it was written is somebody's own and stays.
///
/// # Errors
/// Such a file cannot be removed.
pub fn remove_outdated(earlier: &[FileRecord], later: &[FileRecord], folder: &Path) -> Result<()> {
    let kept: BTreeSet<&str> = later.iter().map(|record| record.path.as_str()).collect();
    let outdated = |record: &&FileRecord| record.path.starts_with(FIGURES) && !kept.contains(record.path.as_str());
    for record in earlier.iter().filter(outdated) {
        if record.difference(folder).is_none() {
            let path = folder.join(&record.path);
            std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

/// Nothing, or an error that lists what differs.
///
/// # Errors
/// There is a difference.
pub fn check_none(differences: &[String], folder: &Path) -> Result<()> {
    let (count, list) = (differences.len(), differences.join("\n  "));
    ensure!(count == 0, "{} is not as it was written; differences ({count}):\n  {list}", folder.display());
    Ok(())
}

/// Rows of a table in a file; nothing where it is none.
fn counted(path: &str, bytes: Vec<u8>) -> Option<usize> {
    if path.ends_with(".parquet") {
        return from_parquet(bytes).ok().map(|(table, _)| table.rows());
    }
    csv::Reader::from_reader(bytes.as_slice()).into_records().try_fold(0, |count, row| row.is_ok().then_some(count + 1))
}

/// SHA-256 in lower-case hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_written_and_is_left_out_is_removed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let outside = folder.path().join("outside.svg");
        let out = folder.path().join("run");
        let names = ["figures/kept.svg", "figures/old.svg", "figures/edited.svg", "tables/calibration.csv"];
        let mut earlier: Vec<FileRecord> = names.iter().map(|name| FileRecord::new(name, b"drawn", None)).collect();
        earlier.push(FileRecord::new("figures/../../outside.svg", b"drawn", None));
        for part in ["figures", "tables"] {
            std::fs::create_dir_all(out.join(part)).expect("made");
        }
        for path in names.iter().map(|name| out.join(name)).chain([outside.clone()]) {
            std::fs::write(path, b"drawn").expect("written");
        }
        std::fs::write(out.join("figures/edited.svg"), b"edited by a person").expect("written");
        remove_outdated(&earlier, &earlier[..1], &out).expect("removed");
        let left = |name: &&str| out.join(name).exists();
        assert_eq!(names.iter().filter(|name| left(name)).count(), 3);
        assert!(!out.join("figures/old.svg").exists() && outside.exists());
        remove_outdated(&earlier, &earlier[..1], &out).expect("nothing is left to remove");
    }
}
