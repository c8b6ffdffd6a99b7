//! Standard output and standard error: whatever the programs print goes through here.
//!
//! `println!` panics where its reader is gone or the disk is full. Here a reader that has seen enough, such as `head`,
//! ends the program without a word, with the status that the shell reports for other programs in that place; whatever
//! else cannot be written is one error.

use std::io::{self, ErrorKind, Write};
use std::sync::OnceLock;

use serde_json::Value;

/// Exit status of a program whose reader is gone: 128 + SIGPIPE.
pub const CLOSED: u8 = 141;

/// Why the first event was not written, if one was not.
static LOST: OnceLock<String> = OnceLock::new();

/// Why a text was not printed.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The reader is gone, which is no failure.
    #[error("nobody reads standard output any more")]
    Closed,
    /// Anything else, such as a full disk.
    #[error("cannot write to standard output: {0}")]
    Failed(String),
}

impl From<io::Error> for OutputError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// Prints a text as it is, without its colours where they are not wanted. Nothing of it is left in a buffer.
///
/// # Errors
/// The reader is gone, or standard output cannot be written.
pub fn print(text: &str) -> Result<(), OutputError> {
    write(&mut anstream::stdout().lock(), text)
}

/// Prints a line; see [`print()`].
///
/// # Errors
/// As [`print()`].
pub fn print_line(line: &str) -> Result<(), OutputError> {
    print(&format!("{line}\n"))
}

/// A line on standard error, without colours where they are not wanted. Nobody may be listening any more, which is no
/// reason to stop computing.
pub fn tell(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// An event on a line of its own. Computing goes on without a reader; that the disk is full is told by [`check_events`]
/// when the work is done.
pub(crate) fn event(event: &Value) {
    if let Err(OutputError::Failed(reason)) = write(&mut io::stdout().lock(), &format!("{event}\n")) {
        // The first reason is the telling one.
        let _ = LOST.set(reason);
    }
}

/// Checks that every event was written, or had no reader.
///
/// # Errors
/// An event that could not be written.
pub(crate) fn check_events() -> Result<(), OutputError> {
    LOST.get().map_or(Ok(()), |reason| Err(OutputError::Failed(reason.clone())))
}

fn write(out: &mut impl Write, text: &str) -> Result<(), OutputError> {
    Ok(out.write_all(text.as_bytes()).and_then(|()| out.flush())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream that refuses everything for one reason.
    struct Refusing(ErrorKind);

    impl Write for Refusing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn a_reader_that_is_gone_is_told_from_a_disk_that_is_full() {
        assert!(matches!(write(&mut Refusing(ErrorKind::BrokenPipe), "a"), Err(OutputError::Closed)));
        let full = write(&mut Refusing(ErrorKind::StorageFull), "a").expect_err("full").to_string();
        assert_eq!(full, format!("cannot write to standard output: {}", io::Error::from(ErrorKind::StorageFull)));
    }
}
