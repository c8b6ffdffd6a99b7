//! Ctrl-C, and what a cluster sends before it takes the machine away: the chunk at hand is finished, then the program
//! stops with status 75. Work that nobody could go on from, such as reading pictures, is dropped at once. A second
//! Ctrl-C always stops at once; nothing half-written stays, since files are renamed into place.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use anyhow::Context;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

use crate::progress::Progress;

/// Exit status of a run that was stopped and can be resumed.
pub const STOPPED: u8 = 75;
/// How soon a signal is noticed. Handlers may do next to nothing, so that a thread looks for the flag that they raise.
const NOTICED_AFTER: Duration = Duration::from_millis(50);

#[cfg(unix)]
const SIGNALS: [i32; 3] = [SIGINT, SIGTERM, signal_hook::consts::SIGUSR1];
#[cfg(not(unix))]
const SIGNALS: [i32; 2] = [SIGINT, SIGTERM];

/// Whether somebody asked the run to stop.
#[derive(Clone, Debug, Default)]
pub struct StopFlag {
    raised: Arc<AtomicBool>,
    /// When the time that was given is over.
    deadline: Option<Instant>,
    /// What is being done that is dropped at once.
    dropped: Arc<Mutex<Option<&'static str>>>,
}

impl StopFlag {
    /// Listens to signals from now on, and says what becomes of the first one.
    ///
    /// # Errors
    /// The operating system refuses to let us listen.
    pub fn listen(progress: &Progress) -> anyhow::Result<Self> {
        let stop = Self::default();
        stop.register().context("cannot listen to signals")?;
        let (raised, dropped, progress) = (stop.raised.clone(), Arc::downgrade(&stop.dropped), progress.clone());
        std::thread::spawn(move || watch(&raised, &dropped, &progress));
        Ok(stop)
    }

    fn register(&self) -> std::io::Result<()> {
        // Order matters: the second Ctrl-C finds the flag raised by the first.
        flag::register_conditional_shutdown(SIGINT, i32::from(STOPPED), self.raised.clone())?;
        for signal in SIGNALS {
            flag::register(signal, self.raised.clone())?;
        }
        Ok(())
    }

    /// Whether to stop before the next chunk.
    pub fn is_raised(&self) -> bool {
        self.raised.load(Ordering::SeqCst) || self.is_late()
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

    /// Does work from which nobody could go on and that writes nothing: a signal ends the process in the middle of it,
    /// with status 75. `doing` says what it is, as in "reading pictures".
    pub fn droppable<T>(&self, doing: &'static str, work: impl FnOnce() -> T) -> T {
        self.set_dropped(Some(doing));
        let done = work();
        self.set_dropped(None);
        done
    }

    fn set_dropped(&self, doing: Option<&'static str>) {
        *self.dropped.lock().unwrap_or_else(PoisonError::into_inner) = doing;
    }
}

/// Looks for the flag as long as somebody else does.
fn watch(raised: &AtomicBool, dropped: &Weak<Mutex<Option<&'static str>>>, progress: &Progress) {
    let mut said = false;
    while let Some(dropped) = dropped.upgrade() {
        if raised.load(Ordering::SeqCst) {
            // Held while the process ends, so that nothing is written after the last word.
            let dropped = dropped.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(doing) = *dropped {
                let again = "the same command starts it again (without a verb: --resume where a run was begun)";
                progress.say(&format!("stopped while {doing}; {again}"));
                // Without the clean-up of libraries, whose threads are still at work.
                low_level::exit(i32::from(STOPPED));
            }
            if !said {
                progress.say("stopping when what is at hand is done; another Ctrl-C stops at once");
                said = true;
            }
        }
        std::thread::sleep(NOTICED_AFTER);
    }
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
        stop.raised.store(true, Ordering::SeqCst);
        assert!(stop.is_raised() && !stop.is_late(), "a signal is no lack of time");
    }
}
