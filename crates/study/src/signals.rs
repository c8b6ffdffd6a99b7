//! Ctrl-C, and what a cluster sends before it takes the machine away. Every signal is acknowledged at once, and every
//! program is gone within two seconds of SIGINT or SIGTERM, whatever it is doing, with status 75:
//!
//! - Loops over chunks, batches and labellings stop by themselves where their unit at hand is done in time.
//! - Work that nobody could go on from, such as reading pictures, is dropped at once; anything else, such as a long chunk
//!   or tests and figures, after [`GRACE`].
//! - SIGUSR1 says that there is time left: the chunk at hand is finished, however long it takes.
//! - A second Ctrl-C always stops at once.
//!
//! Nothing half-written stays, since files are renamed into place: what was finished is kept, and the same command goes on.

mod watch;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::progress::Progress;

/// Exit status of a run that was stopped and can be resumed.
pub const STOPPED: u8 = 75;
/// How long the unit at hand may go on after SIGINT or SIGTERM.
pub const GRACE: Duration = Duration::from_millis(1500);

/// Whether somebody asked the run to stop.
#[derive(Clone, Default)]
pub struct StopFlag {
    heard: Arc<Heard>,
    /// When the time that was given is over.
    deadline: Option<Instant>,
    at_hand: Arc<Mutex<AtHand>>,
}

/// Which signals came. Their handlers may do next to nothing, so that they raise flags, for which a thread looks.
#[derive(Default)]
struct Heard {
    /// Any signal.
    any: Arc<AtomicBool>,
    /// SIGINT or SIGTERM.
    hurry: Arc<AtomicBool>,
}

/// What is being done, as far as it matters for a signal.
#[derive(Default)]
struct AtHand {
    /// What is dropped at once, as in "reading pictures".
    dropped: Option<&'static str>,
    /// What is still said of work that is cut short.
    last_words: Option<Box<dyn Fn() + Send>>,
}

impl StopFlag {
    /// Listens to signals from now on, and says what becomes of the first one.
    ///
    /// # Errors
    /// The operating system refuses to let us listen.
    pub fn listen(progress: &Progress) -> Result<Self> {
        let stop = Self::default();
        stop.register().context("cannot listen to signals")?;
        let (heard, at_hand, progress) = (stop.heard.clone(), Arc::downgrade(&stop.at_hand), progress.clone());
        std::thread::spawn(move || watch::watch(&heard, &at_hand, &progress));
        Ok(stop)
    }

    fn register(&self) -> std::io::Result<()> {
        // Order matters: the second Ctrl-C finds the flag raised by the first.
        flag::register_conditional_shutdown(SIGINT, i32::from(STOPPED), self.heard.any.clone())?;
        for signal in [SIGINT, SIGTERM] {
            flag::register(signal, self.heard.hurry.clone())?;
            flag::register(signal, self.heard.any.clone())?;
        }
        #[cfg(unix)]
        flag::register(signal_hook::consts::SIGUSR1, self.heard.any.clone())?;
        Ok(())
    }

    /// Whether to stop before the next chunk.
    pub fn is_raised(&self) -> bool {
        self.heard.any.load(Ordering::SeqCst) || self.is_late()
    }

    /// The same, which also stops when so much time has passed from now on.
    #[must_use]
    pub fn within(self, budget: Option<Duration>) -> Self {
        Self { deadline: budget.and_then(|budget| Instant::now().checked_add(budget)), ..self }
    }

    /// Whether the time that was given is over.
    pub fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Does work from which nobody could go on: any signal ends the process in the middle of it, with status 75. `doing`
    /// says what it is, as in "reading pictures".
    pub fn droppable<T>(&self, doing: &'static str, work: impl FnOnce() -> T) -> T {
        self.at_hand().dropped = Some(doing);
        let done = work();
        self.at_hand().dropped = None;
        done
    }

    /// Does work of which something can be said where it is cut short, such as the repetitions that are counted already.
    pub fn with_last_words<T>(&self, words: impl Fn() + Send + 'static, work: impl FnOnce() -> T) -> T {
        self.at_hand().last_words = Some(Box::new(words));
        let done = work();
        self.at_hand().last_words = None;
        done
    }

    /// Waits while the process is being ended, so that nothing is written after the last word.
    fn at_hand(&self) -> MutexGuard<'_, AtHand> {
        self.at_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A verb that has nothing to go on from, such as a merge: any signal ends the process in the middle of it.
///
/// # Errors
/// That of the verb, or the operating system refuses to let us listen.
pub fn droppable<T>(progress: &Progress, doing: &'static str, verb: impl FnOnce() -> Result<T>) -> Result<T> {
    StopFlag::listen(progress)?.droppable(doing, verb)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_is_over_stops_as_a_signal_does() {
        let stop = StopFlag::default();
        assert!(!stop.is_raised() && !stop.clone().within(None).is_raised());
        assert!(!stop.clone().within(Some(Duration::from_secs(3600))).is_raised());
        let late = stop.clone().within(Some(Duration::ZERO));
        assert!(late.is_raised() && late.is_late());
        stop.heard.any.store(true, Ordering::SeqCst);
        assert!(stop.is_raised() && !stop.is_late(), "a signal is no lack of time");
    }
}
