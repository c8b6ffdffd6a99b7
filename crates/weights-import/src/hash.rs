//! The name of a file by its content.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use sha2::{Digest, Sha256};

/// SHA-256 of the files one after the other, hexadecimal, as `cat FILES | sha256sum` prints it.
///
/// Reads through a small buffer: a second memory map would count a second time as memory in use.
pub(crate) fn sha256(files: &[PathBuf]) -> io::Result<String> {
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 1 << 20]);
    for path in files {
        let mut file = File::open(path)?;
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                count => hasher.update(&buffer[..count]),
            }
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
