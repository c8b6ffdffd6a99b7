//! What an experiment is, and the verbs that all of them share: plan → run → merge, each by itself or all in one.
//!
//! An experiment is data: a name, the tables of its chunks, and two functions. One lists its chunks, each with the
//! function that computes it; the other makes tests, figures and the report from the chunks' tables. Everything else is
//! here: preparation, chunks on the disk, shards, resuming, completeness and provenance.

mod in_memory;
mod merge;
mod planning;
mod running;
mod status;
mod verify;
mod whole;

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use anyhow::Result;
use vgg_core::Network;
use vgg_core::device::Device;

use crate::experiment::Experiment;
use crate::lock::Hold;
use crate::planned::PlannedChunk;
use crate::preparation::Preparation;
use crate::progress::Progress;
use crate::report::Drawing;
use crate::run_folder::RunFolder;
use crate::tables::{ChunkTable, Tables};
use tidy::{Table, TidyRow};

pub use in_memory::in_memory;
pub use merge::{conclude_partially, merge};
pub use planning::{Entry, plan};
pub use running::run;
pub use status::status;
pub use verify::verify;
pub use whole::{carry_out, estimate, speed, whole};

/// An experiment, whose chunks start from a preparation `P`.
pub struct Study<P> {
    /// The program's name, such as `exp-lesion`.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// Examples of its command line, one per line.
    pub examples: &'static str,
    /// The configuration without which nothing needs to be given.
    pub demonstration: &'static str,
    /// What its chunks are about, in a word or two for the progress line.
    pub stage: &'static str,
    /// The tables of every chunk, the main one first.
    pub tables: &'static [ChunkTable],
    /// Whether its chunks come in rounds, so that a report can be made of those that are there.
    pub in_rounds: bool,
    /// Whether the configuration and the pictures suffice.
    pub check: fn(&Experiment) -> Result<()>,
    /// All chunks, in the order in which tables list them; they depend on nothing but the plan.
    pub chunks: fn(&Experiment) -> Result<Vec<Work<P>>>,
    /// Tests, figures and report from the tables of all chunks. No network runs here.
    pub conclude: fn(&Experiment, &[P], &Tables) -> Result<Findings>,
}

/// A chunk: a piece of work whose tables are written at once.
pub struct Work<P> {
    /// Its name, which is also its file's.
    pub id: String,
    /// The round in which it is computed: earlier ones come first, wherever in the tables they stand.
    pub round: usize,
    /// Multiplications for all its pictures; 0 where only statistics are computed.
    pub multiplications: u64,
    compute: Compute<P>,
}

type Compute<P> = Box<dyn Fn(&Bench<'_, P>) -> Result<Tables>>;

/// What a chunk is computed from.
pub struct Bench<'a, P> {
    /// The experiment.
    pub experiment: &'a Experiment,
    /// The preparation, one entry per network.
    pub prepared: &'a [P],
    device: &'a Device,
    latest: RefCell<Option<(usize, Rc<Network>)>>,
}

/// What an experiment found.
pub struct Findings {
    /// Tables by name.
    pub tables: Vec<(&'static str, Table)>,
    /// Figures.
    pub drawings: Vec<Drawing>,
    /// The report as HTML.
    pub report: String,
}

impl<P> Work<P> {
    /// A chunk that is computed by a function.
    pub fn new(
        id: String,
        round: usize,
        multiplications: u64,
        compute: impl Fn(&Bench<'_, P>) -> Result<Tables> + 'static,
    ) -> Self {
        Self { id, round, multiplications, compute: Box::new(compute) }
    }
}

impl<'a, P: Preparation> Bench<'a, P> {
    fn new(experiment: &'a Experiment, prepared: &'a [P], device: &'a Device) -> Self {
        Self { experiment, prepared, device, latest: RefCell::new(None) }
    }

    /// A network of the run on its device. The latest one stays there; chunks are ordered by network.
    ///
    /// # Errors
    /// Weights that do not fit their architecture.
    pub fn network(&self, number: usize) -> Result<Rc<Network>> {
        if let Some((latest, network)) = &*self.latest.borrow()
            && *latest == number
        {
            return Ok(network.clone());
        }
        // The old one leaves the device before the new one arrives.
        *self.latest.borrow_mut() = None;
        let experiment = self.experiment;
        let network = Rc::new(experiment.network(number, self.device)?);
        *self.latest.borrow_mut() = Some((number, network.clone()));
        Ok(network)
    }
}

impl Findings {
    /// Adds a table.
    #[must_use]
    pub fn with<R: TidyRow>(mut self, name: &'static str, rows: &[R]) -> Self {
        self.tables.push((name, R::to_table(rows)));
        self
    }

    /// Drawings and a report.
    pub fn new(drawings: Vec<Drawing>, report: String) -> Self {
        Self { tables: vec![], drawings, report }
    }
}

/// Opens the folder of a run, and says so where a second process would not be kept out.
fn open_folder(path: &Path, plan: &str, hold: Hold, progress: &Progress) -> Result<RunFolder> {
    let folder = RunFolder::open(path, plan, hold)?;
    if !folder.is_locked() {
        progress.warn(
            "this file system has no locks: start no second process on the same part of the run (files would still be \
             whole and equal, but the work would be done twice)",
        );
    }
    Ok(folder)
}

/// Chunks as a plan keeps them.
fn as_planned<P>(works: &[Work<P>]) -> Vec<PlannedChunk> {
    works.iter().map(|work| PlannedChunk { id: work.id.clone(), multiplications: work.multiplications }).collect()
}
