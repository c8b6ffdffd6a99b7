//! Ctrl-C and SIGTERM: the program says that it stops and is gone, whatever it was doing. What it writes is whole or
//! absent, and a download goes on from its end.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

/// The signals, with the exit status that shells report for a program that one of them ended.
const SIGNALS: [(i32, i32); 2] = [(SIGINT, 130), (SIGTERM, 143)];

/// How soon a signal is noticed. Handlers may do next to nothing, so that a thread looks for the flag that they raise.
const NOTICED_AFTER: Duration = Duration::from_millis(50);
/// How long the last word may take: whoever reads it may have stopped reading without closing the pipe.
const LAST_WORD: Duration = Duration::from_millis(300);

/// Ends the program at a signal from now on.
///
/// # Errors
/// The operating system refuses to let us listen.
pub fn heed() -> std::io::Result<()> {
    let mut flags = Vec::new();
    for (signal, status) in SIGNALS {
        let came = Arc::new(AtomicBool::new(false));
        flag::register(signal, came.clone())?;
        flags.push((came, status));
    }
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(NOTICED_AFTER);
            if let Some((_, status)) = flags.iter().find(|(came, _)| came.load(Ordering::SeqCst)) {
                end(*status);
            }
        }
    });
    Ok(())
}

fn end(status: i32) -> ! {
    std::thread::spawn(move || {
        std::thread::sleep(LAST_WORD);
        low_level::exit(status)
    });
    // Nobody is left to be told that standard error is closed.
    let _ = writeln!(std::io::stderr(), "stopped by a signal; the same command starts it again");
    // Without the clean-up of libraries, whose threads are still at work.
    low_level::exit(status)
}
