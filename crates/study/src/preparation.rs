//! What every experiment needs before its sweep: responses, selective channels, recognition heads.
//!
//! One tapped pass per network gives the responses of all layers and the features; heads are trained on the features,
//! so the trunk never runs for a head.

mod heads;
mod selection;
mod tuned;

use ndarray::{Array2, Axis, concatenate};
use stats::StatsError;
use stimuli::{Emotion, StimuliError, splits::Split};
use vgg_core::head::LogisticError;
use vgg_core::{Checkpoint, ComputeError, InterventionError, Mismatch, Network, device::Device, random};

use crate::config::Config;
use crate::pictures::StudySet;
use crate::progress::Progress;
use crate::seeds;

pub use heads::{HeadBanks, TrainedHead, column as heads_column};
pub use selection::{Selection, UnitTuning, moments_of};
pub use tuned::{Tuned, responses};

/// Number of emotions, and of recognition tasks.
pub const EMOTIONS: usize = Emotion::ALL.len();

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
    /// A layer that the network does not have.
    #[error("sweep.layers: `{name}` is no layer of this network; its layers are {layers}")]
    Layer {
        /// What the configuration says.
        name: String,
        /// What there is.
        layers: String,
    },
}

/// The pictures of a study and how they are split.
pub struct Sets {
    /// The sets.
    pub sets: Vec<StudySet>,
    /// `splits[set][split]`.
    pub splits: Vec<Vec<Split>>,
}

/// A network that is ready for the sweep.
pub struct Prepared {
    /// `trained`, or `random-1`, `random-2` …
    pub name: String,
    /// The network on its device.
    pub network: Network,
    /// `responses[set][layer]`, each `[pictures × channels]`.
    pub responses: Vec<Vec<Array2<f32>>>,
    /// Tuning and selective channels.
    pub selection: Selection,
    /// The heads.
    pub heads: HeadBanks,
    /// `intact[set_train][set_test]`: margins of the heads of one set on all pictures of another, with the network
    /// intact, `[pictures × heads]`.
    pub intact: Vec<Vec<Array2<f32>>>,
}

impl Sets {
    /// Splits every set.
    ///
    /// # Errors
    /// A category with too few pictures to be split.
    pub fn new(sets: Vec<StudySet>, config: &Config) -> Result<Self, StudyError> {
        let split = |set_index: usize, set: &StudySet| -> Result<Vec<Split>, StimuliError> {
            let categories: Vec<Option<Emotion>> = set.emotions.iter().copied().map(Some).collect();
            (0..config.heads.splits)
                .map(|split| Split::stratified(&categories, seeds::derive(config.seed, "split", &[set_index, split])))
                .collect()
        };
        let splits = sets.iter().enumerate().map(|(index, set)| split(index, set)).collect::<Result<_, _>>()?;
        Ok(Self { sets, splits })
    }

    /// Checks that there is something to compare: pictures of every emotion in every set.
    ///
    /// # Errors
    /// An emotion without pictures.
    pub fn check_emotions(&self) -> Result<(), StudyError> {
        for set in &self.sets {
            if let Some(emotion) = Emotion::ALL.into_iter().find(|emotion| !set.emotions.contains(emotion)) {
                return Err(StudyError::NoPictures { set: set.name.clone(), emotion });
            }
        }
        Ok(())
    }

    /// Number of pictures over all sets.
    pub fn pictures(&self) -> usize {
        self.sets.iter().map(|set| set.pictures.len()).sum()
    }
}

/// The trained network and its untrained controls, by name; each is made when it is asked for, since a full network
/// takes half a gigabyte.
pub fn checkpoints(trained: Checkpoint, config: &Config) -> impl Iterator<Item = (String, Checkpoint)> + '_ {
    let (architecture, preprocessing) = (trained.architecture.clone(), trained.preprocessing.clone());
    let untrained = (1..=config.network.random_networks).map(move |number| {
        let seed = seeds::derive(config.seed, "random network", &[number]);
        let checkpoint = random::he_initialised(&architecture, seed);
        (format!("random-{number}"), Checkpoint { preprocessing: preprocessing.clone(), ..checkpoint })
    });
    [("trained".to_string(), trained)].into_iter().chain(untrained)
}

/// Responses, selective channels and heads of one network.
///
/// # Errors
/// The device failed, a picture cannot be decoded, or a set is too poor for a statistic or a head.
pub fn prepare(
    name: &str,
    checkpoint: &Checkpoint,
    device: &Device,
    sets: &Sets,
    config: &Config,
    batch: usize,
    progress: &Progress,
) -> Result<Prepared, StudyError> {
    let network = Network::new(checkpoint, device)?;
    let stage = progress.stage(&format!("responses of the {name} network"), sets.pictures());
    let (mut responses, mut features) = (Vec::new(), Vec::new());
    for set in &sets.sets {
        let (set_responses, set_features) = respond(&network, set, batch, &stage)?;
        responses.push(set_responses);
        features.push(set_features);
    }
    stage.finish();
    let selection = selection::select(&responses, sets, config)?;
    let stage = progress.stage(&format!("recognition heads of the {name} network"), heads::count(sets));
    let heads = HeadBanks::train(&features, sets, config, &stage)?;
    stage.finish();
    let intact = heads.banks.iter().map(|bank| features.iter().map(|rows| bank.margins(rows)).collect()).collect();
    Ok(Prepared { name: name.into(), network, responses, selection, heads, intact })
}

fn respond(
    network: &Network,
    set: &StudySet,
    batch: usize,
    stage: &crate::progress::Stage,
) -> Result<(Vec<Array2<f32>>, Array2<f32>), StudyError> {
    let (mut responses, mut features) = (vec![Vec::new(); network.architecture().layers().len()], Vec::new());
    set.for_each_batch::<StudyError>(batch, |_, inputs| {
        let tapped = network.tapped(inputs.view())?;
        for (parts, part) in responses.iter_mut().zip(tapped.responses) {
            parts.push(part);
        }
        features.push(tapped.features);
        stage.advance(inputs.shape()[0]);
        Ok(())
    })?;
    Ok((responses.iter().map(|parts| stacked(parts)).collect(), stacked(&features)))
}

/// Batches on top of each other.
pub(crate) fn stacked(parts: &[Array2<f32>]) -> Array2<f32> {
    let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
    concatenate(Axis(0), &views).expect("batches of equal width, at least one")
}
