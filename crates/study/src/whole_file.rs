//! Writes a file whole or not at all: beside its place under a hidden name, flushed to the disk, renamed, and the folder
//! flushed too.

use std::fs::File;
use std::io::{Error, ErrorKind, Result, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::fault::{self, Step};
use crate::machine;

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
    let prefix = format!(".part-{}-{}-{time}-", machine::host(), std::process::id());
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}
