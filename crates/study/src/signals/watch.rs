//! The thread that looks for signals, and ends the process where nobody else does in time.

use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use signal_hook::low_level;

use super::{AtHand, GRACE, Heard, STOPPED};
use crate::progress::Progress;

/// How soon a signal is noticed.
const NOTICED_AFTER: Duration = Duration::from_millis(50);
/// How long last words may take. Whoever reads them may have stopped reading without closing the pipe.
const LAST_WORDS: Duration = Duration::from_millis(300);
const AGAIN: &str = "the same command starts it again (without a verb: --resume where a run was begun)";
const GOES_ON: &str = "the same command goes on (without a verb: --resume)";

/// Looks for signals as long as somebody else does.
pub(super) fn watch(heard: &Heard, at_hand: &Weak<Mutex<AtHand>>, progress: &Progress) {
    let (mut waiting, mut until) = (false, None);
    while let Some(at_hand) = at_hand.upgrade() {
        if heard.any.load(Ordering::SeqCst) {
            // Held while the process ends, so that nothing is written after the last word.
            let at_hand = at_hand.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(doing) = at_hand.dropped {
                end(&at_hand, progress, &format!("stopped while {doing}; {AGAIN}"));
            }
            if heard.hurry.load(Ordering::SeqCst) && until.is_none() {
                until = Some(Instant::now() + GRACE);
                end_after(GRACE + LAST_WORDS);
                drop(at_hand);
                progress.say(
                    "stopping: what is at hand is dropped if it is not done in a moment; another Ctrl-C stops at once",
                );
            } else if until.is_some_and(|until| Instant::now() >= until) {
                end(&at_hand, progress, &format!("stopped; what was at hand is dropped; {GOES_ON}"));
            } else if until.is_none() && !waiting {
                waiting = true;
                drop(at_hand);
                progress.say("stopping when what is at hand is done; Ctrl-C stops at once");
            }
        }
        std::thread::sleep(NOTICED_AFTER);
    }
}

/// Says the last words and ends the process, without the clean-up of libraries, whose threads are still at work.
fn end(at_hand: &AtHand, progress: &Progress, last: &str) -> ! {
    end_after(LAST_WORDS);
    if let Some(words) = &at_hand.last_words {
        words();
    }
    progress.say(last);
    low_level::exit(i32::from(STOPPED))
}

/// Ends the process in some time, even where a word is never taken from us.
fn end_after(time: Duration) {
    std::thread::spawn(move || {
        std::thread::sleep(time);
        low_level::exit(i32::from(STOPPED))
    });
}
