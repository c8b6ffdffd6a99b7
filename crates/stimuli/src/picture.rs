//! A picture with its norms, and a set of such pictures.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use image::RgbImage;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::decode;
use crate::emotion::Emotion;
use crate::error::StimuliError;
use crate::notes::SetNotes;
use crate::synthetic;

/// Where the pixels of a picture come from.
#[derive(Clone, Debug, PartialEq)]
pub enum PictureSource {
    /// A picture file.
    File(PathBuf),
    /// A scene that is drawn on demand.
    Synthetic(synthetic::Scene),
    /// A frame of a clip that is drawn on demand.
    Clip(synthetic::ClipFrame),
}

impl PictureSource {
    /// Hands the pixels to `work`: decoded from the file (see [`crate::decode`] for the rules, and for the memory that
    /// threads share) or drawn.
    ///
    /// # Errors
    /// The file cannot be read or decoded; the message names it.
    pub fn with_pixels<T>(&self, work: impl FnOnce(&RgbImage) -> T) -> Result<T, StimuliError> {
        match self {
            Self::File(path) => decode::with_pixels(path, work),
            Self::Synthetic(scene) => Ok(work(&scene.render())),
            Self::Clip(frame) => Ok(work(&frame.render())),
        }
    }

    /// Adds all that the pixels depend on: the bytes of the file, or the pixels that are drawn.
    pub(crate) fn add_to(&self, hash: &mut Sha256) -> Result<(), StimuliError> {
        match self {
            Self::File(path) => add_file(path, hash),
            Self::Synthetic(scene) => {
                add_pixels(&scene.render(), hash);
                Ok(())
            }
            Self::Clip(frame) => {
                add_pixels(&frame.render(), hash);
                Ok(())
            }
        }
    }
}

fn add_file(path: &Path, hash: &mut Sha256) -> Result<(), StimuliError> {
    let failed = |source| StimuliError::Io { path: path.to_owned(), source };
    let mut file = BufReader::new(File::open(path).map_err(failed)?);
    loop {
        let bytes = file.fill_buf().map_err(failed)?;
        let count = bytes.len();
        if count == 0 {
            return Ok(());
        }
        hash.update(bytes);
        file.consume(count);
    }
}

fn add_pixels(pixels: &RgbImage, hash: &mut Sha256) {
    hash.update(format!("{}x{} ", pixels.width(), pixels.height()));
    hash.update(pixels.as_raw());
}

/// SHA-256, hexadecimal, over digests in order.
pub(crate) fn sha256_of(digests: &[[u8; 32]]) -> String {
    let mut hash = Sha256::new();
    digests.iter().for_each(|digest| hash.update(digest));
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One picture with its norms.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The name of the picture in its norms, such as `2055.1` or `Animals_001_h`.
    pub id: String,
    /// Where the pixels come from.
    pub source: PictureSource,
    /// Mean valence on the scale of the set; `None` where only a category is known.
    pub valence: Option<f64>,
    /// Mean arousal on the scale of the set.
    pub arousal: Option<f64>,
    /// What the picture shows, in the words of the norms.
    pub object: Option<String>,
    /// The category of what it shows, such as person or animal, in the words of the norms.
    pub object_category: Option<String>,
    /// The emotion category; `None` inside a soft border, which leaves the picture out of every experiment.
    pub category: Option<Emotion>,
}

/// The usable pictures of a set in natural order of their ids (`9` before `10`), with notes on how they came about.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureSet {
    /// The name that tables and figures carry.
    pub name: String,
    /// The pictures.
    pub pictures: Vec<Picture>,
    /// What a reader of the results should know of the set.
    pub notes: SetNotes,
}

impl Picture {
    /// Hands the pixels of the picture to `work`; see [`PictureSource::with_pixels`].
    ///
    /// # Errors
    /// The file cannot be read or decoded; the message names it.
    pub fn with_pixels<T>(&self, work: impl FnOnce(&RgbImage) -> T) -> Result<T, StimuliError> {
        self.source.with_pixels(work)
    }

    /// SHA-256 over everything that a result can depend on: id, norms, category and the pixels' source.
    fn digest(&self) -> Result<[u8; 32], StimuliError> {
        let mut hash = Sha256::new();
        // Debug writes a float so that it reads back to the same number, and quotes text, so fields cannot run
        // into each other.
        hash.update(format!(
            "{:?} {:?} {:?} {:?} {:?} {:?} ",
            self.id, self.valence, self.arousal, self.object, self.object_category, self.category
        ));
        self.source.add_to(&mut hash)?;
        Ok(hash.finalize().into())
    }
}

impl PictureSet {
    /// The category of every picture, in order.
    pub fn categories(&self) -> Vec<Option<Emotion>> {
        self.pictures.iter().map(|picture| picture.category).collect()
    }

    /// SHA-256, hexadecimal, over the ids, norms, categories and picture files (or drawn pixels) of the set.
    ///
    /// Neither the name of the set nor the folder it lies in matters, so two copies of a set have one sum.
    ///
    /// # Errors
    /// A picture file cannot be read.
    pub fn content_sha256(&self) -> Result<String, StimuliError> {
        let digests: Vec<[u8; 32]> = self.pictures.par_iter().map(Picture::digest).collect::<Result<_, _>>()?;
        Ok(sha256_of(&digests))
    }
}
