//! Lesion: the channels that are selective for an emotion are silenced, one layer at a time, and recognition heads say
//! what is left of each emotion; as many random channels of the layer are silenced for comparison.

mod analysis;
mod drawings;
mod report;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use study::Experiment;
use study::cli::{self, Outcome, RunArguments};
use study::report::write_drawings;
use study::rows::{SweepRow, TestRow};
use study::run_folder::RunFolder;
use study::table::TidyRow;

/// The configuration without which nothing needs to be given.
const DEMONSTRATION: &str = include_str!("../../demo.toml");
/// A lesion is the slope 0.
const LESION: f32 = 0.0;

/// Lesion emotion-selective channels, layer by layer, against random control groups.
#[derive(Parser)]
#[command(
    name = "exp-lesion",
    version,
    after_help = "Examples:\n  exp-lesion                                     the embedded demonstration (synthetic pictures)\n  \
                  exp-lesion --config experiments/oasis.toml --weights models/vgg16.bpk --dry-run\n  \
                  exp-lesion --set sweep.draws=50 --set heads.splits=20 --out results/more\n\n\
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
    let experiment = Experiment::open("exp-lesion", DEMONSTRATION, vec![LESION], arguments)?;
    if arguments.dry_run {
        experiment.dry_run()?;
        return Ok(Outcome::Complete);
    }
    let folder = experiment.folder(arguments)?;
    let prepared = experiment.prepare(&folder)?;
    let Some(rows) = experiment.sweep(&folder, &prepared)? else { return Ok(Outcome::Stopped) };
    let tests = analysis::tests(&rows)?;
    write(&experiment, &folder, &rows, &tests)?;
    experiment.write_manifest(&folder, "complete")?;
    experiment.progress.say(&format!("done     {}", folder.path().join("report.html").display()));
    Ok(Outcome::Complete)
}

/// Tables first, then what is drawn from them.
fn write(experiment: &Experiment, folder: &RunFolder, rows: &[SweepRow], tests: &[TestRow]) -> Result<()> {
    folder.write_table("sweep", &SweepRow::to_table(rows))?;
    folder.write_table("tests", &TestRow::to_table(tests))?;
    let drawn = drawings::all(experiment, tests)?;
    write_drawings(folder, &drawn)?;
    folder.write("report.html", report::html(experiment, rows, tests, drawn).as_bytes())?;
    Ok(())
}
