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

    /// The numbers of all pictures.
    pub fn every_picture(&self) -> Vec<usize> {
        (0..self.pictures.len()).collect()
    }

    /// Calls `work` with every batch `[pictures, 3, side, side]` of these pictures in order, together with their numbers.
    ///
    /// # Errors
    /// A picture that cannot be decoded, or what `work` returns.
    pub fn for_each_batch<E: From<StimuliError>>(
        &self,
        pictures: &[usize],
        batch: usize,
        mut work: impl FnMut(&[usize], Array4<f32>) -> Result<(), E>,
    ) -> Result<(), E> {
        std::thread::scope(|scope| {
            let (sender, receiver) = sync_channel(WAITING);
            scope.spawn(move || {
                for of_batch in pictures.chunks(batch) {
                    // The receiver hangs up when the work failed; then there is nothing left to prepare for.
                    if sender.send((of_batch, self.batch(of_batch))).is_err() {
                        break;
                    }
                }
            });
            for (of_batch, inputs) in receiver {
                work(of_batch, inputs?)?;
            }
            Ok(())
        })
    }

    fn batch(&self, pictures: &[usize]) -> Result<Array4<f32>, StimuliError> {
        let inputs: Vec<f32> = match &self.kept {
            Some(kept) => pictures.iter().flat_map(|&picture| &kept[picture]).copied().collect(),
            None => {
                let prepared: Result<Vec<_>, _> =
                    pictures.par_iter().map(|&picture| self.prepare(&self.pictures[picture])).collect();
                prepared?.concat()
            }
        };
        let side = self.preprocessing.crop as usize;
        Ok(Array4::from_shape_vec((pictures.len(), 3, side, side), inputs).expect("whole pictures of one size"))
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
        let collect = |set: &StudySet, pictures: &[usize], size| {
            let (mut all, mut numbers) = (Vec::new(), Vec::new());
            set.for_each_batch::<StimuliError>(pictures, size, |of_batch, inputs| {
                numbers.extend_from_slice(of_batch);
                all.extend(inputs);
                Ok(())
            })
            .expect("synthetic");
            assert_eq!(numbers, pictures);
            all
        };
        let all = collect(&kept, &kept.every_picture(), 5);
        assert_eq!(all, collect(&streamed, &kept.every_picture(), 12));
        let one = |picture: usize| all[picture * 3 * 16 * 16..][..3 * 16 * 16].to_vec();
        for set in [&kept, &streamed] {
            assert_eq!(collect(set, &[1, 4, 11], 2), [one(1), one(4), one(11)].concat());
        }
    }

    #[test]
    fn a_failure_of_the_work_ends_the_batches() {
        let mut calls = 0;
        let failed = small().for_each_batch(&[0, 1], 1, |_, _| {
            calls += 1;
            Err(StimuliError::Spec { set: "a".into(), reason: "stop".into() })
        });
        assert!(failed.is_err() && calls == 1);
    }
}
