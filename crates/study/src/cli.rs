//! The command line that all experiments share, and their exit statuses.

mod compare;
mod ending;
pub mod help;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use bytesize::ByteSize;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use vgg_core::device::{self, DeviceChoice, Precision};

use crate::completions;
use crate::config::{Assignment, Config, Effective};
use crate::cost::Budget;
use crate::driver::{self, Entry, Study};
use crate::experiment::Opening;
use crate::planned::Planned;
use crate::preparation::Preparation;
use crate::progress::{Progress, Voice};
use crate::response_cache::ResponseCache;
use crate::shard::Shard;
use crate::signals;

pub use compare::CompareArguments;
pub use ending::{INCOMPLETE, compare, exit, not_a_command};

const LONG_RUNS: &str = "\
Long runs, all on one folder:
  plan --out DIR …             fix the chunks and prepare what they share
  run --out DIR --shard I/N    compute part I (from 0) of N equal parts
  status --out DIR --shards N  what is missing, and --array= for its shards
  merge --out DIR              tables, tests, figures and report
  verify --out DIR             is everything still what was written?
  compare DIR_A DIR_B          are two runs the same, within a tolerance?

  config print …               the configuration in effect, every value with its origin
  completions SHELL            completions for bash, zsh, fish, elvish or powershell
plan takes all options of a plain run; the others read them from the folder.

Exit status: 0 done, 1 failed, 2 wrong usage, 3 incomplete (merge says what),
75 stopped by a signal (the same command goes on; without a verb, --resume).";

/// The command line of an experiment.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
struct CommandLine {
    #[command(flatten)]
    whole: WholeArguments,
    #[command(subcommand)]
    verb: Option<Verb>,
}

/// Without a verb: plan, run and merge in one.
#[derive(Subcommand)]
enum Verb {
    /// Fix the chunks and prepare what they share; the same plan in the same folder is continued
    Plan(RunArguments),
    /// Compute the chunks of a planned run, or of one shard; finished ones are kept
    Run(ShardArguments),
    /// Say which chunks are there, and print the --array list of shards that still have work
    Status(StatusArguments),
    /// Make tables, tests, figures and report; exit status 3 and a list where chunks are missing or unusable
    Merge(MergeArguments),
    /// Check every file of a merged run against its hash and rows, and weights and pictures where they still are
    Verify(FolderArguments),
    /// Compare the tables of two runs cell by cell; exit status 0 the same, 1 different, 2 one of them is no run
    Compare(CompareArguments),
    /// Show the configuration
    #[command(subcommand)]
    Config(help::ConfigVerb),
    /// Print completions for a shell
    Completions(help::CompletionArguments),
}

/// Options of a run in one process.
#[derive(Args, Clone, Debug, Default)]
pub struct WholeArguments {
    /// What is computed and where.
    #[command(flatten)]
    pub run: RunArguments,
    /// Continue a run that was stopped: finished parts are kept
    #[arg(long)]
    pub resume: bool,
    /// Say what would be computed, with memory and expected time, and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Time that the run may take, as in 8h or 90min: as many draws as fit, no more than the configuration asks for, and a
    /// report of what is there when the time is over
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration, conflicts_with_all = ["resume", "dry_run"])]
    pub budget: Option<Duration>,
}

/// What is computed and where.
#[derive(Args, Clone, Debug, Default)]
pub struct RunArguments {
    /// Configuration (TOML); the embedded demonstration without it
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Network weights (.bpk); overrides the configuration
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
    /// Folder of this run [default: results/EXPERIMENT/NAME, the name of the configuration]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// auto, cpu, flex, gpu, gpu:N (a number), a part of an adapter's name, or list to see what there is
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    pub device: DeviceChoice,
    /// Memory for weights and batches on the device, as in 2GB [default: from the device]
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<ByteSize>,
    /// f32, or f16 where the adapter has it and it is near enough to f32
    #[arg(long, value_name = "PRECISION")]
    pub precision: Option<Precision>,
    /// Seed of every random number; overrides the configuration
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Any value of the configuration, as in --set sweep.draws=20
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// Go on with the usable pictures where some are missing or unreadable
    #[arg(long)]
    pub allow_missing: bool,
    /// Where responses are kept for other experiments on the same weights and pictures [default: .cache beside the
    /// folders of runs]
    #[arg(long, value_name = "DIR", conflicts_with = "no_cache")]
    pub cache: Option<PathBuf>,
    /// Compute all responses anew, and keep them for no other experiment
    #[arg(long)]
    pub no_cache: bool,
    /// How to speak.
    #[command(flatten)]
    pub voice: VoiceArguments,
}

