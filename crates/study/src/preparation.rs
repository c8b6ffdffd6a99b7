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
use stimuli::splits::{Split, halves};
use stimuli::{Emotion, StimuliError};
use vgg_core::{Checkpoint, random};

use crate::config::{Config, SelectionPictures};
use crate::experiment::Experiment;
use crate::pictures::StudySet;
use crate::prepared::PreparedFiles;
use crate::run_folder::RunFolder;
use crate::seeds;
use crate::signals::StopFlag;

pub use error::StudyError;
pub use heads::{HeadBanks, TrainedHead, column as heads_column};
pub use selection::{Selection, UnitTuning, moments_of};
pub(crate) use taps::prepare as prepare_shared;
pub use taps::{Taps, of_all_networks as taps_of_all_networks};

/// Number of emotions, and of recognition tasks.
pub const EMOTIONS: usize = Emotion::ALL.len();

/// The pictures of a study and how they are split.
pub struct Sets {
    /// The sets.
    pub sets: Vec<StudySet>,
    /// `splits[set][split]`.
    pub splits: Vec<Vec<Split>>,
    /// `deciding[set]`: the pictures that decide which channels are changed, ascending. All of them, or a half that no
    /// split tests.
    pub deciding: Vec<Vec<usize>>,
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
    /// `responses[set][layer]`, each `[pictures × channels]`.
    pub responses: Vec<Vec<Array2<f32>>>,
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
        let selections = selections(experiment, &taps, &experiment.sets.every_picture())?;
        tables::write(experiment, folder, &selections)
    }

    fn load(experiment: &Experiment, files: &PreparedFiles) -> Result<Vec<Self>> {
        let load = |name: String| -> Result<Self> {
            let responses = arrays::load_responses(experiment, files, &name)?;
            Self::new(experiment, name, responses)
        };
        experiment.network_names().into_iter().map(load).collect()
    }
}

impl Preparation for Prepared {
    const READ_BY_HEADS: bool = true;

    fn write(experiment: &Experiment, folder: &RunFolder, taps: Vec<Taps>, stop: &StopFlag) -> Result<()> {
        let selections = selections(experiment, &taps, &experiment.sets.deciding)?;
        tables::write(experiment, folder, &selections)?;
        let train = |taps| stop.droppable("training heads", || Self::train(experiment, taps));
        let prepared = taps.into_iter().map(train).collect::<Result<Vec<_>>>()?;
        tables::write_heads(experiment, folder, &prepared)?;
        Ok(folder.write("heads.safetensors", &arrays::head_weights(&prepared, &experiment.sets)?)?)
    }

    fn load(experiment: &Experiment, files: &PreparedFiles) -> Result<Vec<Self>> {
        let weights = files.bytes("heads.safetensors")?;
        let load = |name: String| -> Result<Self> {
            let responses = arrays::load_responses(experiment, files, &name)?;
            let features = arrays::load_features(experiment, files, &name)?;
            let heads = arrays::heads(&weights, &name, experiment)?;
            Self::new(experiment, Taps { name, responses, features }, heads)
        };
        experiment.network_names().into_iter().map(load).collect()
    }
}

impl Tuned {
    /// Tuning of every channel to all pictures: no head is tested here, so none must be kept apart.
    ///
    /// # Errors
    /// A set that is too poor for a statistic.
    pub fn new(experiment: &Experiment, name: String, responses: Vec<Vec<Array2<f32>>>) -> Result<Self> {
        let (sets, config) = (&experiment.sets, &experiment.config);
        let selection = selection::select(&responses, sets, &sets.every_picture(), config)?;
        Ok(Self { name, responses, selection })
    }
}

impl Prepared {
    /// Selects channels and trains heads.
    ///
    /// # Errors
    /// A set that is too poor for a statistic or a head.
    pub fn train(experiment: &Experiment, taps: Taps) -> Result<Self> {
        let stage = experiment
            .progress
            .stage(&format!("recognition heads of the {} network", taps.name), heads::count(&experiment.sets));
        let heads = HeadBanks::train(&taps.features, &experiment.sets, &experiment.config, &stage)?;
        stage.finish();
        Self::new(experiment, taps, heads)
    }

    /// Chooses the selective channels anew, by other emotions `[set][picture]` of the pictures that decide; heads stay as
    /// they are. With shuffled emotions, groups of channels that mean nothing are put before heads that recognise.
    ///
    /// # Errors
    /// An emotion that no deciding picture has.
    pub fn reselect(&mut self, experiment: &Experiment, emotions: &[Vec<Emotion>]) -> Result<(), StudyError> {
        let (sets, emotions) = (&experiment.sets, emotions.iter().map(Vec::as_slice).collect::<Vec<_>>());
        self.selection = selection::select_by(&self.responses, sets, &emotions, &sets.deciding, &experiment.config)?;
        Ok(())
    }

    fn new(experiment: &Experiment, taps: Taps, heads: HeadBanks) -> Result<Self> {
        let Taps { name, responses, features } = taps;
        let sets = &experiment.sets;
        let selection = selection::select(&responses, sets, &sets.deciding, &experiment.config)?;
        let intact = heads.banks.iter().map(|bank| features.iter().map(|rows| bank.margins(rows)).collect()).collect();
        Ok(Self { name, layers: experiment.layer_names(), selection, responses, features, heads, intact })
    }
}

fn selections(
    experiment: &Experiment,
    taps: &[Taps],
    deciding: &[Vec<usize>],
) -> Result<Vec<(String, Selection)>, StudyError> {
    let select = |taps: &Taps| selection::select(&taps.responses, &experiment.sets, deciding, &experiment.config);
    taps.iter().map(|taps| Ok((taps.name.clone(), select(taps)?))).collect()
}

impl Sets {
    /// Splits every set.
    ///
    /// # Errors
    /// A category with too few pictures to be split.
    pub fn new(sets: Vec<StudySet>, config: &Config) -> Result<Self, StudyError> {
        let (mut splits, mut deciding) = (Vec::new(), Vec::new());
        for (number, set) in sets.iter().enumerate() {
            let categories: Vec<Option<Emotion>> = set.emotions.iter().copied().map(Some).collect();
            let half = || halves(&categories, seeds::derive(config.seed, "deciding pictures", &[number]))[0].clone();
            let (decide, never_tested) = match config.selection.pictures {
                SelectionPictures::All => ((0..categories.len()).collect(), vec![]),
                SelectionPictures::Train => (half(), half()),
            };
            let split = |split| {
                let seed = seeds::derive(config.seed, "split", &[number, split]);
                Split::stratified_without(&categories, &never_tested, seed)
            };
            splits.push((0..config.heads.splits).map(split).collect::<Result<_, StimuliError>>()?);
            deciding.push(decide);
        }
        Ok(Self { sets, splits, deciding })
    }

    /// The same pictures with other emotions, split and divided anew: what the study is repeated on to learn how often a
    /// verdict is given when labels say nothing.
    ///
    /// # Errors
    /// As [`Sets::new`].
    pub fn relabelled(self, emotions: Vec<Vec<Emotion>>, config: &Config) -> Result<Self, StudyError> {
        let relabel = |(mut set, emotions): (StudySet, Vec<Emotion>)| {
            set.emotions = emotions;
            set
        };
        Self::new(self.sets.into_iter().zip(emotions).map(relabel).collect(), config)
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

    /// The rows of every picture, set by set.
    pub fn every_picture(&self) -> Vec<Vec<usize>> {
        self.sets.iter().map(StudySet::every_picture).collect()
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
