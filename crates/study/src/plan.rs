//! The plan: the chunks of a sweep, fixed before any of them is computed.
//!
//! A chunk is one network × layer × emotion × range of random draws. Chunks depend on the configuration and the
//! pictures alone, never on how many processes share them, and their numbers come from seeds of their own.

use std::ops::Range;

use sha2::{Digest, Sha256};

use crate::config::Config;
use crate::preparation::{EMOTIONS, StudyError};
use crate::record::hex;

/// Chunks of a run: each is a file, and folders with more become slow on most file systems.
const MOST_CHUNKS: usize = 1_000_000;

/// A piece of work whose result is written at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Position among the networks of the run.
    pub network: usize,
    /// Position of the layer.
    pub layer: usize,
    /// Position of the emotion.
    pub emotion: usize,
    /// Random draws of every control. The first chunk of a layer and emotion has the selective group too.
    pub draws: Range<usize>,
}

/// Everything that the numbers of a run depend on, as one hash.
///
/// Files count by what they hold, not by where they lie. The number of pictures per batch counts, since sums on a GPU
/// may depend on it in their last bit.
pub fn plan_id(experiment: &str, config: &Config, batch: usize, weights_sha256: &str, set_sha256: &[&str]) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let settings = config.clone().without_paths().to_toml();
    let batch = batch.to_string();
    let parts = [experiment, version, &settings, &batch, weights_sha256];
    digest(parts.into_iter().chain(set_sha256.iter().copied()))
}

/// One hash of texts; no two lists of texts have the same.
pub fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize())
}

/// The layers of a sweep, by position.
///
/// # Errors
/// A name that is no layer.
pub fn layers(config: &Config, names: &[String]) -> Result<Vec<usize>, StudyError> {
    if config.sweep.layers.is_empty() {
        return Ok((0..names.len()).collect());
    }
    let position = |name: &String| {
        names
            .iter()
            .position(|layer| layer == name)
            .ok_or_else(|| StudyError::Layer { name: name.clone(), layers: names.join(", ") })
    };
    let mut layers = config.sweep.layers.iter().map(position).collect::<Result<Vec<_>, _>>()?;
    layers.sort_unstable();
    layers.dedup();
    Ok(layers)
}

/// All chunks of so many draws, in the order in which tables list them.
///
/// # Errors
/// A layer name that is none, or more chunks than a folder can hold.
pub fn chunks(config: &Config, draws: usize, networks: usize, names: &[String]) -> Result<Vec<Chunk>, StudyError> {
    let layers = layers(config, names)?;
    let size = config.sweep.draws_per_chunk;
    let starts: Vec<usize> = (0..draws.max(1)).step_by(size).collect();
    let count = networks.saturating_mul(layers.len()).saturating_mul(EMOTIONS).saturating_mul(starts.len());
    if count > MOST_CHUNKS {
        return Err(StudyError::Chunks { count, most: MOST_CHUNKS, size });
    }
    let mut chunks = Vec::new();
    for network in 0..networks {
        for &layer in &layers {
            for emotion in 0..EMOTIONS {
                chunks.extend(starts.iter().map(|&start| {
                    let draws = start..(start + size).min(draws);
                    Chunk { network, layer, emotion, draws }
                }));
            }
        }
    }
    Ok(chunks)
}

impl Chunk {
    /// The round in which it is computed, where a chunk has so many draws: first of all the first draws everywhere.
    pub fn round(&self, draws_per_chunk: usize) -> usize {
        self.draws.start / draws_per_chunk.max(1)
    }

    /// The chunk's name, which is also its file's.
    pub fn id(&self) -> String {
        let Self { network, layer, emotion, draws } = self;
        format!("n{network}-l{layer:02}-e{emotion}-d{:04}-{:04}", draws.start, draws.end)
    }
}