/// Options of `run`.
#[derive(Args, Clone, Debug)]
pub struct ShardArguments {
    /// Folder of the planned run
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The part of the chunks to compute: I from 0 to N-1 of N
    #[arg(long, value_name = "I/N", default_value_t = Shard::WHOLE)]
    pub shard: Shard,
    /// auto, cpu, flex, gpu, gpu:N (a number), a part of an adapter's name, or list to see what there is
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    pub device: DeviceChoice,
    /// Memory for weights and batches on the device, as in 2GB [default: from the device]
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<ByteSize>,
    /// How to speak.
    #[command(flatten)]
    pub voice: VoiceArguments,
}

/// Options of `status`.
#[derive(Args, Clone, Debug)]
pub struct StatusArguments {
    /// Folder of the planned run
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// How many shards the --array list is for
    #[arg(long, value_name = "N", default_value = "1")]
    pub shards: NonZeroUsize,
    /// One JSON object instead of lines
    #[arg(long)]
    pub json: bool,
}

/// Options of `merge`.
#[derive(Args, Clone, Debug)]
pub struct MergeArguments {
    /// The folder, and how to speak.
    #[command(flatten)]
    pub folder: FolderArguments,
    /// Report what is there even if chunks are missing; the report says how much it is
    #[arg(long)]
    pub partial: bool,
}

/// Options of verbs that need only the run's folder.
#[derive(Args, Clone, Debug)]
pub struct FolderArguments {
    /// Folder of the planned run
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// How to speak.
    #[command(flatten)]
    pub voice: VoiceArguments,
}

/// How a program speaks.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct VoiceArguments {
    /// Say nothing but errors
    #[arg(long, conflicts_with = "json")]
    pub quiet: bool,
    /// One JSON object per line on standard output instead of progress lines
    #[arg(long)]
    pub json: bool,
}

/// How a verb ended, other than by an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything is computed and written.
    Complete,
    /// A signal stopped it between two chunks; it can go on from there.
    Stopped,
    /// Chunks are missing or unusable, and nothing was merged.
    Incomplete,
}

impl CommandLine {
    /// The device, where the verb takes one.
    fn device(&self) -> Option<&DeviceChoice> {
        match &self.verb {
            None => Some(&self.whole.run.device),
            Some(Verb::Plan(arguments)) => Some(&arguments.device),
            Some(Verb::Run(arguments)) => Some(&arguments.device),
            _ => None,
        }
    }
}

impl VoiceArguments {
    /// Progress in the wanted voice.
    pub fn progress(&self) -> Progress {
        Progress::new(match (self.quiet, self.json) {
            (_, true) => Voice::Json,
            (true, _) => Voice::Quiet,
            _ => Voice::Terminal,
        })
    }
}

impl WholeArguments {
    /// Whether the folder may hold an earlier part of the run.
    pub fn entry(&self) -> Entry {
        if self.resume { Entry::Resume } else { Entry::Fresh }
    }
}

impl RunArguments {
    /// `--set` and the options that stand for one, as assignments; the latter weigh more.
    fn assignments(&self) -> Result<Vec<Assignment>> {
        let mut assignments = Vec::new();
        for text in &self.overrides {
            assignments.push(Assignment::set(text)?);
        }
        assignments.extend(self.seed.map(Assignment::seed));
        assignments.extend(self.precision.map(Assignment::precision));
        if let Some(weights) = &self.weights {
            assignments.push(Assignment::weights(weights)?);
        }
        Ok(assignments)
    }

