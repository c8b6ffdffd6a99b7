//! Attention: the channels that are selective for an emotion get a higher gain, one layer at a time, and recognition
//! heads say what becomes of each emotion; as many random channels of the layer get the same gains for comparison.

#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod analysis;
pub mod curves;
mod drawings;
mod report;
mod summary;
mod tasks;

use anyhow::Result;
use study::preparation::Prepared;
use study::rows::{BestRow, DrawRow, SweepRow, TestRow};
use study::sweep::{GainTables, Task, compute_gains};
use study::{Bench, ChunkTable, Experiment, Findings, Study, Tables, Work};
use study::{comparison, coverage, recognition};

use crate::tasks::Costs;

/// The experiment.
pub const STUDY: Study<Prepared> = Study {
    name: "exp-attention",
    about: "Raise the gain of emotion-selective channels, layer by layer, against random control groups",
    examples: "  exp-attention                                  the embedded demonstration (synthetic pictures)
  exp-attention --config experiments/oasis.toml --weights models/vgg16.bpk --dry-run
  exp-attention --set attention.step=0.1 --set sweep.draws=100 --out results/fine",
    demonstration: include_str!("../../attention-demo.toml"),
    stage: "sweep over gains",
    tables: &[
        ChunkTable::of::<SweepRow>("sweep"),
        ChunkTable::of::<SweepRow>("sweep_validation"),
        ChunkTable::of::<DrawRow>("draws"),
        ChunkTable::of::<BestRow>("best"),
    ],
    in_rounds: true,
    check: |_| Ok(()),
    chunks,
    conclude,
};

/// A chunk per network, layer, emotion and range of random draws, and one for each mode by tuning values.
fn chunks(experiment: &Experiment) -> Result<Vec<Work<Prepared>>> {
    let (size, costs) = (experiment.config.sweep.draws_per_chunk, Costs::new(experiment));
    let work = |task: Task| {
        let (round, multiplications) = (task.chunk().round(size), costs.multiplications(&task));
        Work::new(task.id(), round, multiplications, move |bench| raise(&task, bench))
    };
    Ok(tasks::all(experiment)?.into_iter().map(work).collect())
}

fn raise(task: &Task, bench: &Bench<'_, Prepared>) -> Result<Tables> {
    let Experiment { sets, config, batch, .. } = bench.experiment;
    let number = task.chunk().network;
    let (network, prepared) = (bench.network(number)?, &bench.prepared[number]);
    let found = compute_gains(task, &network, prepared, sets, config, *batch)?;
    Ok(Tables::of("sweep", &found.sweep)
        .and("sweep_validation", &found.validation)
        .and("draws", &found.draws)
        .and("best", &found.best))
}

/// The tables of all chunks, as rows.
///
/// # Errors
/// Tables that are those of another experiment.
pub fn found(tables: &Tables) -> Result<GainTables> {
    Ok(GainTables {
        sweep: tables.rows("sweep")?,
        validation: tables.rows("sweep_validation")?,
        draws: tables.rows("draws")?,
        best: tables.rows("best")?,
    })
}

/// Everything that `tests.csv` says: whether the intact heads recognise anything, and what gains do to that.
///
/// # Errors
/// Numbers that are not finite, which a sweep does not hold.
pub fn tests(experiment: &Experiment, prepared: &[Prepared], found: &GainTables) -> Result<Vec<TestRow>> {
    let mut tests = recognition::tests(experiment, prepared)?;
    comparison::correct(&mut tests)?;
    tests.extend(analysis::tests(found, &experiment.layer_names())?);
    Ok(tests)
}

/// Every group at its best gain against random groups at theirs, then figures and the report.
fn conclude(experiment: &Experiment, prepared: &[Prepared], tables: &Tables) -> Result<Findings> {
    let found = found(tables)?;
    let tests = coverage::sayable(tests(experiment, prepared, &found)?, experiment.early);
    let drawings = drawings::all(experiment, &found, &tests)?;
    let report = report::html(experiment, &found, &tests, drawings.clone());
    Ok(Findings::new(drawings, report)
        .with("sweep", &found.sweep)
        .with("sweep_validation", &found.validation)
        .with("draws", &found.draws)
        .with("best", &found.best)
        .with("tests", &tests))
}
