//! Why numbers cannot be computed.

use stats::StatsError;
use stimuli::{Emotion, StimuliError};
use vgg_core::head::LogisticError;
use vgg_core::{ComputeError, InterventionError, Mismatch};

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
    /// A layer that the network does not have.
    #[error("sweep.layers: `{name}` is no layer of this network; its layers are {layers}")]
    Layer {
        /// What the configuration says.
        name: String,
        /// What there is.
        layers: String,
    },
}
