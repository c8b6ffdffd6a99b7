//! Who may write to a run's folder: one process alone, or several with a shard each. The operating system gives a lock
//! back when its process ends, however it ends.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use crate::machine;
use crate::shard::Shard;

/// The lock of the whole folder: held by one alone, or shared by those with a shard.
const WHOLE: &str = ".lock";

/// What a process wants to do with the folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Plan, merge, or run everything.
    Alone,
    /// Compute one shard beside others.
    Shard(Shard),
    /// Report what is there, beside those who compute shards.
    Report,
}

/// Locks that are held until this is dropped.
#[derive(Debug)]
pub struct Locks {
    _files: Vec<File>,
    /// Whether the file system knows locks at all; some network file systems do not.
    pub supported: bool,
}

/// Why a lock could not be had.
#[derive(Debug)]
pub enum LockError {
    /// Others hold it, as far as they are known.
    Held(Vec<String>),
    /// The operating system refuses.
    Io(io::Error),
}

impl Locks {
    /// Takes what is needed, at once or not at all.
    ///
    /// # Errors
    /// Another process holds a lock that excludes this one, or the folder cannot be written.
    pub fn take(folder: &Path, hold: Hold) -> Result<Self, LockError> {
        let taken = match hold {
            Hold::Alone => vec![exclusive(folder, WHOLE)?],
            Hold::Report => {
                vec![attempt(folder, WHOLE, File::try_lock_shared)?, exclusive(folder, &format!("{WHOLE}-report"))?]
            }
            Hold::Shard(shard) => {
                let name = format!("{WHOLE}-shard-{}-of-{}", shard.index, shard.of);
                vec![attempt(folder, WHOLE, File::try_lock_shared)?, exclusive(folder, &name)?]
            }
        };
        let supported = taken.iter().all(Option::is_some);
        Ok(Self { _files: taken.into_iter().flatten().collect(), supported })
    }
}

fn exclusive(folder: &Path, name: &str) -> Result<Option<File>, LockError> {
    let Some(mut file) = attempt(folder, name, File::try_lock)? else { return Ok(None) };
    file.set_len(0).and_then(|()| writeln!(file, "{}", machine::holder())).map_err(LockError::Io)?;
    Ok(Some(file))
}

/// Tries a lock; nothing where the file system has none. Then whole files, renamed into place, and numbers that depend
/// on nothing but the plan keep a second writer harmless.
fn attempt(folder: &Path, name: &str, lock: fn(&File) -> Result<(), TryLockError>) -> Result<Option<File>, LockError> {
    let path = folder.join(name);
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    let file = file.map_err(LockError::Io)?;
    match lock(&file) {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(LockError::Held(holders(folder))),
        Err(TryLockError::Error(error)) if unsupported(&error) => Ok(None),
        Err(TryLockError::Error(error)) => Err(LockError::Io(error)),
    }
}

fn unsupported(error: &io::Error) -> bool {
    // No locks available: an NFS mount without a lock service answers so.
    const ENOLCK: i32 = 37;
    error.kind() == ErrorKind::Unsupported || (cfg!(target_os = "linux") && error.raw_os_error() == Some(ENOLCK))
}

/// What the holders of exclusive locks wrote into them. A lock that can be shared now has no such holder.
fn holders(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let locks = entries
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(WHOLE)));
    let held = locks.filter(|path| {
        File::open(path).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    });
    let words = held.filter_map(|path| fs::read_to_string(path).ok());
    let holder = |text: String| match text.trim() {
        "" => "a process that did not say which, for instance because the disk is full".to_string(),
        holder => holder.to_string(),
    };
    words.map(holder).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_without_locks_is_no_error() {
        assert!(unsupported(&io::Error::from(ErrorKind::Unsupported)));
        assert!(!unsupported(&io::Error::from(ErrorKind::PermissionDenied)));
        #[cfg(target_os = "linux")]
        assert!(unsupported(&io::Error::from_raw_os_error(37)));
    }

    #[test]
    fn a_lock_goes_with_its_holder_and_old_words_in_it_mean_nothing() {
        let place = tempfile::tempdir().expect("a temporary folder");
        fs::write(place.path().join(WHOLE), "host elsewhere, process 1, since long ago").expect("writable");
        let first = Locks::take(place.path(), Hold::Alone).expect("nobody holds it");
        assert!(first.supported);
        fs::write(place.path().join(WHOLE), "").expect("writable");
        match Locks::take(place.path(), Hold::Alone) {
            Err(LockError::Held(holders)) => assert!(holders[0].starts_with("a process"), "{holders:?}"),
            other => panic!("{other:?}"),
        }
        match Locks::take(place.path(), Hold::Alone) {
            Err(LockError::Held(holders)) => assert_eq!(holders.len(), 1, "{holders:?}"),
            other => panic!("{other:?}"),
        }
        drop(first);
        assert!(Locks::take(place.path(), Hold::Alone).is_ok());
    }
}
