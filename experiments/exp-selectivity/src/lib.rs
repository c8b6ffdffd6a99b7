//! Selectivity: which emotion drives each channel, how well it is tuned, and whether that is more than shuffled labels,
//! untrained networks and low-level picture statistics would give; and whether it is emotion or what pictures show.

#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod analysis;
pub mod anova;
mod drawings;
mod examples;
mod low_level;
pub mod nulls;
mod report;
mod shares;

use anyhow::Result;
use study::driver::Bench;
use study::preparation::Tuned;
use study::rows::{ShareRow, ShuffledRow, TestRow};
use study::{ChunkTable, Experiment, Findings, Study, Tables, Work};

/// The experiment.
pub const STUDY: Study<Tuned> = Study {
    name: "exp-selectivity",
    about: "Tuning of every channel to emotions, layer by layer, against shuffled labels and untrained networks",
    examples: "  exp-selectivity                                the embedded demonstration (synthetic pictures)
  exp-selectivity --config experiments/oasis.toml --weights models/vgg16.bpk --dry-run
  exp-selectivity --set selectivity.permutations=10000 --out results/more",
    demonstration: include_str!("../../demo-selectivity.toml"),
    stage: "shuffled labels and low-level statistics",
    tables: &[ChunkTable::of::<ShuffledRow>("shuffled"), ChunkTable::of::<TestRow>("tests")],
    in_rounds: false,
    check: |experiment| Ok(experiment.sets.check_emotions()?),
    chunks,
    conclude,
};

/// A chunk per network and set for shuffled labels, then one for low-level statistics of all pictures, which are read within
/// sets and across them.
fn chunks(experiment: &Experiment) -> Result<Vec<Work<Tuned>>> {
    let (networks, sets) = (experiment.network_names().len(), experiment.sets.sets.len());
    let cells = (0..networks).flat_map(|network| (0..sets).map(move |set| (network, set)));
    let shuffled = cells.map(|(network, set)| {
        Work::new(format!("n{network}-s{set}"), 0, 0, move |bench| {
            let rows = nulls::rows(bench.experiment, &bench.prepared[network], set)?;
            Ok(Tables::of("shuffled", &rows).and::<TestRow>("tests", &[]))
        })
    });
    let low_level = Work::new("low-level".into(), 0, 0, |bench: &Bench<Tuned>| {
        let tests = low_level::tests(bench.experiment)?;
        Ok(Tables::of::<ShuffledRow>("shuffled", &[]).and("tests", &tests))
    });
    Ok(shuffled.chain([low_level]).collect())
}

/// What responses alone say of the claims, without files and without low-level statistics.
///
/// # Errors
/// Responses that are not finite.
pub fn tests(experiment: &Experiment, tuned: &[Tuned]) -> Result<Vec<TestRow>> {
    let mut shuffled = Vec::new();
    for network in tuned {
        for set in 0..experiment.sets.sets.len() {
            shuffled.extend(nulls::rows(experiment, network, set)?);
        }
    }
    analysis::tests(experiment, &shuffled, vec![])
}

/// Trends with depth and untrained networks, shares, examples, emotion against object category, then figures and report.
fn conclude(experiment: &Experiment, tuned: &[Tuned], tables: &Tables) -> Result<Findings> {
    let shuffled: Vec<ShuffledRow> = tables.rows("shuffled")?;
    let tests = analysis::tests(experiment, &shuffled, tables.rows("tests")?)?;
    let shares: Vec<ShareRow> = shares::count(experiment, tuned)?;
    let examples = examples::choose(experiment, &tuned[0]);
    let top = examples::top_pictures(experiment, &tuned[0], &examples);
    let anova = anova::analyse(experiment, tuned)?;
    let mut drawings = drawings::all(experiment, &tests, &shares, &examples, &top)?;
    drawings.extend(anova::drawings(experiment, &anova.layers)?);
    let report = report::html(experiment, tuned, &tests, &anova.layers, drawings.clone());
    Ok(Findings::new(drawings, report)
        .with("tests", &tests)
        .with("shares", &shares)
        .with("examples", &top)
        .with("anova", &anova.channels)
        .with("anova_layers", &anova.layers)
        .with("anova_cells", &anova.cells))
}
