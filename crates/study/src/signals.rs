//! Ctrl-C, and what a cluster sends before it takes the machine away: the chunk at hand is finished, then the program
//! stops with status 75. A second Ctrl-C stops at once; nothing half-written stays, since files are renamed into place.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Exit status of a run that was stopped between two chunks and can be resumed.
pub const STOPPED: u8 = 75;

/// Whether somebody asked the run to stop.
#[derive(Clone, Debug, Default)]
pub struct StopFlag(Arc<AtomicBool>);

impl StopFlag {
    /// Listens to signals from now on.
    ///
    /// # Errors
    /// The operating system refuses to let us listen.
    pub fn listen() -> anyhow::Result<Self> {
        let stop = Self::default();
        stop.register().context("cannot listen to signals")?;
        Ok(stop)
    }

    fn register(&self) -> std::io::Result<()> {
        // Order matters: the second Ctrl-C finds the flag raised by the first.
        flag::register_conditional_shutdown(SIGINT, i32::from(STOPPED), self.0.clone())?;
        #[cfg(unix)]
        let signals = [SIGINT, SIGTERM, signal_hook::consts::SIGUSR1];
        #[cfg(not(unix))]
        let signals = [SIGINT, SIGTERM];
        for signal in signals {
            flag::register(signal, self.0.clone())?;
        }
        Ok(())
    }

    /// Whether to stop before the next chunk.
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
