//! How a program ends: its exit status, and its last words.

use std::process::ExitCode;

use anyhow::Result;

use super::{CompareArguments, Outcome, VoiceArguments, help};
use crate::output::{self, OutputError};
use crate::progress::Progress;
use crate::signals::{self, STOPPED};

/// Exit status of wrong usage.
const USAGE: u8 = 2;
/// Exit status of a merge that found chunks missing or unusable.
pub const INCOMPLETE: u8 = 3;

/// How a program ends that was asked for its help or its version, or was called wrongly.
pub fn not_a_command(error: &clap::Error) -> ExitCode {
    let text = error.render().ansi().to_string();
    if error.use_stderr() {
        output::tell(text.trim_end());
        return ExitCode::from(USAGE);
    }
    exit(help::print(&text), &VoiceArguments::default().progress())
}

/// Says what differs between two runs.
pub fn compare(arguments: &CompareArguments, progress: &Progress) -> ExitCode {
    let compared =
        || tidy::compare::compare(&arguments.a, &arguments.b, arguments.tolerance).map_err(anyhow::Error::from);
    match signals::droppable(progress, "comparing", compared) {
        Ok(comparison) => match output::print_line(&comparison.to_string()) {
            Ok(()) if comparison.is_equal() => ExitCode::SUCCESS,
            Ok(()) => ExitCode::FAILURE,
            Err(error) => exit(Err(error.into()), progress),
        },
        Err(error) => {
            progress.fail(&told(&error));
            ExitCode::from(USAGE)
        }
    }
}

/// Turns the end of a verb into an exit status, and says the error if there is one.
pub fn exit(result: Result<Outcome>, progress: &Progress) -> ExitCode {
    match result.and_then(|outcome| output::check_events().map(|()| outcome).map_err(anyhow::Error::from)) {
        Ok(Outcome::Complete) => ExitCode::SUCCESS,
        Ok(Outcome::Stopped) => ExitCode::from(STOPPED),
        Ok(Outcome::Incomplete) => ExitCode::from(INCOMPLETE),
        Err(error) if matches!(error.downcast_ref(), Some(OutputError::Closed)) => ExitCode::from(output::CLOSED),
        Err(error) => {
            progress.fail(&told(&error));
            ExitCode::FAILURE
        }
    }
}

/// An error with its causes, each told once: some errors hold the text of their cause already.
fn told(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(|cause| cause.to_string()) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_once() {
        let missing = || std::io::Error::other("no such file");
        let quoted = anyhow::Error::new(missing()).context("a.toml: no such file");
        assert_eq!(told(&quoted), "a.toml: no such file");
        let bare = anyhow::Error::new(missing()).context("a.toml");
        assert_eq!(told(&bare), "a.toml: no such file");
    }
}
