//! Responses and tuning of a network, without heads: what a study of the channels themselves needs.

use ndarray::Array2;
use vgg_core::{Checkpoint, Network, device::Device};

use super::{Selection, Sets, StudyError, respond, selection};
use crate::config::Config;
use crate::progress::Progress;

/// The channels of a network: how they respond and what they are tuned to.
pub struct Tuned {
    /// `trained`, or `random-1`, `random-2` …
    pub name: String,
    /// `responses[set][layer]`, each `[pictures × channels]`.
    pub responses: Vec<Vec<Array2<f32>>>,
    /// Tuning and selective channels.
    pub selection: Selection,
}

impl Tuned {
    /// Tuning that follows from responses.
    ///
    /// # Errors
    /// A set that is too poor for a tuning value.
    pub fn new(
        name: String,
        responses: Vec<Vec<Array2<f32>>>,
        sets: &Sets,
        config: &Config,
    ) -> Result<Self, StudyError> {
        let selection = selection::select(&responses, sets, config)?;
        Ok(Self { name, responses, selection })
    }
}

/// Responses of every layer to the pictures of every set: `[set][layer]`, each `[pictures × channels]`.
///
/// # Errors
/// The device failed, or a picture cannot be decoded.
pub fn responses(
    name: &str,
    checkpoint: &Checkpoint,
    device: &Device,
    sets: &Sets,
    batch: usize,
    progress: &Progress,
) -> Result<Vec<Vec<Array2<f32>>>, StudyError> {
    let network = Network::new(checkpoint, device)?;
    let stage = progress.stage(&format!("responses of the {name} network"), sets.pictures());
    let responses =
        sets.sets.iter().map(|set| Ok(respond(&network, set, batch, &stage)?.0)).collect::<Result<_, StudyError>>()?;
    stage.finish();
    Ok(responses)
}
