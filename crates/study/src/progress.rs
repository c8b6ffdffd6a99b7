//! What a person or a program sees while an experiment runs.
//!
//! On a terminal every stage is one line with the time left and the device; where standard error is a file or a pipe, a
//! stage leaves plain lines, at most one a minute and one at its end. Colours follow the terminal and `NO_COLOR`. With
//! `--quiet` nothing is said but errors, with `--json` one JSON object per line goes to standard output:
//!
//! | `event` | further keys | when |
//! |---|---|---|
//! | `note` | `text` | something worth knowing: device, network, picture sets, where the results lie |
//! | `warning` | `text` | something to know before a result is trusted |
//! | `begin` | `stage`, `total`, `device` | a stage of `total` steps begins |
//! | `step` | `stage`, `done`, `total`, `seconds`, `seconds_left` | some of its steps are done |
//! | `end` | `stage`, `done`, `total`, `seconds` | the stage is over |
//! | `error` | `text` | the run failed; the same text is on standard error, and the exit status is not 0 |
//!
//! `device` and `seconds_left` are `null` where they are not known. Programs should skip events and keys that they do
//! not know.

mod stage;

use std::io::IsTerminal;

use anstyle::{AnsiColor, Style};
use serde_json::json;
use vgg_core::device::DeviceInfo;

use crate::output::{event, tell};

pub use stage::Stage;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();

/// Where progress goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// Lines on the terminal (standard error).
    Terminal,
    /// Nothing.
    Quiet,
    /// A JSON object per line on standard output.
    Json,
}

/// Says what is going on.
#[derive(Clone, Debug)]
pub struct Progress {
    voice: Voice,
    device: Option<String>,
}

impl Progress {
    /// Speaks through a voice.
    pub fn new(voice: Voice) -> Self {
        Self { voice, device: None }
    }

    /// The same, with the device that computes from now on.
    #[must_use]
    pub fn on(self, device: &DeviceInfo) -> Self {
        // A GPU is known by its name, a CPU is the CPU.
        let name = if device.backend == "cpu" || device.backend == "flex" { &device.backend } else { &device.adapter };
        Self { device: Some(plain(name)), ..self }
    }

    /// Says one thing.
    pub fn say(&self, text: &str) {
        match self.voice {
            Voice::Terminal => tell(&plain(text)),
            Voice::Quiet => {}
            Voice::Json => event(&json!({"event": "note", "text": text})),
        }
    }

    /// Says what a person should know before they trust a result.
    pub fn warn(&self, text: &str) {
        match self.voice {
            Voice::Terminal => tell(&format!("{WARNING}warning:{WARNING:#} {}", plain(text))),
            Voice::Quiet => {}
            Voice::Json => event(&json!({"event": "warning", "text": text})),
        }
    }

    /// Says why the run failed: on standard error in every voice, with `--json` as an event too.
    pub fn fail(&self, text: &str) {
        if self.voice == Voice::Json {
            event(&json!({"event": "error", "text": text}));
        }
        tell(&format!("{ERROR}error:{ERROR:#} {}", plain(text)));
    }

    /// Begins a stage of so many steps.
    pub fn stage(&self, name: &str, total: usize) -> Stage {
        Stage::begin(self.voice, name, total, self.device.as_deref())
    }
}

/// Whether a line may be drawn again and again.
fn is_terminal() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|kind| kind != "dumb")
}

/// The text without control characters: names come from files, and must not move the cursor.
fn plain(text: &str) -> String {
    text.replace(|c: char| c.is_control() && c != '\n' && c != '\t', "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_move_the_cursor() {
        assert_eq!(plain("a\u{1b}[2Jb\r\nc\td"), "a\u{fffd}[2Jb\u{fffd}\nc\td");
    }
}
