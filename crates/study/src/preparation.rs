//! What the chunks of an experiment start from: responses, selective channels, recognition heads.
//!
//! One tapped pass per network gives the responses of all layers and the features; heads are trained on the features,
//! so the trunk never runs for a head. All of it is written into the run's folder once, and every process that computes
//! chunks reads it from there.

mod arrays;
mod error;
mod heads;
mod selection;
mod tables;
mod taps;

use std::borrow::Cow;

use anyhow::Result;
use ndarray::{Array2, Axis, concatenate};
use stimuli::{Emotion, StimuliError, splits::Split};
use vgg_core::{Checkpoint, random};

use crate::config::Config;
use crate::experiment::Experiment;
use crate::pictures::StudySet;
use crate::prepared::PreparedFiles;
use crate::run_folder::RunFolder;
use crate::seeds;
use crate::signals::StopFlag;

pub use error::StudyError;
pub use heads::{HeadBanks, TrainedHead, column as heads_column};
pub use selection::{Selection, UnitTuning, moments_of};
pub use taps::Taps;
pub(crate) use taps::prepare as prepare_shared;

/// Number of emotions, and of recognition tasks.
pub const EMOTIONS: usize = Emotion::ALL.len();

/// The pictures of a study and how they are split.
pub struct Sets {
    /// The sets.
    pub sets: Vec<StudySet>,
    /// `splits[set][split]`.
    pub splits: Vec<Vec<Split>>,
}

/// What an experiment's chunks need to know of a network, made once and kept in the run's folder.
pub trait Preparation: Sized {
    /// Whether heads read the network, so that features are kept beside the responses.
    const READ_BY_HEADS: bool;

    /// Derives everything from the taps of all networks and writes it into the run's folder. What would be lost by a
    /// signal anyway is dropped where it takes long.
    ///
    /// # Errors
    /// A set that is too poor for a statistic or a head, or a folder that cannot be written.
    fn write(experiment: &Experiment, folder: &RunFolder, taps: Vec<Taps>, stop: &StopFlag) -> Result<()>;

    /// Reads what was written, one entry per network.
    ///
    /// # Errors
    /// A file that is missing or is not the one that was written.
    fn load(experiment: &Experiment, files: &PreparedFiles) -> Result<Vec<Self>>;
}

/// The channels of a network: how they respond and what they are tuned to.
pub struct Tuned {
    /// `trained`, or `random-1`, `random-2` …
    pub name: String,
    /// `responses[set][layer]`, each `[pictures × channels]`.
    pub responses: Vec<Vec<Array2<f32>>>,
    /// Tuning and selective channels.
    pub selection: Selection,
}

/// A network with its recognition heads, ready for a sweep.
pub struct Prepared {
    /// `trained`, or `random-1`, `random-2` …
    pub name: String,
    /// Names of its layers.
    pub layers: Vec<String>,
    /// Tuning and selective channels.
    pub selection: Selection,
    /// `features[set]`: what heads read with the network intact, `[pictures × feature units]`.
    pub features: Vec<Array2<f32>>,
    /// The heads.
    pub heads: HeadBanks,
    /// `intact[set_train][set_test]`: margins of the heads of one set on all pictures of another, with the network
    /// intact, `[pictures × heads]`.
    pub intact: Vec<Vec<Array2<f32>>>,
}

impl Preparation for Tuned {
    const READ_BY_HEADS: bool = false;

    fn write(experiment: &Experiment, folder: &RunFolder, taps: Vec<Taps>, _: &StopFlag) -> Result<()> {
        let selections = selections(experiment, &taps)?;
        tables::write(experiment, folder, &selections)
    }

    fn load(experiment: &Experiment, files: &PreparedFiles) -> Result<Vec<Self>> {
        let load = |name: String| -> Result<Self> {
            let responses = arrays::load_responses(experiment, files, &name)?;
            let selection = selection::select(&responses, &experiment.sets, &experiment.config)?;
            Ok(Self { name, responses, selection })
        };
        experiment.network_names().into_iter().map(load).collect()
    }
}

impl Preparation for Prepared {
    const READ_BY_HEADS: bool = true;

    fn write(experiment: &Experiment, folder: &RunFolder, taps: Vec<Taps>, stop: &StopFlag) -> Result<()> {
        let selections = selections(experiment, &taps)?;
        tables::write(experiment, folder, &selections)?;
        let mut prepared = Vec::new();
        for (network, (_, selection)) in taps.into_iter().zip(selections) {
            let stage = experiment
                .progress
                .stage(&format!("recognition heads of the {} network", network.name), heads::count(&experiment.sets));
            let heads = stop.droppable("training heads", || {
                HeadBanks::train(&network.features, &experiment.sets, &experiment.config, &stage)
            })?;
            stage.finish();
            prepared.push(Self::new(experiment, network.name, selection, heads, network.features));
        }
        tables::write_heads(experiment, folder, &prepared)?;
        Ok(folder.write("heads.safetensors", &arrays::head_weights(&prepared, &experiment.sets)?)?)
    }

    fn load(experiment: &Experiment, files: &PreparedFiles) -> Result<Vec<Self>> {
        let weights = files.bytes("heads.safetensors")?;
        let load = |name: String| -> Result<Self> {
            let responses = arrays::load_responses(experiment, files, &name)?;
            let selection = selection::select(&responses, &experiment.sets, &experiment.config)?;
            let heads = arrays::heads(&weights, &name, experiment)?;
            let features = arrays::load_features(experiment, files, &name)?;
            Ok(Self::new(experiment, name, selection, heads, features))
        };
        experiment.network_names().into_iter().map(load).collect()
    }
}

impl Prepared {
    fn new(
        experiment: &Experiment,
        name: String,
        selection: Selection,
        heads: HeadBanks,
        features: Vec<Array2<f32>>,
    ) -> Self {
        let intact = heads.banks.iter().map(|bank| features.iter().map(|rows| bank.margins(rows)).collect()).collect();
        Self { name, layers: experiment.layer_names(), selection, features, heads, intact }
    }
}

fn selections(experiment: &Experiment, taps: &[Taps]) -> Result<Vec<(String, Selection)>, StudyError> {
    let select = |taps: &Taps| selection::select(&taps.responses, &experiment.sets, &experiment.config);
    taps.iter().map(|taps| Ok((taps.name.clone(), select(taps)?))).collect()
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

/// A network of the run by its number: 0 is the trained one, 1 and on are its untrained controls. Made when it is asked
/// for, since a full network takes half a gigabyte.
pub fn checkpoint<'a>(trained: &'a Checkpoint, config: &Config, number: usize) -> Cow<'a, Checkpoint> {
    if number == 0 {
        return Cow::Borrowed(trained);
    }
    let seed = seeds::derive(config.seed, "random network", &[number]);
    let untrained = random::he_initialised(&trained.architecture, seed);
    Cow::Owned(Checkpoint { preprocessing: trained.preprocessing.clone(), ..untrained })
}

/// Batches on top of each other.
pub(crate) fn stacked(parts: &[Array2<f32>]) -> Array2<f32> {
    let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
    concatenate(Axis(0), &views).expect("batches of equal width, at least one")
}
