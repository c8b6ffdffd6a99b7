//! Writes a file whole or not at all: beside its place under a hidden name, flushed to the disk, renamed, and the folder
//! flushed too.

use std::fs::File;
use std::io::{Error, Result, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::machine;

/// Writes the bytes of a file.
///
/// # Errors
/// The disk is full, the folder is read-only, and the like; what was there before is still there then.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().ok_or_else(|| Error::other("a file needs a folder"))?;
    let mut file = temporary(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // The rename itself must reach the disk too. Windows cannot open a folder as a file, and needs no such flush.
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
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
