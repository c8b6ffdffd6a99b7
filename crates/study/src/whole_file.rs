//! Writes a file whole or not at all: beside its place under a hidden name, flushed to the disk, renamed, and the folder
//! flushed too.

use std::fs::{self, File};
use std::io::{Error, ErrorKind, Result, Write};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::fault::{self, Step};
use crate::machine;

/// How the hidden names begin; machine, process and time of whoever writes come next.
const LEFTOVER: &str = ".part-";

/// Writes the bytes of a file.
///
/// # Errors
/// The disk is full, the folder is read-only, and the like; what was there before is still there then.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().ok_or_else(|| Error::other("a file needs a folder"))?;
    let mut file = temporary(folder)?;
    fault::point(Step::Created)?;
    let (first, second) = bytes.split_at(bytes.len() / 2);
    file.write_all(first)?;
    fault::point(Step::HalfWritten)?;
    file.write_all(second)?;
    fault::point(Step::Written)?;
    file.as_file().sync_all()?;
    fault::point(Step::Flushed)?;
    file.persist(path).map_err(|error| error.error)?;
    fault::point(Step::Renamed)?;
    flush_folder(folder)?;
    fault::point(Step::Done)
}

/// Whose leftovers are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Everyone's: the caller knows that nobody else writes here.
    Everyones,
    /// Those of processes of this machine that are gone.
    Gone,
}

/// Removes files that processes left when they were killed while they wrote.
///
/// # Errors
/// A leftover cannot be removed.
pub fn remove_leftovers(folder: &Path, whose: Whose) -> Result<()> {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let left = name.to_str().and_then(|name| name.strip_prefix(LEFTOVER));
        let Some(writer) = left.filter(|_| entry.file_type().is_ok_and(|kind| kind.is_file())) else { continue };
        if whose == Whose::Everyones || (is_old(&entry) && is_gone(writer)) {
            match fs::remove_file(entry.path()) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

/// Containers can share a machine's name and still count processes by themselves: what is being written is young.
fn is_old(entry: &fs::DirEntry) -> bool {
    const HOUR: Duration = Duration::from_secs(3600);
    let written = entry.metadata().and_then(|file| file.modified()).ok();
    written.and_then(|time| time.elapsed().ok()).is_some_and(|age| age > HOUR)
}

/// Whether `HOST-PROCESS-…` is a process of this machine that has ended; where nothing tells, it has not.
fn is_gone(writer: &str) -> bool {
    let process = writer.strip_prefix(&machine::host()).and_then(|rest| rest.strip_prefix('-'));
    let process = process.and_then(|rest| rest.split('-').next()).filter(|process| process.parse::<u32>().is_ok());
    process.is_some_and(|process| Path::new("/proc/self").exists() && !Path::new("/proc").join(process).exists())
}

/// A rename must reach the disk too. Windows cannot open a folder as a file, and some network file systems cannot flush
/// one; both make renames durable by themselves.
fn flush_folder(folder: &Path) -> Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    match File::open(folder)?.sync_all() {
        Err(error) if [ErrorKind::InvalidInput, ErrorKind::Unsupported].contains(&error.kind()) => Ok(()),
        result => result,
    }
}

/// A hidden file beside its final place, named after who writes it, with the permissions of any new file: a lab shares
/// its results.
fn temporary(folder: &Path) -> Result<tempfile::NamedTempFile> {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    let prefix = format!("{LEFTOVER}{}-{}-{time}-", machine::host(), std::process::id());
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_are_removed_where_nobody_can_be_writing_them() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let host = machine::host();
        let [dead, living, foreign] = [
            format!("{LEFTOVER}{host}-4294967294-1-abc"),
            format!("{LEFTOVER}{host}-{}-1-abc", std::process::id()),
            format!("{LEFTOVER}elsewhere-4294967294-1-abc"),
        ];
        let long_ago = SystemTime::now() - Duration::from_secs(7200);
        for name in [&dead, &living, &foreign, "result.csv"] {
            let file = File::create(place.path().join(name)).expect("writable");
            file.set_modified(long_ago).expect("ours");
        }
        fs::create_dir(place.path().join(".part-folder")).expect("writable");
        let there = |name: &str| place.path().join(name).exists();
        remove_leftovers(place.path(), Whose::Gone).expect("ours");
        assert_eq!(there(&dead), !Path::new("/proc/self").exists());
        assert!(there(&living) && there(&foreign));
        File::create(place.path().join(&dead)).expect("writable");
        remove_leftovers(place.path(), Whose::Gone).expect("ours");
        assert!(there(&dead), "it is young");
        remove_leftovers(place.path(), Whose::Everyones).expect("ours");
        assert!(!there(&dead) && !there(&living) && !there(&foreign));
        assert!(there("result.csv") && there(".part-folder"));
    }
}
