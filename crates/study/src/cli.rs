//! The command line that all experiments share, and their exit statuses.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use vgg_core::device::DeviceChoice;

use crate::progress::{Progress, Voice};
use crate::run_folder::Entry;
use crate::signals::STOPPED;

/// Options of every experiment.
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
    /// auto, cpu, flex, gpu, gpu:N (a number), or a part of an adapter's name
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    pub device: DeviceChoice,
    /// Seed of every random number; overrides the configuration
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Any value of the configuration, as in --set sweep.draws=20
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// Continue a run that was stopped: finished parts are kept
    #[arg(long)]
    pub resume: bool,
    /// Go on with the usable pictures where some are missing or unreadable
    #[arg(long)]
    pub allow_missing: bool,
    /// Say what would be computed, with memory and expected time, and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Say nothing but errors
    #[arg(long, conflicts_with = "json")]
    pub quiet: bool,
    /// One JSON object per line on standard output instead of progress lines
    #[arg(long)]
    pub json: bool,
}

/// How an experiment ended, other than by an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything is computed and written.
    Complete,
    /// A signal stopped it between two chunks; `--resume` continues.
    Stopped,
}

impl RunArguments {
    /// Progress in the wanted voice.
    pub fn progress(&self) -> Progress {
        Progress::new(match (self.quiet, self.json) {
            (_, true) => Voice::Json,
            (true, _) => Voice::Quiet,
            _ => Voice::Terminal,
        })
    }

    /// Whether the folder may hold an earlier part of the run.
    pub fn entry(&self) -> Entry {
        if self.resume { Entry::Resume } else { Entry::Fresh }
    }

    /// `--set` and the options that stand for one, as assignments.
    pub fn assignments(&self) -> Vec<String> {
        let seed = self.seed.map(|seed| format!("seed={seed}"));
        self.overrides.iter().cloned().chain(seed).collect()
    }
}

/// Turns the end of an experiment into an exit status, and prints the error if there is one.
pub fn exit(result: anyhow::Result<Outcome>) -> ExitCode {
    match result {
        Ok(Outcome::Complete) => ExitCode::SUCCESS,
        Ok(Outcome::Stopped) => ExitCode::from(STOPPED),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