    /// The configuration that these options give, with the origin of its values.
    ///
    /// # Errors
    /// A file that cannot be read, a key that does not exist, a value that makes no sense.
    pub fn effective(&self, demonstration: &str) -> Result<Effective> {
        let assignments = self.assignments()?;
        Ok(match &self.config {
            Some(path) => Effective::read(path, &assignments)?,
            None => Effective::embedded(demonstration, "the embedded demonstration", &assignments)?,
        })
    }

    /// The configuration that these options give.
    ///
    /// # Errors
    /// As [`RunArguments::effective`].
    pub fn configuration(&self, demonstration: &str) -> Result<Config> {
        Ok(self.effective(demonstration)?.config)
    }

    /// What these options open. Where the folder holds a plan already, its number of pictures per batch is kept.
    ///
    /// # Errors
    /// As [`RunArguments::configuration`].
    pub fn opening(&self, name: &str, demonstration: &str) -> Result<Opening> {
        let config = self.configuration(demonstration)?.with_absolute_paths()?;
        let results = Path::new("results");
        let (out, beside) = match &self.out {
            Some(out) => (out.clone(), out.parent().unwrap_or(out)),
            None => (results.join(name).join(&config.name), results),
        };
        let planned = Planned::batch_of(&out)?;
        let cache = self.cache.clone().unwrap_or_else(|| beside.join(".cache"));
        let cache = (!self.no_cache).then(|| ResponseCache::new(cache));
        let batch = planned.filter(|_| config.batch.is_none());
        Ok(Opening { config, out, allow_missing: self.allow_missing, batch, cache, budget: Budget::default() })
    }
}

/// The program: reads the command line, does what it says, and ends with its exit status.
pub fn main<P: Preparation>(study: &Study<P>) -> ExitCode {
    stimuli::read_workbooks_in_a_child();
    device::without_screen();
    let arguments = command(study).try_get_matches().and_then(|matches| CommandLine::from_arg_matches(&matches));
    let arguments = match arguments {
        Ok(arguments) => arguments,
        Err(error) => return not_a_command(&error),
    };
    let progress = arguments.voice().progress();
    let result = match arguments {
        _ if arguments.device() == Some(&DeviceChoice::List) => help::print(&device::listing()),
        CommandLine { verb: None, whole } => driver::whole(study, &whole),
        CommandLine { verb: Some(Verb::Plan(arguments)), .. } => driver::plan(study, &arguments),
        CommandLine { verb: Some(Verb::Run(arguments)), .. } => driver::run(study, &arguments),
        CommandLine { verb: Some(Verb::Status(arguments)), .. } => {
            signals::droppable(&progress, "reading chunks", || driver::status(study, &arguments))
        }
        CommandLine { verb: Some(Verb::Merge(arguments)), .. } => {
            signals::droppable(&progress, "merging", || driver::merge(study, &arguments))
        }
        CommandLine { verb: Some(Verb::Verify(arguments)), .. } => {
            signals::droppable(&progress, "verifying", || driver::verify(study, &arguments))
        }
        CommandLine { verb: Some(Verb::Compare(arguments)), .. } => return compare(&arguments, &progress),
        CommandLine { verb: Some(Verb::Config(verb)), .. } => help::config(&verb, study.demonstration),
        CommandLine { verb: Some(Verb::Completions(arguments)), .. } => {
            help::print(&completions::script(command(study), arguments.shell))
        }
    };
    exit(result, &progress)
}

fn command<P>(study: &Study<P>) -> clap::Command {
    let after = format!("Examples:\n{}\n\n{LONG_RUNS}", study.examples);
    CommandLine::command().name(study.name).bin_name(study.name).about(study.about).after_help(after)
}

impl CommandLine {
    /// How the program should speak.
    fn voice(&self) -> VoiceArguments {
        match &self.verb {
            None => self.whole.run.voice,
            Some(Verb::Plan(arguments)) => arguments.voice,
            Some(Verb::Run(arguments)) => arguments.voice,
            Some(Verb::Merge(arguments)) => arguments.folder.voice,
            Some(Verb::Verify(arguments)) => arguments.voice,
            Some(Verb::Status(_) | Verb::Compare(_) | Verb::Config(_) | Verb::Completions(_)) => {
                VoiceArguments::default()
            }
        }
    }
}
