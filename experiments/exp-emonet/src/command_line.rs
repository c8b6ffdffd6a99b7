//! The command line of exp-emonet.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};
use study::cli::help::{self, CompletionArguments};
use study::cli::{self, CompareArguments, FolderArguments, Outcome, VoiceArguments};
use study::{completions, manifest, signals};
use vgg_core::device::{self, DeviceChoice};

use crate::config::Config;
use crate::{DEMONSTRATION, NAME, whole};

/// EmoNet (Kragel et al. 2019): how well emotions are read from an AlexNet whose last layer alone is trained. This is the
/// EmoNet of ecco-laboratory; other programs of that name read faces (Toisoul 2021), texts or EmoNet-Face.
#[derive(Parser)]
#[command(
    name = NAME,
    version,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    after_help = "Examples:
  exp-emonet                                     the embedded demonstration (synthetic clips)
  exp-emonet --config experiments/emonet.toml --weights models/emonet.bpk
  weights-import convert emonet.pth -o models/emonet.bpk --preprocessing emonet --mean-image img_mean.txt

Exit status: 0 done, 1 failed, 2 wrong usage, 75 stopped by a signal."
)]
struct CommandLine {
    #[command(flatten)]
    whole: Arguments,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Subcommand)]
enum Verb {
    /// Check every file against its hash and rows
    Verify(FolderArguments),
    /// Compare the tables of two runs cell by cell; exit status 0 the same, 1 different, 2 one of them is no run
    Compare(CompareArguments),
    /// Print completions for a shell
    Completions(CompletionArguments),
}

/// Options of a run.
#[derive(clap::Args, Clone, Debug)]
pub struct Arguments {
    /// Configuration (TOML); the embedded demonstration without it
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Network weights (.bpk); overrides the configuration
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
    /// Folder of this run [default: results/exp-emonet/NAME, the name of the configuration]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// auto, cpu, flex, gpu, gpu:N (a number), a part of an adapter's name, or list to see what there is
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    pub device: DeviceChoice,
    /// Seed of every random number; overrides the configuration
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Go on with the usable pictures of rated sets of which some are missing, unreadable or unrated
    #[arg(long)]
    pub allow_missing: bool,
    /// Replace a finished run in the folder
    #[arg(long)]
    pub force: bool,
    /// How to speak.
    #[command(flatten)]
    pub voice: VoiceArguments,
}

impl Arguments {
    /// The configuration in effect, with absolute paths, and the run's folder.
    ///
    /// # Errors
    /// A configuration that cannot be read or makes no sense.
    pub fn configuration(&self) -> Result<(Config, PathBuf)> {
        let mut config = match &self.config {
            Some(path) => Config::read(path)?,
            None => Config::parse(DEMONSTRATION, "the embedded demonstration")?,
        };
        if let Some(weights) = &self.weights {
            config.weights = Some(std::path::absolute(weights)?);
        }
        config.seed = self.seed.unwrap_or(config.seed);
        let out = self.out.clone().unwrap_or_else(|| Path::new("results").join(NAME).join(&config.name));
        Ok((config, out))
    }
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
        None => arguments.voice,
        Some(Verb::Verify(folder)) => folder.voice,
        Some(Verb::Compare(_) | Verb::Completions(_)) => VoiceArguments::default(),
    };
    let result = match verb {
        None if arguments.device == DeviceChoice::List => help::print(&device::listing()),
        None => whole(&arguments),
        Some(Verb::Verify(folder)) => signals::droppable(&voice.progress(), "verifying", || {
            manifest::verify(&folder.out, &voice.progress()).map(|()| Outcome::Complete)
        }),
        Some(Verb::Compare(folders)) => return cli::compare(&folders, &voice.progress()),
        Some(Verb::Completions(shell)) => help::print(&completions::script(CommandLine::command(), shell.shell)),
    };
    cli::exit(result, &voice.progress())
}
