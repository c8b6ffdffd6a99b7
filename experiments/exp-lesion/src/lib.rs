//! Lesion: the channels that are selective for an emotion are silenced, one layer at a time, and recognition heads say
//! what is left of each emotion; as many random channels of the layer are silenced for comparison.

#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod analysis;
mod drawings;
mod report;

use anyhow::Result;
use study::cost::Load;
use study::plan::{self, Chunk};
use study::preparation::Prepared;
use study::rows::{SweepRow, TestRow};
use study::sweep::{self, Part};
use study::{Bench, ChunkTable, Experiment, Findings, Study, Tables, Work};
use study::{comparison, coverage, recognition};

/// A lesion is the slope 0.
const LESION: [f32; 1] = [0.0];

/// The experiment.
pub const STUDY: Study<Prepared> = Study {
    name: "exp-lesion",
    about: "Lesion emotion-selective channels, layer by layer, against random control groups",
    examples: "  exp-lesion                                     the embedded demonstration (synthetic pictures)
  exp-lesion --config experiments/oasis.toml --weights models/vgg16.bpk --dry-run
  exp-lesion --set sweep.draws=50 --set heads.splits=20 --out results/more",
    demonstration: include_str!("../../demo.toml"),
    stage: "sweep",
    tables: &[ChunkTable::of::<SweepRow>("sweep")],
    in_rounds: true,
    check: |_| Ok(()),
    chunks,
    conclude,
};

/// A chunk per network, layer, emotion and range of random draws.
fn chunks(experiment: &Experiment) -> Result<Vec<Work<Prepared>>> {
    let (config, architecture) = (&experiment.config, &experiment.trained().architecture);
    let pictures = sweep::pictures(&[Part::Test], &experiment.sets);
    let work = |chunk: Chunk| {
        let groups = config.sweep.controls.len() * chunk.draws.len() + usize::from(chunk.draws.start == 0);
        let load = Load { pictures, groups, points: groups * LESION.len() };
        let multiplications = load.multiplications(architecture, chunk.layer);
        Work::new(chunk.id(), chunk.round(config.sweep.draws_per_chunk), multiplications, move |bench| {
            lesion(&chunk, bench)
        })
    };
    let networks = 1 + config.swept_random_networks();
    let chunks = plan::chunks(config, config.sweep.draws, networks, &experiment.layer_names())?;
    Ok(chunks.into_iter().map(work).collect())
}

fn lesion(chunk: &Chunk, bench: &Bench<'_, Prepared>) -> Result<Tables> {
    let Experiment { sets, config, batch, .. } = bench.experiment;
    let (network, prepared) = (bench.network(chunk.network)?, &bench.prepared[chunk.network]);
    let rows = sweep::compute(chunk, &network, prepared, sets, &LESION, config, *batch)?;
    Ok(Tables::of("sweep", &rows))
}

/// Everything that `tests.csv` says: whether the intact heads recognise anything, and what lesions do to that.
///
/// # Errors
/// Numbers that are not finite, which a sweep does not hold.
pub fn tests(experiment: &Experiment, prepared: &[Prepared], rows: &[SweepRow]) -> Result<Vec<TestRow>> {
    let mut tests = recognition::tests(experiment, prepared)?;
    comparison::correct(&mut tests)?;
    tests.extend(analysis::tests(rows, &experiment.layer_names())?);
    Ok(tests)
}

/// Selective against random channels, cell by cell, then figures and the report.
fn conclude(experiment: &Experiment, prepared: &[Prepared], tables: &Tables) -> Result<Findings> {
    let rows: Vec<SweepRow> = tables.rows("sweep")?;
    let tests = coverage::sayable(tests(experiment, prepared, &rows)?, experiment.early);
    let drawings = drawings::all(experiment, &tests)?;
    let report = report::html(experiment, &rows, &tests, drawings.clone());
    Ok(Findings::new(drawings, report).with("sweep", &rows).with("tests", &tests))
}
