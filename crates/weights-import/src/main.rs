//! `weights-import`: weights of convolutional networks from other programs, checked and converted.

mod cli;
mod commands;
mod output;
mod signals;
mod verify_emonet;

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Verb};
use crate::output::Output;

fn main() -> ExitCode {
    vgg_core::device::without_screen();
    let arguments = match Cli::try_parse() {
        Ok(arguments) => arguments,
        Err(told) => return tell(&told),
    };
    if let Err(error) = signals::heed() {
        return fail(&format!("cannot listen to signals: {error}"));
    }
    let mut output = Output::standard();
    let result = match arguments.verb {
        Verb::Convert(options) => commands::convert(&options, &mut output),
        Verb::Check(options) => commands::check(&options, &mut output),
        Verb::Fetch(options) => commands::fetch_file(&options, &mut output),
        Verb::Show(options) => commands::show(&options, &mut output),
        Verb::VerifyEmonet(options) => verify_emonet::verify(&options, &mut output),
    };
    match result.and_then(|()| Ok(output.flush()?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("{error:#}")),
    }
}

/// Help, version, or wrong usage.
fn tell(told: &clap::Error) -> ExitCode {
    let status = ExitCode::from(u8::try_from(told.exit_code()).unwrap_or(2));
    match told.print() {
        Err(error) if !told.use_stderr() && error.kind() != ErrorKind::BrokenPipe => {
            fail(&format!("standard output: {error}"))
        }
        _ => status,
    }
}

fn fail(message: &str) -> ExitCode {
    // Nobody is left to be told that standard error is closed.
    let _ = writeln!(std::io::stderr(), "error: {message}");
    ExitCode::FAILURE
}
