//! A run's folder: what is in it is whole, and only those write to it who hold its lock.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::lock::{Hold, LockError, Locks};
use crate::record::FileRecord;
use crate::whole_file::{self, Whose};
use tidy::{Table, TableError, to_csv, to_parquet};

/// Folders in the run's folder, in which only the program writes.
pub(crate) const PARTS: [&str; 4] = ["chunks", "tables", "figures", "arrays"];

/// The folder of a run, held against other processes.
pub struct RunFolder {
    path: PathBuf,
    plan: String,
    locks: Locks,
    written: Mutex<Vec<FileRecord>>,
}

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The operating system refuses.
    #[error("{path}: {source}{}", remedy(.source))]
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
    #[error(
        "{path}: another process is writing to this run ({holders}); wait for it, or choose another folder with --out"
    )]
    Locked {
        /// The folder.
        path: String,
        /// Who they are.
        holders: String,
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
    /// Opens the folder of a run with a plan, and makes it where it is not there.
    ///
    /// # Errors
    /// Another process writes to it, or it cannot be made.
    pub fn open(path: &Path, plan: &str, hold: Hold) -> Result<Self, FolderError> {
        make(path)?;
        let locks = Locks::take(path, hold).map_err(|error| match error {
            LockError::Io(source) => io(path)(source),
            LockError::Held(holders) => {
                let holders = if holders.is_empty() { "which has just ended".into() } else { holders.join("; ") };
                FolderError::Locked { path: path.display().to_string(), holders }
            }
        })?;
        for part in PARTS {
            make(&path.join(part))?;
        }
        // Whoever holds the whole folder knows that nobody else writes to it.
        if hold == Hold::Alone && locks.supported {
            for place in PARTS.map(|part| path.join(part)).iter().map(PathBuf::as_path).chain([path]) {
                whole_file::remove_leftovers(place, Whose::Everyones).map_err(io(place))?;
            }
        }
        Ok(Self { path: path.into(), plan: plan.into(), locks, written: Mutex::default() })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The plan.
    pub fn plan(&self) -> &str {
        &self.plan
    }

    /// Whether a second writer would be kept out; some network file systems have no locks.
    pub fn is_locked(&self) -> bool {
        self.locks.supported
    }

    /// Writes a file, whole or not at all.
    ///
    /// # Errors
    /// The disk is full, the folder is read-only, and the like.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
        self.write_counted(name, bytes, None)
    }

    /// Writes a table as CSV and as Parquet.
    ///
    /// # Errors
    /// As [`RunFolder::write`].
    pub fn write_table(&self, name: &str, table: &Table) -> Result<(), FolderError> {
        let failed = |source| FolderError::Table { path: name.into(), source };
        let rows = Some(table.rows());
        self.write_counted(&format!("tables/{name}.csv"), &to_csv(table).map_err(failed)?, rows)?;
        let parquet = to_parquet(table, &[("plan", &self.plan)]).map_err(failed)?;
        self.write_counted(&format!("tables/{name}.parquet"), &parquet, rows)
    }

    /// Counts a file that an earlier process wrote among those of this one.
    pub fn keep(&self, record: FileRecord) {
        let mut written = self.written.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        written.retain(|other| other.path != record.path);
        written.push(record);
    }

    /// What was written, in the order of names.
    pub fn written(&self) -> Vec<FileRecord> {
        let mut written = self.written.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
        written.sort_by(|a, b| a.path.cmp(&b.path));
        written
    }

    fn write_counted(&self, name: &str, bytes: &[u8], rows: Option<usize>) -> Result<(), FolderError> {
        let path = self.path.join(name);
        whole_file::write(&path, bytes).map_err(io(&path))?;
        self.keep(FileRecord::new(name, bytes, rows));
        Ok(())
    }
}

fn make(path: &Path) -> Result<(), FolderError> {
    fs::create_dir_all(path).map_err(io(path))
}

