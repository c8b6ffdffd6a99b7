//! The command line: that of every experiment, as far as it is about a whole run.

use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};
use study::cli::CompareArguments;
use study::cli::help::{self, CompletionArguments, ConfigVerb};
use study::cli::{self, FolderArguments, Outcome, VoiceArguments, WholeArguments};
use study::preparation::Preparation;
use study::{Study, completions, driver, manifest, signals};
use vgg_core::device::{self, DeviceChoice};

use crate::calibrate::{CalibrateArguments, calibrate};
use crate::parts::WithStudy;
use crate::{DEMONSTRATION, Part, partial, whole};

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

calibrate repeats the study on shuffled labels and says how often each claim is reached when
nothing is there; given the same configuration and --out, its rates stand in the report of the
next run with --resume. With --chance-channels labels are shuffled only where they choose channels,
which tests the claims about lesions and gains before heads that recognise. With --planted 0.2,0.4
it asks how often effects of that size are found.

report --out FOLDER makes the report of what is there of a study that was stopped; with
--markdown FILE.md also as text for a repository, with its drawings beside it.

verify --out FOLDER checks a study, and compare FOLDER FOLDER two of them.

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
    /// Repeat the study on shuffled (or planted) labels, and count how often each claim is reached when nothing (or
    /// something) is there
    Calibrate(Box<CalibrateArguments>),
    /// Check every file against its hash and rows, and weights and pictures where they still are
    Verify(FolderArguments),
    /// Make the report from what is there of a study that was stopped; it says how much that is
    Report(partial::ReportArguments),
    /// Compare the tables of two studies cell by cell; exit status 0 the same, 1 different, 2 one of them is no run
    Compare(CompareArguments),
    /// Show the configuration
    #[command(subcommand)]
    Config(ConfigVerb),
    /// Print completions for a shell
    Completions(CompletionArguments),
}

/// The program: reads the command line, does what it says, and ends with its exit status.
pub fn main() -> ExitCode {
    stimuli::read_workbooks_in_a_child();
    vgg_core::device::without_screen();
    let CommandLine { whole: arguments, verb } = match CommandLine::try_parse() {
        Ok(command) => command,
        Err(error) => return cli::not_a_command(&error),
    };
    let voice = match &verb {
        None => arguments.run.voice,
        Some(Verb::Calibrate(arguments)) => arguments.run.voice,
        Some(Verb::Verify(folder)) => folder.voice,
        Some(Verb::Report(arguments)) => arguments.folder.voice,
        Some(Verb::Compare(_) | Verb::Config(_) | Verb::Completions(_)) => VoiceArguments::default(),
    };
    let result = match verb {
        None if arguments.run.device == DeviceChoice::List => help::print(&device::listing()),
        None => whole(&arguments),
        Some(Verb::Calibrate(arguments)) => calibrate(&arguments),
        Some(Verb::Verify(folder)) => signals::droppable(&voice.progress(), "verifying", || verify(&folder)),
        Some(Verb::Report(arguments)) => partial::report(&arguments),
        Some(Verb::Compare(folders)) => return cli::compare(&folders, &voice.progress()),
        Some(Verb::Config(verb)) => help::config(&verb, DEMONSTRATION),
        Some(Verb::Completions(shell)) => help::print(&completions::script(CommandLine::command(), shell.shell)),
    };
    cli::exit(result, &voice.progress())
}

/// The parts first, then what was made of them.
fn verify(arguments: &FolderArguments) -> Result<Outcome> {
    for part in Part::ALL {
        let outcome = part.with_study(&mut Verification { arguments })?;
        if outcome != Outcome::Complete {
            return Ok(outcome);
        }
    }
    manifest::verify(&arguments.out, &arguments.voice.progress())?;
    Ok(Outcome::Complete)
}

/// A part is checked.
struct Verification<'a> {
    arguments: &'a FolderArguments,
}

impl WithStudy for Verification<'_> {
    type Output = Outcome;

    fn with<P: Preparation>(&mut self, part: Part, study: &Study<P>) -> Result<Outcome> {
        let out = part.folder(&self.arguments.out);
        driver::verify(study, &FolderArguments { out, ..self.arguments.clone() })
    }
}
