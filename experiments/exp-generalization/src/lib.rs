//! Generalization: are the channels that are selective for an emotion in one picture set selective for it in another?
//! Their overlap is compared with that of random channel sets, layer by layer, and with that in untrained networks.

#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod analysis;
mod drawings;
mod overlap;
mod report;

use anyhow::{Result, ensure};
use study::preparation::Tuned;
use study::rows::{OverlapRow, ShuffledRow, TestRow};
use study::{ChunkTable, Experiment, Findings, Study, Tables, Work};

/// The experiment.
pub const STUDY: Study<Tuned> = Study {
    name: "exp-generalization",
    about: "Overlap of emotion-selective channels between two picture sets, layer by layer, against chance",
    examples: "  exp-generalization                             the embedded demonstration (synthetic pictures)
  exp-generalization --config experiments/oasis.toml --weights models/vgg16.bpk --dry-run
  exp-generalization --set selection.rule=plos-2024 --out results/plos",
    demonstration: include_str!("../../demo-selectivity.toml"),
    stage: "overlaps",
    tables: &[ChunkTable::of::<OverlapRow>("overlap"), ChunkTable::of::<ShuffledRow>("shuffled")],
    in_rounds: false,
    check,
    chunks,
    conclude,
};

fn check(experiment: &Experiment) -> Result<()> {
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
    Ok(experiment.sets.check_emotions()?)
}

/// A chunk per network, over whose layers and emotions q is corrected.
fn chunks(experiment: &Experiment) -> Result<Vec<Work<Tuned>>> {
    let work = |network: usize| {
        Work::new(format!("n{network}"), 0, 0, move |bench| {
            let found = overlap::of_network(bench.experiment, &bench.prepared[network], network)?;
            Ok(Tables::of("overlap", &found.overlaps).and("shuffled", &found.shuffled))
        })
    };
    Ok((0..experiment.network_names().len()).map(work).collect())
}

/// What responses alone say of the claims, without files.
///
/// # Errors
/// A set that is too poor for the rule.
pub fn tests(experiment: &Experiment, tuned: &[Tuned]) -> Result<Vec<TestRow>> {
    let mut shuffled = Vec::new();
    for (number, network) in tuned.iter().enumerate() {
        shuffled.extend(overlap::of_network(experiment, network, number)?.shuffled);
    }
    analysis::tests(experiment, &shuffled)
}

/// Overlap against shuffled labels, over layers and against untrained networks, then figures and the report.
fn conclude(experiment: &Experiment, _: &[Tuned], tables: &Tables) -> Result<Findings> {
    let rows: Vec<OverlapRow> = tables.rows("overlap")?;
    let shuffled: Vec<ShuffledRow> = tables.rows("shuffled")?;
    let tests = analysis::tests(experiment, &shuffled)?;
    let drawings = drawings::all(experiment, &rows)?;
    let report = report::html(experiment, &rows, &tests, drawings.clone());
    Ok(Findings::new(drawings, report).with("overlap", &rows).with("tests", &tests))
}
