//! The command line: that of every experiment, as far as it is about a whole run.

use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};
use study::cli::help::{self, CompletionArguments, ConfigVerb};
use study::cli::{self, FolderArguments, Outcome, VoiceArguments, WholeArguments};
use study::{completions, driver};
use vgg_core::device::{self, DeviceChoice};

use crate::{DEMONSTRATION, Part, whole};

/// Selectivity, generalization, lesion and attention by one configuration, with the published claims and one report
#[derive(Parser)]
#[command(
    name = crate::NAME,
    version,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    after_help = "Examples:
  exp-paper                                      the embedded demonstration (synthetic pictures)
  exp-paper --config experiments/plos-2024.toml --weights models/vgg16.bpk --dry-run
  exp-paper --config experiments/oasis.toml --weights models/vgg16.bpk --set sweep.draws=50
  exp-paper --out results/exp-paper/demo --resume      go on where a run was stopped

The run's folder holds a complete run of each part (selectivity, generalization, lesion,
attention), and about all of them claims.csv, figures and report.html. A part can be computed
elsewhere, as by shards on a cluster: with its own program, the same configuration and
--out FOLDER/PART. With --resume exp-paper then takes it as it is.

Exit status: 0 done, 1 failed, 2 wrong usage, 3 incomplete,
75 stopped by a signal (--resume continues)."
)]
struct CommandLine {
    #[command(flatten)]
    whole: WholeArguments,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Subcommand)]
enum Verb {
    /// Check every file of the four parts against its hash and rows
    Verify(FolderArguments),
    /// Show the configuration
    #[command(subcommand)]
    Config(ConfigVerb),
    /// Print completions for a shell
    Completions(CompletionArguments),
}

/// The program: reads the command line, does what it says, and ends with its exit status.
pub fn main() -> ExitCode {
    let CommandLine { whole: arguments, verb } = CommandLine::parse();
    let voice = match &verb {
        None => arguments.run.voice,
        Some(Verb::Verify(folder)) => folder.voice,
        Some(Verb::Config(_) | Verb::Completions(_)) => VoiceArguments::default(),
    };
    let result = match verb {
        None if arguments.run.device == DeviceChoice::List => help::print(&device::listing()),
        None => whole(&arguments),
        Some(Verb::Verify(folder)) => verify(&folder),
        Some(Verb::Config(verb)) => help::config(&verb, DEMONSTRATION),
        Some(Verb::Completions(shell)) => help::print(&completions::script(CommandLine::command(), shell.shell)),
    };
    cli::exit(result, &voice.progress())
}

fn verify(arguments: &FolderArguments) -> Result<Outcome> {
    let of_part = |part: Part| FolderArguments { out: part.folder(&arguments.out), ..arguments.clone() };
    for part in Part::ALL {
        let outcome = match part {
            Part::Selectivity => driver::verify(&exp_selectivity::STUDY, &of_part(part)),
            Part::Generalization => driver::verify(&exp_generalization::STUDY, &of_part(part)),
            Part::Lesion => driver::verify(&exp_lesion::STUDY, &of_part(part)),
            Part::Attention => driver::verify(&exp_attention::STUDY, &of_part(part)),
        }?;
        if outcome != Outcome::Complete {
            return Ok(outcome);
        }
    }
    Ok(Outcome::Complete)
}
