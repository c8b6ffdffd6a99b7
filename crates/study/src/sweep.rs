//! Computes a chunk: every group of channels at every gain, read by every head.
//!
//! The pictures pass the untouched layers once per chunk; from there every group has its gain line, and every point of
//! a line costs the rest of the network. All heads read the same features.

mod best;
mod gains;
mod guard;
mod margins;
mod reading;
mod scores;

pub use gains::{GAIN_PARTS, GainTables, INTACT, Task, compute_gains};
pub use scores::Part;

use margins::{Margins, pictures_of};
use ndarray::Array2;
use rayon::prelude::*;
use vgg_core::{Intervention, Network};

use crate::config::Config;
use crate::groups::{Group, SELECTIVE, groups};
use crate::pass;
use crate::pictures::StudySet;
use crate::plan::Chunk;
use crate::preparation::{Prepared, Sets, StudyError};
use crate::rows::SweepRow;

/// Pairs of sets (trained on, tested on) whose heads are read.
pub fn set_pairs(config: &Config, sets: usize) -> Vec<(usize, usize)> {
    let all = (0..sets).flat_map(|train| (0..sets).map(move |test| (train, test)));
    all.filter(|(train, test)| train == test || config.sweep.cross_sets).collect()
}

/// How many pictures pass a network where these parts of all splits are read.
pub fn pictures(parts: &[Part], sets: &Sets) -> usize {
    (0..sets.sets.len()).map(|set| pictures_of(parts, sets, set).len()).sum()
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
    let groups = groups(chunk, &config.sweep.controls, prepared, sets, config).map_err(failed)?;
    if groups.is_empty() {
        return Ok(vec![]);
    }
    let mut rows = Vec::new();
    for (test, set) in sets.sets.iter().enumerate() {
        let trained_on: Vec<usize> =
            set_pairs(config, sets.sets.len()).into_iter().filter(|pair| pair.1 == test).map(|pair| pair.0).collect();
        let pass = Pass { network, prepared, chunk, batch };
        let pictures = pictures_of(&[Part::Test], sets, test);
        let margins = margins(&pass, test, set, &pictures, &groups, gains, &trained_on)?;
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

/// Margins `[condition][bank]` of these pictures; conditions are groups × gains, gains innermost.
fn margins<'a>(
    pass: &Pass<'_>,
    test: usize,
    set: &StudySet,
    pictures: &'a [usize],
    groups: &[Group],
    gains: &[f32],
    trained_on: &[usize],
) -> Result<Vec<Vec<Margins<'a>>>, StudyError> {
    let mut parts: Vec<Vec<Vec<Array2<f32>>>> = vec![vec![vec![]; trained_on.len()]; groups.len() * gains.len()];
    let Pass { network, prepared, chunk, batch } = *pass;
    let guard = guard::Guard::new(prepared, set, test);
    pass::for_each_batch(set, pictures, network, batch, |of_batch, inputs| {
        let activation = network.prefix(inputs, chunk.layer);
        guard.check(of_batch, &network.suffix(&activation, &Intervention::none())?)?;
        let junction = network.junction(&activation);
        let mut margins = Vec::new();
        for group in groups {
            for features in network.gain_line(&junction, &group.channels).features_at(gains)? {
                let read = |&train: &usize| prepared.heads.banks[train].margins(&features);
                margins.push(trained_on.iter().map(read).collect::<Vec<_>>());
            }
        }
        append(parts.iter_mut(), margins);
        Ok(())
    })?;
    let of_condition = |banks: Vec<Vec<Array2<f32>>>| banks.iter().map(|parts| Margins::new(pictures, parts)).collect();
    Ok(parts.into_iter().map(of_condition).collect())
}
