//! Attention: the channels that are selective for an emotion get a higher gain, one layer at a time, and recognition
//! heads say what becomes of each emotion; as many random channels of the layer get the same gains for comparison.

mod analysis;
mod curves;
mod drawings;
mod report;
mod summary;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use study::Experiment;
use study::cli::{self, Outcome, RunArguments};
use study::report::write_drawings;
use study::rows::{BestRow, DrawRow, SweepRow, TestRow};
use study::run_folder::RunFolder;
use study::sweep::GainTables;
use study::table::TidyRow;

/// The configuration without which nothing needs to be given.
const DEMONSTRATION: &str = include_str!("../../attention-demo.toml");

/// Raise the gain of emotion-selective channels, layer by layer, against random control groups.
#[derive(Parser)]
#[command(
    name = "exp-attention",
    version,
    after_help = "Examples:\n  exp-attention                                  the embedded demonstration (synthetic pictures)\n  \
                  exp-attention --config experiments/oasis.toml --weights models/vgg16.bpk --dry-run\n  \
                  exp-attention --set attention.step=0.1 --set sweep.draws=100 --out results/fine\n\n\
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
    let mut experiment = Experiment::open("exp-attention", DEMONSTRATION, vec![], arguments)?;
    experiment.gains = experiment.config.attention.clone().unwrap_or_default().slopes();
    if arguments.dry_run {
        experiment.dry_run()?;
        return Ok(Outcome::Complete);
    }
    let folder = experiment.folder(arguments)?;
    let prepared = experiment.prepare(&folder)?;
    let Some(tables) = experiment.sweep_gains(&folder, &prepared)? else { return Ok(Outcome::Stopped) };
    let tests = analysis::tests(&tables.best)?;
    write(&experiment, &folder, &tables, &tests)?;
    experiment.write_manifest(&folder, "complete")?;
    experiment.progress.say(&format!("done     {}", folder.path().join("report.html").display()));
    Ok(Outcome::Complete)
}

/// Tables first, then what is drawn from them.
fn write(experiment: &Experiment, folder: &RunFolder, tables: &GainTables, tests: &[TestRow]) -> Result<()> {
    folder.write_table("sweep", &SweepRow::to_table(&tables.sweep))?;
    folder.write_table("sweep_validation", &SweepRow::to_table(&tables.validation))?;
    folder.write_table("draws", &DrawRow::to_table(&tables.draws))?;
    folder.write_table("best", &BestRow::to_table(&tables.best))?;
    folder.write_table("tests", &TestRow::to_table(tests))?;
    let drawn = drawings::all(experiment, tables, tests)?;
    write_drawings(folder, &drawn)?;
    folder.write("report.html", report::html(experiment, tables, tests, drawn).as_bytes())?;
    Ok(())
}
