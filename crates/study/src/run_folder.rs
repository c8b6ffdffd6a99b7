//! A run's folder: what is in it is whole, and only one process writes to it.
//!
//! Every file is written beside its final name, flushed to the disk and renamed. A chunk carries the plan's id and its
//! own, so that a chunk of another plan is never taken for one of this.

use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::table::{Table, TableError, TidyRow, from_parquet, to_csv, to_parquet};

/// The folder of a run, held against other processes.
pub struct RunFolder {
    path: PathBuf,
    plan: String,
    /// The lock goes with the process, however it ends.
    _lock: File,
}

/// Whether a folder may hold an earlier part of the same run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// It must be new or empty.
    Fresh,
    /// What is there is continued.
    Resume,
}

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The operating system refuses.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: String,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// There is a run already.
    #[error("{path} already holds a run: --resume continues it (finished parts are kept), --out DIR starts another")]
    Taken {
        /// The folder.
        path: String,
    },
    /// The run in it is another one.
    #[error(
        "{path} holds a run with another plan ({found}, this one is {expected}): its configuration, pictures, weights or \
         program version differ. --out DIR starts another run; or repeat the old one with its own settings"
    )]
    OtherPlan {
        /// The folder.
        path: String,
        /// The plan in the folder.
        found: String,
        /// The plan that was to run.
        expected: String,
    },
    /// Another process writes to it.
    #[error("{path}: another process is writing to this run; wait for it, or choose another folder with --out")]
    Locked {
        /// The folder.
        path: String,
    },
    /// A table could not be made.
    #[error("{path}: {source}")]
    Table {
        /// The file.
        path: String,
        /// What is wrong.
        source: TableError,
    },
}

