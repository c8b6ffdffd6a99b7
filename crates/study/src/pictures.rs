//! The picture sets of a run, ready for the network: usable pictures, their emotions, and batches of inputs.
//!
//! Pictures are decoded and preprocessed by other threads while the network computes. A set that fits into
//! 256 MB is prepared once and kept.

use std::sync::mpsc::sync_channel;

use ndarray::Array4;
use rayon::prelude::*;
use stimuli::{Emotion, Picture, PictureSet, StimuliError};
use vgg_core::{Colour, Preprocessing};

use crate::config::SetConfig;

/// Inputs of a set up to this size stay in memory.
const KEPT_BYTES: usize = 256 << 20;
/// Batches that may wait, decoded, for the network.
const WAITING: usize = 2;

/// The usable pictures of one set: those with an emotion.
pub struct StudySet {
    /// The name that tables and figures carry.
    pub name: String,
    /// The pictures, in the set's order.
    pub pictures: Vec<Picture>,
    /// Their emotions.
    pub emotions: Vec<Emotion>,
    /// SHA-256 over ids, norms, categories and pixels.
    pub sha256: String,
    /// What a reader should know of the set.
    pub notes: String,
    preprocessing: Preprocessing,
    colour: Colour,
    kept: Option<Vec<Vec<f32>>>,
}

impl StudySet {
    /// Takes the usable pictures of a set.
    ///
    /// # Errors
    /// A picture that cannot be decoded, in a set small enough to be prepared at once.
    pub fn new(set: PictureSet, preprocessing: &Preprocessing, colour: Colour) -> Result<Self, StimuliError> {
        let sha256 = set.content_sha256()?;
        let notes = set.notes.to_string();
        let (mut pictures, mut emotions) = (Vec::new(), Vec::new());
        for picture in set.pictures {
            if let Some(emotion) = picture.category {
                pictures.push(picture);
                emotions.push(emotion);
            }
        }
        let preprocessing = preprocessing.clone();
        let mut set = Self { name: set.name, pictures, emotions, sha256, notes, preprocessing, colour, kept: None };
        if 4 * set.values_per_picture() * set.pictures.len() <= KEPT_BYTES {
            set.kept = Some(set.pictures.par_iter().map(|picture| set.prepare(picture)).collect::<Result<_, _>>()?);
        }
        Ok(set)
    }

    /// The emotions as positions among [`Emotion::ALL`].
    pub fn labels(&self) -> Vec<usize> {
        self.emotions.iter().map(|emotion| emotion.index()).collect()
    }

    /// Calls `work` with every batch `[pictures, 3, side, side]` in order, together with the position of its first
    /// picture.
    ///
    /// # Errors
    /// A picture that cannot be decoded, or what `work` returns.
    pub fn for_each_batch<E: From<StimuliError>>(
        &self,
        batch: usize,
        mut work: impl FnMut(usize, Array4<f32>) -> Result<(), E>,
    ) -> Result<(), E> {
        let starts: Vec<usize> = (0..self.pictures.len()).step_by(batch).collect();
        std::thread::scope(|scope| {
            let (sender, receiver) = sync_channel(WAITING);
            scope.spawn(move || {
                for start in starts {
                    // The receiver hangs up when the work failed; then there is nothing left to prepare for.
                    if sender.send((start, self.batch(start, batch))).is_err() {
                        break;
                    }
                }
            });
            for (start, inputs) in receiver {
                work(start, inputs?)?;
            }
            Ok(())
        })
    }

    fn batch(&self, start: usize, size: usize) -> Result<Array4<f32>, StimuliError> {
        let end = (start + size).min(self.pictures.len());
        let inputs: Vec<f32> = match &self.kept {
            Some(kept) => kept[start..end].concat(),
            None => {
                let prepared: Result<Vec<_>, _> =
                    self.pictures[start..end].par_iter().map(|picture| self.prepare(picture)).collect();
                prepared?.concat()
            }
        };
        let side = self.preprocessing.crop as usize;
        Ok(Array4::from_shape_vec((end - start, 3, side, side), inputs).expect("whole pictures of one size"))
    }

    fn prepare(&self, picture: &Picture) -> Result<Vec<f32>, StimuliError> {
        picture.with_pixels(|pixels| self.preprocessing.apply(pixels, self.colour))
    }

    fn values_per_picture(&self) -> usize {
        3 * (self.preprocessing.crop as usize).pow(2)
    }
}

/// Loads every set of a configuration.
///
/// # Errors
/// Files that are missing, unreadable or contradictory.
pub fn load_sets(
    configs: &[SetConfig],
    preprocessing: &Preprocessing,
    colour: Colour,
    allow_missing: bool,
    seed: u64,
) -> Result<Vec<StudySet>, StimuliError> {
    let mut sets = Vec::new();
    for config in configs {
        for set in config.load(allow_missing, seed)? {
            sets.push(StudySet::new(set, preprocessing, colour)?);
        }
    }
    Ok(sets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use stimuli::synthetic::{SyntheticSpec, scene_set};

    fn small() -> StudySet {
        let spec: SyntheticSpec =
            toml::from_str("name = \"a\"\nstyle = \"flat\"\nper_category = 4\nseed = 1").expect("valid");
        StudySet::new(scene_set(&spec), &Preprocessing::torchvision(16), Colour::AsIs).expect("synthetic")
    }

    #[test]
    fn only_pictures_with_an_emotion_are_used() {
        let set = small();
        assert_eq!(set.pictures.len(), 12);
        assert_eq!(set.labels().iter().filter(|&&label| label == 2).count(), 4);
    }

    #[test]
    fn batches_are_the_pictures_in_order_kept_or_not() {
        let kept = small();
        let mut streamed = small();
        streamed.kept = None;
        let collect = |set: &StudySet, size| {
            let mut all = Vec::new();
            set.for_each_batch::<StimuliError>(size, |start, inputs| {
                assert_eq!(start * 3 * 16 * 16, all.len());
                all.extend(inputs);
                Ok(())
            })
            .expect("synthetic");
            all
        };
        assert_eq!(collect(&kept, 5), collect(&streamed, 12));
    }

    #[test]
    fn a_failure_of_the_work_ends_the_batches() {
        let mut calls = 0;
        let failed = small().for_each_batch(1, |_, _| {
            calls += 1;
            Err(StimuliError::Spec { set: "a".into(), reason: "stop".into() })
        });
        assert!(failed.is_err() && calls == 1);
    }
}
