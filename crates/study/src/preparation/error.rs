//! Why numbers cannot be computed.

use stats::StatsError;
use stimuli::{Emotion, StimuliError};
use vgg_core::head::LogisticError;
use vgg_core::{ComputeError, InterventionError, Mismatch, PassError};

/// Why an experiment could not go on.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// A picture.
    #[error(transparent)]
    Stimuli(#[from] StimuliError),
    /// The device.
    #[error(transparent)]
    Compute(#[from] ComputeError),
    /// The weights.
    #[error(transparent)]
    Weights(#[from] Mismatch),
    /// Slopes that cannot be.
    #[error("a slope that follows from a tuning value: {0}")]
    Intervention(InterventionError),
    /// A part of the network that cannot be changed so.
    #[error(transparent)]
    Site(InterventionError),
    /// A head.
    #[error("set `{set}`, task {task}, split {split}: {source}")]
    Head {
        /// The set.
        set: String,
        /// The emotion.
        task: Emotion,
        /// The split.
        split: usize,
        /// What is wrong.
        source: LogisticError,
    },
    /// A statistic.
    #[error("set `{set}`: {source}")]
    Stats {
        /// The set.
        set: String,
        /// What is wrong.
        source: StatsError,
    },
    /// An emotion without pictures, which has no tuning value.
    #[error(
        "set `{set}` has no {emotion} picture, and tuning compares all three emotions: add such pictures, or change the \
         set's thresholds or labels"
    )]
    NoPictures {
        /// The set.
        set: String,
        /// The emotion.
        emotion: Emotion,
    },
    /// The intact network no longer says what it said when the run was prepared.
    #[error(
        "set `{set}`, picture `{picture}`: a feature of the intact network is {now}, and it was {then} when the run was prepared. \
         Either the picture or the weights changed since, or the device computes wrongly: nothing of this chunk was kept"
    )]
    Drifted {
        /// The set.
        set: String,
        /// The picture.
        picture: String,
        /// The feature as it was prepared.
        then: f32,
        /// The same feature now.
        now: f32,
    },
    /// A signal, before all pictures had passed.
    #[error("stopped by a signal")]
    Stopped,
    /// A plan of more files than a folder should hold.
    #[error(
        "sweep.draws_per_chunk: {size} makes {count} chunks, the largest number allowed is {most}; a larger value makes fewer"
    )]
    Chunks {
        /// Chunks of the plan.
        count: usize,
        /// The largest number allowed.
        most: usize,
        /// Draws per chunk.
        size: usize,
    },
    /// A layer that the network does not have.
    #[error("sweep.layers: `{name}` is no layer of this network; its layers are {layers}")]
    Layer {
        /// What the configuration says.
        name: String,
        /// What there is.
        layers: String,
    },
}

impl From<PassError> for StudyError {
    fn from(error: PassError) -> Self {
        match error {
            PassError::Compute(error) => Self::Compute(error),
            PassError::Intervention(error) => Self::Site(error),
        }
    }
}
