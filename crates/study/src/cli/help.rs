//! Verbs that compute nothing: they show what a program would do and teach a shell its options.

use anyhow::Result;
use clap::{Args, Subcommand};

use super::{Outcome, RunArguments};
use crate::completions::Shell;
use crate::output;

/// What there is to know of a configuration.
#[derive(Subcommand)]
pub enum ConfigVerb {
    /// Print the configuration in effect as TOML, every value with its origin; it can be given to --config
    Print(Box<RunArguments>),
}

/// Options of `completions`.
#[derive(Args, Clone, Debug)]
pub struct CompletionArguments {
    /// The shell, as in: exp-lesion completions bash > ~/.local/share/bash-completion/completions/exp-lesion
    pub shell: Shell,
}

/// Prints the configuration in effect.
///
/// # Errors
/// A configuration that cannot be run, or standard output that cannot be written.
pub fn config(verb: &ConfigVerb, demonstration: &str) -> Result<Outcome> {
    let ConfigVerb::Print(arguments) = verb;
    print(&arguments.effective(demonstration)?.print())
}

/// Prints a text, which is all that was asked for.
///
/// # Errors
/// Standard output cannot be written.
pub fn print(text: &str) -> Result<Outcome> {
    output::print(text)?;
    Ok(Outcome::Complete)
}