impl RunFolder {
    /// Opens the folder of a run with a plan.
    ///
    /// # Errors
    /// It holds another run, or a run that was not to be resumed, or another process writes to it, or it cannot be
    /// made.
    pub fn open(path: &Path, plan: &str, entry: Entry) -> Result<Self, FolderError> {
        let shown = || path.display().to_string();
        make(path)?;
        let lock_path = path.join(".lock");
        let lock = File::create(&lock_path).map_err(io(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(FolderError::Locked { path: shown() }),
            Err(TryLockError::Error(source)) => return Err(io(&lock_path)(source)),
        }
        let plan_path = path.join("plan");
        let found = match fs::read_to_string(&plan_path) {
            Ok(text) => Some(text.trim().to_string()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(io(&plan_path)(error)),
        };
        match found {
            Some(_) if entry == Entry::Fresh => return Err(FolderError::Taken { path: shown() }),
            Some(found) if found != plan => {
                return Err(FolderError::OtherPlan { path: shown(), found, expected: plan.into() });
            }
            _ => {}
        }
        let folder = Self { path: path.into(), plan: plan.into(), _lock: lock };
        for part in ["chunks", "tables", "figures", "arrays"] {
            make(&path.join(part))?;
        }
        folder.write("plan", format!("{plan}\n").as_bytes())?;
        Ok(folder)
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file, whole or not at all.
    ///
    /// # Errors
    /// The disk is full, the folder is read-only, and the like.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
        let path = self.path.join(name);
        let folder = path.parent().unwrap_or(&self.path);
        let mut file = temporary(folder).map_err(io(&path))?;
        file.write_all(bytes).map_err(io(&path))?;
        file.as_file().sync_all().map_err(io(&path))?;
        file.persist(&path).map_err(|error| io(&path)(error.error))?;
        // The rename itself must reach the disk too. Windows cannot open a folder as a file, and needs no such flush.
        #[cfg(unix)]
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(io(&path))?;
        Ok(())
    }

    /// Writes a table as CSV and as Parquet.
    ///
    /// # Errors
    /// As [`RunFolder::write`].
    pub fn write_table(&self, name: &str, table: &Table) -> Result<(), FolderError> {
        let failed = |source| FolderError::Table { path: name.into(), source };
        self.write(&format!("tables/{name}.csv"), &to_csv(table).map_err(failed)?)?;
        self.write(&format!("tables/{name}.parquet"), &to_parquet(table, &[("plan", &self.plan)]).map_err(failed)?)
    }

    /// Writes the rows of a chunk.
    ///
    /// # Errors
    /// As [`RunFolder::write`].
    pub fn write_chunk<R: TidyRow>(&self, id: &str, rows: &[R]) -> Result<(), FolderError> {
        let count = rows.len().to_string();
        let notes = [("plan", self.plan.as_str()), ("chunk", id), ("rows", &count)];
        let failed = |source| FolderError::Table { path: id.into(), source };
        let bytes = to_parquet(&R::to_table(rows), &notes).map_err(failed)?;
        self.write(&format!("chunks/{id}.parquet"), &bytes)
    }

    /// The rows of a chunk that is there, whole and of this plan; nothing otherwise, so that it is computed again.
    pub fn read_chunk<R: TidyRow>(&self, id: &str) -> Option<Vec<R>> {
        let bytes = fs::read(self.path.join(format!("chunks/{id}.parquet"))).ok()?;
        let (table, notes) = from_parquet(bytes).ok()?;
        let is = |key: &str, value: &str| notes.get(key).is_some_and(|found| found == value);
        let whole = is("plan", &self.plan) && is("chunk", id) && is("rows", &table.rows().to_string());
        if whole { R::from_table(&table).ok() } else { None }
    }
}

/// A hidden file beside its final place, with the permissions of any new file: a lab shares its results.
fn temporary(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".part-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

fn make(path: &Path) -> Result<(), FolderError> {
    fs::create_dir_all(path).map_err(io(path))
}

fn io(path: &Path) -> impl Fn(std::io::Error) -> FolderError {
    let path = path.display().to_string();
    move |source| FolderError::Io { path: path.clone(), source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::SweepRow;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder")
    }

    fn message(result: Result<RunFolder, FolderError>) -> String {
        result.err().expect("refused").to_string()
    }

    #[test]
    fn a_taken_folder_is_refused_and_resumed_only_with_the_same_plan() {
        let place = folder();
        drop(RunFolder::open(place.path(), "aa", Entry::Fresh).expect("new"));
        assert!(message(RunFolder::open(place.path(), "aa", Entry::Fresh)).contains("--resume continues"));
        assert!(
            message(RunFolder::open(place.path(), "bb", Entry::Resume)).contains("another plan (aa, this one is bb)")
        );
        assert!(RunFolder::open(place.path(), "aa", Entry::Resume).is_ok());
    }

    #[test]
    fn two_writers_are_one_too_many() {
        let place = folder();
        let _first = RunFolder::open(place.path(), "aa", Entry::Fresh).expect("new");
        assert!(message(RunFolder::open(place.path(), "aa", Entry::Resume)).contains("another process is writing"));
    }

    #[test]
    fn a_chunk_is_taken_only_whole_and_of_this_plan() {
        let place = folder();
        let run = RunFolder::open(place.path(), "aa", Entry::Fresh).expect("new");
        run.write_chunk::<SweepRow>("c", &[]).expect("writable");
        assert_eq!(run.read_chunk::<SweepRow>("c"), Some(vec![]));
        assert_eq!(run.read_chunk::<SweepRow>("d"), None);
        let path = place.path().join("chunks/c.parquet");
        let bytes = fs::read(&path).expect("written");
        fs::copy(&path, place.path().join("chunks/d.parquet")).expect("writable");
        assert_eq!(run.read_chunk::<SweepRow>("d"), None, "a chunk under another name");
        fs::write(&path, &bytes[..bytes.len() - 9]).expect("writable");
        assert_eq!(run.read_chunk::<SweepRow>("c"), None, "truncated");
        fs::write(&path, b"").expect("writable");
        assert_eq!(run.read_chunk::<SweepRow>("c"), None, "empty");
    }

    #[test]
    fn a_path_that_cannot_be_is_an_error_that_names_it() {
        let place = folder();
        fs::write(place.path().join("file"), "").expect("writable");
        let error = message(RunFolder::open(&place.path().join("file/run"), "aa", Entry::Fresh));
        assert!(error.contains("file/run"), "{error}");
    }
}