fn io(path: &Path) -> impl Fn(std::io::Error) -> FolderError {
    let path = path.display().to_string();
    move |source| FolderError::Io { path: path.clone(), source }
}

/// What helps against an error of the operating system.
fn remedy(error: &std::io::Error) -> &'static str {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::StorageFull => ". Make room on that disk; finished chunks are kept, and --resume goes on from them",
        ErrorKind::QuotaExceeded => {
            ". Your quota is used up: make room; finished chunks are kept, and --resume goes on"
        }
        ErrorKind::FileTooLarge => ". A limit on the size of files (ulimit -f) is too low; finished chunks are kept",
        ErrorKind::ReadOnlyFilesystem => ". That file system is read-only: choose another folder with --out",
        ErrorKind::PermissionDenied => {
            ". You may not write there: choose another folder with --out, or change its rights"
        }
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
            ". A file stands where a folder should be: choose another --out"
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shard::Shard;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder")
    }

    fn message(result: Result<RunFolder, FolderError>) -> String {
        result.err().expect("refused").to_string()
    }

    #[test]
    fn two_writers_are_one_too_many_and_the_first_is_named() {
        let place = folder();
        let first = RunFolder::open(place.path(), "aa", Hold::Alone).expect("new");
        let refused = message(RunFolder::open(place.path(), "aa", Hold::Alone));
        assert!(refused.contains("another process is writing") && refused.contains("--out"), "{refused}");
        assert!(refused.contains(&format!("process {}", std::process::id())), "{refused}");
        drop(first);
        RunFolder::open(place.path(), "aa", Hold::Alone).expect("free again");
    }

    #[test]
    fn shards_write_side_by_side_but_none_twice_and_nobody_merges_meanwhile() {
        let place = folder();
        let open = |hold| RunFolder::open(place.path(), "aa", hold);
        let shard = |index| Hold::Shard(Shard { index, of: 3 });
        let _first = open(shard(0)).expect("new");
        let second = open(shard(1)).expect("beside it");
        assert!(message(open(shard(1))).contains("another process is writing"));
        let refused = message(open(Hold::Alone));
        assert!(refused.matches("host ").count() == 2, "both shards are named: {refused}");
        drop(second);
        open(shard(1)).expect("free again");
    }

    #[test]
    fn a_path_that_cannot_be_is_an_error_that_names_it() {
        let place = folder();
        fs::write(place.path().join("file"), "").expect("writable");
        let error = message(RunFolder::open(&place.path().join("file/run"), "aa", Hold::Alone));
        assert!(error.contains("file/run") && error.contains("--out"), "{error}");
    }

    #[test]
    fn what_a_machine_refuses_comes_with_a_remedy() {
        use std::io::ErrorKind;
        for (kind, word) in [
            (ErrorKind::StorageFull, "Make room"),
            (ErrorKind::QuotaExceeded, "quota"),
            (ErrorKind::FileTooLarge, "ulimit"),
            (ErrorKind::ReadOnlyFilesystem, "--out"),
            (ErrorKind::PermissionDenied, "rights"),
            (ErrorKind::NotADirectory, "--out"),
        ] {
            let error = io(Path::new("results/x"))(kind.into()).to_string();
            assert!(error.starts_with("results/x: ") && error.contains(word), "{error}");
        }
    }

    #[test]
    fn what_was_written_is_recorded_once() {
        let place = folder();
        let run = RunFolder::open(place.path(), "aa", Hold::Alone).expect("new");
        run.write("b", b"one").expect("writable");
        run.write("a", b"").expect("writable");
        run.write("b", b"three").expect("writable");
        let names: Vec<(String, u64)> = run.written().into_iter().map(|record| (record.path, record.bytes)).collect();
        assert_eq!(names, [("a".to_string(), 0), ("b".to_string(), 5)]);
        assert!(run.written().iter().all(|record| record.difference(place.path()).is_none()));
        fs::write(place.path().join("b"), "thrEe").expect("writable");
        assert!(run.written()[1].difference(place.path()).expect("differs").contains("other bytes"));
    }
}
