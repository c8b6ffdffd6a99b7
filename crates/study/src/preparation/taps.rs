//! One pass through a network that keeps what everything else is made of: responses and features.

use anyhow::{Context, Result};
use ndarray::Array2;
use vgg_core::{Network, device::Device};

use super::{Preparation, StudyError, arrays, stacked};
use crate::experiment::Experiment;
use crate::pass;
use crate::pictures::StudySet;
use crate::prepared::{PREPARED, PreparedFiles};
use crate::progress::Stage;
use crate::response_cache::{Entry, ResponseCache};
use crate::run_folder::RunFolder;
use crate::sealed::Found;
use crate::signals::StopFlag;

/// What one pass through an untouched network gives.
///
/// # Shapes
/// - `responses[set][layer]`: `[pictures × channels]`
/// - `features[set]`: `[pictures × feature units]`
#[derive(Clone, Debug, PartialEq)]
pub struct Taps {
    /// `trained`, or `random-1`, `random-2` …
    pub name: String,
    /// Responses of every layer to the pictures of every set.
    pub responses: Vec<Vec<Array2<f32>>>,
    /// What heads read; empty where no head reads.
    pub features: Vec<Array2<f32>>,
}

/// Prepares the run's folder: taps of every network, then everything that follows from them. What an earlier process
/// finished is kept; nothing is returned where a signal stopped it.
///
/// # Errors
/// The device failed, a picture cannot be decoded, a set is too poor, or the folder cannot be written.
pub(crate) fn prepare<P: Preparation>(
    experiment: &Experiment,
    device: &Device,
    folder: &RunFolder,
    stop: &StopFlag,
) -> Result<Option<PreparedFiles>> {
    match PreparedFiles::find(folder.path(), &experiment.plan)? {
        Found::Missing => {}
        Found::Damaged(error) => experiment.progress.say(&format!("again    {PREPARED}: {error}")),
        Found::Whole(files) => {
            let spoilt = files.remove_spoilt()?;
            if spoilt.is_empty() {
                return Ok(Some(files));
            }
            experiment.progress.say(&format!("again    {}", spoilt.join("; ")));
        }
    }
    let mut taps = Vec::new();
    for (number, name) in experiment.network_names().into_iter().enumerate() {
        if stop.is_raised() {
            return Ok(None);
        }
        if let Some(stored) = arrays::stored::<P>(experiment, folder, &name) {
            taps.push(stored);
            continue;
        }
        let Some(new) = tap(experiment, device, number, name, stop)? else { return Ok(None) };
        arrays::write::<P>(experiment, folder, &new)?;
        taps.push(new);
    }
    P::write(experiment, folder, taps, stop)?;
    PreparedFiles::seal(folder, &experiment.plan, device.info()).map(Some)
}

/// Taps of all networks of a run, from the cache as far as it has them; nothing where a signal stopped it.
///
/// # Errors
/// The device failed, or a picture cannot be decoded.
pub fn of_all_networks(experiment: &Experiment, device: &Device, stop: &StopFlag) -> Result<Option<Vec<Taps>>> {
    let names = experiment.network_names().into_iter().enumerate();
    names.map(|(number, name)| tap(experiment, device, number, name, stop)).collect()
}

/// Taps of one network, from the cache as far as it has them. Nothing where a signal stopped it: a pass can take longer
/// than a cluster waits, and nothing but the pass is lost.
fn tap(experiment: &Experiment, device: &Device, number: usize, name: String, stop: &StopFlag) -> Result<Option<Taps>> {
    let layers = experiment.layer_widths();
    let stage = experiment.progress.stage(&format!("responses of the {name} network"), experiment.sets.pictures());
    let (mut network, mut taps) = (None, Taps { name, responses: vec![], features: vec![] });
    for set in &experiment.sets.sets {
        let key = ResponseCache::key(experiment, number, set, device.info());
        let cached = experiment.cache.as_ref().and_then(|cache| cache.read(&key, &layers, set.pictures.len()));
        let entry = match cached {
            Some(entry) => {
                stage.advance(set.pictures.len());
                entry
            }
            None => {
                // A network is put on the device only where the cache lacks something of it.
                let network = match &mut network {
                    Some(network) => network,
                    none => none.insert(experiment.network(number, device)?),
                };
                match pass(network, set, experiment.batch, &stage, stop) {
                    Err(StudyError::Stopped) => return Ok(None),
                    entry => remember(experiment, &key, &layers, entry.with_context(|| format!("set `{}`", set.name))?),
                }
            }
        };
        taps.responses.push(entry.responses);
        taps.features.push(entry.features);
    }
    stage.finish();
    Ok(Some(taps))
}

/// Puts an entry into the cache. Where that fails, the run goes on without.
fn remember(experiment: &Experiment, key: &str, layers: &[(String, usize)], entry: Entry) -> Entry {
    if let Some(cache) = &experiment.cache
        && let Err(error) = cache.write(key, layers, &entry)
    {
        let folder = cache.folder().display();
        experiment.progress.warn(&format!("{folder}: {error}: responses are not kept for other experiments"));
    }
    entry
}

fn pass(network: &Network, set: &StudySet, batch: usize, stage: &Stage, stop: &StopFlag) -> Result<Entry, StudyError> {
    let (mut responses, mut features) = (vec![Vec::new(); network.architecture().sites().len()], Vec::new());
    pass::for_each_batch(set, &set.every_picture(), network, batch, |_, inputs| {
        let tapped = network.tapped(inputs)?;
        for (parts, part) in responses.iter_mut().zip(tapped.responses) {
            parts.push(part);
        }
        features.push(tapped.features);
        stage.advance(inputs.shape()[0]);
        if stop.is_raised() { Err(StudyError::Stopped) } else { Ok(()) }
    })?;
    Ok(Entry { responses: responses.iter().map(|parts| stacked(parts)).collect(), features: stacked(&features) })
}
