//! `weights-import`: VGG-16 weights from other programs, checked and converted.

mod cli;
mod commands;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Verb};

fn main() -> ExitCode {
    let result = match Cli::parse().verb {
        Verb::Convert(options) => commands::convert(&options),
        Verb::Check(options) => commands::check(&options),
        Verb::Fetch(options) => commands::fetch_file(&options),
        Verb::Show(options) => commands::show(&options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
