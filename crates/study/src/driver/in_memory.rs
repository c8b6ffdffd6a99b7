//! All chunks of a study in memory, for a study that is repeated many times and kept as a handful of numbers.

use anyhow::{Context, Result};
use vgg_core::device::Device;

use super::{Bench, Study};
use crate::experiment::Experiment;
use crate::preparation::Preparation;
use crate::signals::StopFlag;
use crate::tables::Tables;

/// The tables of all chunks, without a file; nothing where a signal stopped it.
///
/// # Errors
/// The device failed, or a picture cannot be decoded.
pub fn in_memory<P: Preparation>(
    study: &Study<P>,
    experiment: &Experiment,
    prepared: &[P],
    device: &Device,
    stop: &StopFlag,
) -> Result<Option<Tables>> {
    let bench = Bench::new(experiment, prepared, device);
    let mut tables = Tables::empty(study.tables);
    for work in (study.chunks)(experiment)? {
        if stop.is_raised() {
            return Ok(None);
        }
        tables.append((work.compute)(&bench).with_context(|| format!("chunk {}", work.id))?)?;
    }
    Ok(Some(tables))
}
