//! Computes a chunk: every group of channels at every gain, read by every head.
//!
//! The pictures pass the untouched layers once per chunk; from there every group has its gain line, and every point of
//! a line costs the rest of the network. All heads read the same features.

mod best;
mod gains;
mod guard;
mod reading;
mod scores;

pub use gains::{GainTables, Task, compute_gains};

use ndarray::Array2;
use rayon::prelude::*;
use vgg_core::{Intervention, Network};

use crate::config::Config;
use crate::groups::{Group, SELECTIVE, groups};
use crate::pass;
use crate::pictures::StudySet;
use crate::plan::Chunk;
use crate::preparation::{Prepared, Sets, StudyError, stacked};
use crate::rows::SweepRow;

/// Pairs of sets (trained on, tested on) whose heads are read.
pub fn set_pairs(config: &Config, sets: usize) -> Vec<(usize, usize)> {
    let all = (0..sets).flat_map(|train| (0..sets).map(move |test| (train, test)));
    all.filter(|(train, test)| train == test || config.sweep.cross_sets).collect()
}

/// The rows of one chunk.
///
/// # Errors
/// The device failed, or a picture cannot be decoded.
pub fn compute(
    chunk: &Chunk,
    network: &Network,
    prepared: &Prepared,
    sets: &Sets,
    gains: &[f32],
    config: &Config,
    batch: usize,
) -> Result<Vec<SweepRow>, StudyError> {
    let failed = |source| StudyError::Stats { set: "all sets".into(), source };
    let groups = groups(chunk, prepared, sets, config).map_err(failed)?;
    if groups.is_empty() {
        return Ok(vec![]);
    }
    let mut rows = Vec::new();
    for (test, set) in sets.sets.iter().enumerate() {
        let trained_on: Vec<usize> =
            set_pairs(config, sets.sets.len()).into_iter().filter(|pair| pair.1 == test).map(|pair| pair.0).collect();
        let pass = Pass { network, prepared, chunk, batch };
        let margins = margins(&pass, test, set, &groups, gains, &trained_on)?;
        let conditions: Vec<Vec<SweepRow>> = margins
            .into_par_iter()
            .enumerate()
            .map(|(index, banks)| {
                let (group, gain) = (&groups[index / gains.len()], gains[index % gains.len()]);
                let mut of_condition = Vec::new();
                for (&train, margins) in trained_on.iter().zip(&banks) {
                    let cell = scores::Cell { chunk, group, gain, train, test };
                    of_condition.extend(scores::rows(&cell, margins, prepared, sets, config)?);
                }
                Ok(of_condition)
            })
            .collect::<Result<_, _>>()
            .map_err(failed)?;
        rows.extend(conditions.into_iter().flatten());
    }
    // Groups outermost, so that a table reads condition by condition whatever the number of sets.
    rows.sort_by_cached_key(order);
    Ok(rows)
}

fn order(row: &SweepRow) -> (bool, String, Option<usize>, u64) {
    (row.group != SELECTIVE, row.group.clone(), row.draw, row.gain.to_bits())
}

/// The trip of a chunk's pictures through a network.
struct Pass<'a> {
    network: &'a Network,
    prepared: &'a Prepared,
    chunk: &'a Chunk,
    batch: usize,
}

/// Puts the margins of a batch `[condition][bank]` behind those of the earlier ones, all at once, since a batch that
/// fails must leave nothing behind.
fn append<'a>(conditions: impl Iterator<Item = &'a mut Vec<Vec<Array2<f32>>>>, of_batch: Vec<Vec<Array2<f32>>>) {
    for (banks, new) in conditions.zip(of_batch) {
        banks.iter_mut().zip(new).for_each(|(batches, margins)| batches.push(margins));
    }
}

/// Margins `[condition][bank]`, each `[pictures × heads]`; conditions are groups × gains, gains innermost.
fn margins(
    pass: &Pass<'_>,
    test: usize,
    set: &StudySet,
    groups: &[Group],
    gains: &[f32],
    trained_on: &[usize],
) -> Result<Vec<Vec<Array2<f32>>>, StudyError> {
    let mut parts: Vec<Vec<Vec<Array2<f32>>>> = vec![vec![vec![]; trained_on.len()]; groups.len() * gains.len()];
    let Pass { network, prepared, chunk, batch } = *pass;
    let guard = guard::Guard::new(prepared, set, test);
    pass::for_each_batch(set, network, batch, |start, inputs| {
        let activation = network.prefix(inputs, chunk.layer);
        guard.check(start, &network.suffix(&activation, &Intervention::none())?)?;
        let junction = network.junction(&activation);
        let mut of_batch = Vec::new();
        for group in groups {
            for features in network.gain_line(&junction, &group.channels).features_at(gains)? {
                let read = |&train: &usize| prepared.heads.banks[train].margins(&features);
                of_batch.push(trained_on.iter().map(read).collect::<Vec<_>>());
            }
        }
        append(parts.iter_mut(), of_batch);
        Ok(())
    })?;
    Ok(parts.into_iter().map(|banks| banks.iter().map(|batches| stacked(batches)).collect()).collect())
}
