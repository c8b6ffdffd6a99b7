//! A source file as bytes, without copying it: a memory map.

use std::fs::File;
use std::path::Path;

use bytes::Bytes;
use memmap2::Mmap;

/// The bytes of a file, mapped into memory.
///
/// # Errors
/// A file that cannot be opened.
pub(crate) fn map(path: &Path) -> std::io::Result<Bytes> {
    let file = File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(Bytes::new());
    }
    // SAFETY: the map is only read. Another program that shortens the file meanwhile would end this one with a signal,
    // as it would with any reader of memory maps; nothing here can prevent that, and no wrong weights come of it.
    let map = unsafe { Mmap::map(&file)? };
    Ok(Bytes::from_owner(map))
}
