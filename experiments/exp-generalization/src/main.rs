//! Generalization: are the channels that are selective for an emotion in one picture set selective for it in another?
//! Their overlap is compared with that of random channel sets, layer by layer, and with that in untrained networks.

mod analysis;
mod drawings;
mod overlap;
mod report;

use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use study::Experiment;
use study::cli::{self, Outcome, RunArguments};
use study::report::write_drawings;
use study::rows::{OverlapRow, TestRow};
use study::run_folder::RunFolder;
use study::signals::StopFlag;
use study::table::TidyRow;

/// The configuration without which nothing needs to be given.
const DEMONSTRATION: &str = include_str!("../../demo-selectivity.toml");

/// Overlap of emotion-selective channels between two picture sets, layer by layer, against chance.
#[derive(Parser)]
#[command(
    name = "exp-generalization",
    version,
    after_help = "Examples:\n  exp-generalization                             the embedded demonstration (synthetic pictures)\n  \
                  exp-generalization --config experiments/oasis.toml --weights models/vgg16.bpk --dry-run\n  \
                  exp-generalization --set selection.rule=plos-2024 --out results/plos\n\n\
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
    let experiment = Experiment::open("exp-generalization", DEMONSTRATION, vec![], arguments)?;
    check_sets(&experiment)?;
    if arguments.dry_run {
        experiment.dry_run_tuning()?;
        return Ok(Outcome::Complete);
    }
    let folder = experiment.folder(arguments)?;
    let stop = StopFlag::listen().context("cannot listen to signals")?;
    let Some(tuned) = experiment.tune(&folder, &stop)? else { return Ok(Outcome::Stopped) };
    let overlaps = overlap::measure(&experiment, &tuned)?;
    let tests = analysis::tests(&experiment, &overlaps)?;
    let rows: Vec<OverlapRow> = overlaps.into_iter().map(|overlap| overlap.row).collect();
    write(&experiment, &folder, &rows, &tests)?;
    experiment.write_manifest(&folder, "complete")?;
    experiment.progress.say(&format!("done     {}", folder.path().join("report.html").display()));
    Ok(Outcome::Complete)
}

fn check_sets(experiment: &Experiment) -> Result<()> {
    let names: Vec<&str> = experiment.sets.sets.iter().map(|set| set.name.as_str()).collect();
    ensure!(
        names.len() >= 2,
        "generalization compares two picture sets, but there is only `{}`: add a second [[sets]], or write \
         split_halves = true in that set to divide it at random into two",
        names.join(", ")
    );
    ensure!(
        names.len() == 2,
        "generalization compares two picture sets, but there are {} ({}): leave two of them in the configuration",
        names.len(),
        names.join(", ")
    );
    Ok(())
}

/// Tables first, then what is drawn from them.
fn write(experiment: &Experiment, folder: &RunFolder, rows: &[OverlapRow], tests: &[TestRow]) -> Result<()> {
    folder.write_table("overlap", &OverlapRow::to_table(rows))?;
    folder.write_table("tests", &TestRow::to_table(tests))?;
    let drawn = drawings::all(experiment, rows, tests)?;
    write_drawings(folder, &drawn)?;
    folder.write("report.html", report::html(experiment, rows, tests, drawn).as_bytes())?;
    Ok(())
}
