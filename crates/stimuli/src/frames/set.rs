//! A frame with its class, and a set of such frames.

use image::RgbImage;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::classes::Classes;
use super::notes::FrameNotes;
use crate::error::StimuliError;
use crate::picture::{PictureSource, sha256_of};

/// A side of the split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Frames that models are fitted on.
    Train,
    /// Frames that they are tested on.
    Test,
}

/// One frame with its class.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Its path inside the set, with forward slashes.
    pub id: String,
    /// Where the pixels come from.
    pub source: PictureSource,
    /// Position of its class in [`FrameSet::classes`].
    pub class: usize,
    /// Position of its group in [`FrameSet::groups`].
    pub group: usize,
    /// The side of the split that its whole group is on.
    pub part: Part,
}

/// Labelled frames in natural order of their ids. Every class has frames on both sides, every group one class and one
/// side.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameSet {
    /// The name that tables and figures carry.
    pub name: String,
    /// The classes, in the order of every table and array.
    pub classes: Classes,
    /// The videos or clips, in natural order of their names.
    pub groups: Vec<String>,
    /// The frames.
    pub frames: Vec<Frame>,
    /// Whether frames may be shown in a report.
    pub show_thumbnails: bool,
    /// What a reader of the results should know of the set.
    pub notes: FrameNotes,
}

impl Part {
    /// Both sides, in the order of [`Part::index`].
    pub const ALL: [Part; 2] = [Part::Train, Part::Test];

    /// Position in [`Part::ALL`]: 0 or 1.
    pub fn index(self) -> usize {
        self as usize
    }

    /// `train` or `test`.
    pub fn name(self) -> &'static str {
        match self {
            Part::Train => "train",
            Part::Test => "test",
        }
    }
}

impl Frame {
    /// Hands the pixels of the frame to `work`; see [`PictureSource::with_pixels`].
    ///
    /// # Errors
    /// The file cannot be read or decoded; the message names it.
    pub fn with_pixels<T>(&self, work: impl FnOnce(&RgbImage) -> T) -> Result<T, StimuliError> {
        self.source.with_pixels(work)
    }
}

impl FrameSet {
    /// Positions of the frames of one side, ascending.
    pub fn part(&self, part: Part) -> Vec<usize> {
        (0..self.frames.len()).filter(|&frame| self.frames[frame].part == part).collect()
    }

    /// Whether every frame is drawn by the program, so that no result says anything of people or videos.
    pub fn is_synthetic(&self) -> bool {
        self.frames.iter().all(|frame| !matches!(frame.source, PictureSource::File(_)))
    }

    /// SHA-256, hexadecimal, over the ids, classes, groups, sides and picture files (or drawn pixels) of the set.
    ///
    /// Neither the name of the set nor the folder it lies in matters, so two copies of a set have one sum.
    ///
    /// # Errors
    /// A picture file cannot be read.
    pub fn content_sha256(&self) -> Result<String, StimuliError> {
        let digests: Vec<[u8; 32]> =
            self.frames.par_iter().map(|frame| self.digest(frame)).collect::<Result<_, _>>()?;
        Ok(sha256_of(&digests))
    }

    fn digest(&self, frame: &Frame) -> Result<[u8; 32], StimuliError> {
        let mut hash = Sha256::new();
        // Debug quotes text, so fields cannot run into each other.
        let (class, group) = (self.classes.name(frame.class), self.groups.get(frame.group));
        hash.update(format!("{:?} {class:?} {} {group:?} {} ", frame.id, frame.class, frame.part.name()));
        frame.source.add_to(&mut hash)?;
        Ok(hash.finalize().into())
    }
}
