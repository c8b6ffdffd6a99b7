//! Selectivity: which emotion drives each channel, how well it is tuned, and whether that is more than shuffled labels,
//! untrained networks and low-level picture statistics would give.

mod analysis;
mod drawings;
mod examples;
mod low_level;
mod nulls;
mod report;
mod shares;

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use study::Experiment;
use study::cli::{self, Outcome, RunArguments};
use study::preparation::Tuned;
use study::report::write_drawings;
use study::rows::{ExampleRow, ShareRow, TestRow};
use study::run_folder::RunFolder;
use study::signals::StopFlag;
use study::table::TidyRow;

/// The configuration without which nothing needs to be given.
const DEMONSTRATION: &str = include_str!("../../demo-selectivity.toml");

/// Tuning of every channel to emotions, layer by layer, against shuffled labels and untrained networks.
#[derive(Parser)]
#[command(
    name = "exp-selectivity",
    version,
    after_help = "Examples:\n  exp-selectivity                                the embedded demonstration (synthetic pictures)\n  \
                  exp-selectivity --config experiments/oasis.toml --weights models/vgg16.bpk --dry-run\n  \
                  exp-selectivity --set selectivity.permutations=10000 --out results/more\n\n\
                  Exit status: 0 done, 1 failed, 2 wrong usage, 75 stopped by a signal (--resume continues)."
)]
struct Arguments {
    #[command(flatten)]
    run: RunArguments,
}

fn main() -> ExitCode {
    cli::exit(run(&Arguments::parse().run))
}

fn run(arguments: &RunArguments) -> Result<Outcome> {
    let experiment = Experiment::open("exp-selectivity", DEMONSTRATION, vec![], arguments)?;
    if arguments.dry_run {
        experiment.dry_run_tuning()?;
        return Ok(Outcome::Complete);
    }
    let folder = experiment.folder(arguments)?;
    let stop = StopFlag::listen().context("cannot listen to signals")?;
    let Some(tuned) = experiment.tune(&folder, &stop)? else { return Ok(Outcome::Stopped) };
    let Some(against_labels) = nulls::tests(&experiment, &tuned, &stop)? else { return Ok(Outcome::Stopped) };
    let low_level = low_level::tests(&experiment)?;
    let tests = analysis::tests(&experiment, against_labels, low_level)?;
    let shares = shares::count(&experiment, &tuned)?;
    write(&experiment, &folder, &tuned, &tests, &shares)?;
    experiment.write_manifest(&folder, "complete")?;
    experiment.progress.say(&format!("done     {}", folder.path().join("report.html").display()));
    Ok(Outcome::Complete)
}

/// Tables first, then what is drawn from them.
fn write(
    experiment: &Experiment,
    folder: &RunFolder,
    tuned: &[Tuned],
    tests: &[TestRow],
    shares: &[ShareRow],
) -> Result<()> {
    let examples = examples::choose(experiment, &tuned[0]);
    let top = examples::top_pictures(experiment, &tuned[0], &examples);
    folder.write_table("tests", &TestRow::to_table(tests))?;
    folder.write_table("shares", &ShareRow::to_table(shares))?;
    folder.write_table("examples", &ExampleRow::to_table(&top))?;
    let drawn = drawings::all(experiment, tests, shares, &examples, &top)?;
    write_drawings(folder, &drawn)?;
    folder.write("report.html", report::html(experiment, tuned, tests, drawn).as_bytes())?;
    Ok(())
}
