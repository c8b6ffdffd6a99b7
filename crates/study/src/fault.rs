//! Faults on purpose, so that tests can prove what a crash leaves behind. Nothing happens unless the environment variable
//! `GAINLAB_FAULT` asks for it, as in `GAINLAB_FAULT=die:renamed:7`: at the seventh time that a file was renamed into its
//! place, the process dies as if it were killed. `full` in the place of `die` says that the disk is full.

use std::io::{Error, ErrorKind, Result};
use std::str::FromStr;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The variable that asks for a fault.
pub const VARIABLE: &str = "GAINLAB_FAULT";

/// A step on a file's way to its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The temporary file is there, and empty.
    Created,
    /// Half of the bytes are written.
    HalfWritten,
    /// All bytes are written, but perhaps not on the disk.
    Written,
    /// All bytes are on the disk.
    Flushed,
    /// The file has its name, but perhaps not on the disk.
    Renamed,
    /// All is on the disk.
    Done,
}

impl Step {
    /// All steps with their names, in order.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Created, "created"),
        (Self::HalfWritten, "half-written"),
        (Self::Written, "written"),
        (Self::Flushed, "flushed"),
        (Self::Renamed, "renamed"),
        (Self::Done, "done"),
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Die,
    Full,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fault {
    kind: Kind,
    step: Step,
    /// The first time is 1.
    time: usize,
}

impl FromStr for Fault {
    type Err = ();

    fn from_str(text: &str) -> std::result::Result<Self, ()> {
        let parts: Vec<&str> = text.split(':').collect();
        let [kind, step, time] = parts[..] else { return Err(()) };
        let kind = match kind {
            "die" => Kind::Die,
            "full" => Kind::Full,
            _ => return Err(()),
        };
        let step = Step::ALL.iter().find(|(_, name)| *name == step).ok_or(())?.0;
        Ok(Self { kind, step, time: time.parse().map_err(|_| ())? })
    }
}

/// Passes a step, unless a fault is wanted here.
pub(crate) fn point(step: Step) -> Result<()> {
    static WANTED: LazyLock<Option<Fault>> = LazyLock::new(|| std::env::var(VARIABLE).ok()?.parse().ok());
    static TIMES: AtomicUsize = AtomicUsize::new(0);
    let Some(fault) = WANTED.filter(|fault| fault.step == step) else { return Ok(()) };
    if TIMES.fetch_add(1, Ordering::Relaxed) + 1 != fault.time {
        return Ok(());
    }
    match fault.kind {
        Kind::Die => std::process::abort(),
        Kind::Full => Err(Error::from(ErrorKind::StorageFull)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_read_or_there_is_none() {
        assert_eq!("die:renamed:7".parse(), Ok(Fault { kind: Kind::Die, step: Step::Renamed, time: 7 }));
        assert_eq!("full:half-written:1".parse(), Ok(Fault { kind: Kind::Full, step: Step::HalfWritten, time: 1 }));
        for nonsense in ["", "die", "die:renamed", "die:never:1", "die:renamed:x", "die:renamed:1:2"] {
            assert_eq!(nonsense.parse::<Fault>(), Err(()), "{nonsense}");
        }
    }
}
