//! A run that is ready to be computed: configuration, weights and frames are there and known by their hashes.

use std::path::PathBuf;

use anyhow::{Context, Result};
use stimuli::PictureSet;
use stimuli::frames::{FrameSet, Part};
use study::experiment::load_weights;
use study::plan;
use study::progress::Progress;
use vgg_core::Checkpoint;

use crate::chance::positions;
use crate::config::Config;

/// The demonstration network, so that the program needs no file.
const DEMONSTRATION: &[u8] = include_bytes!("../../../models/alexnet-demo.bpk");

/// What a run starts from.
pub struct Opened {
    /// What will be computed.
    pub config: Config,
    /// The network.
    pub checkpoint: Checkpoint,
    /// The file of its weights, or `embedded`.
    pub weights_file: String,
    /// SHA-256 of that file.
    pub weights_sha256: String,
    /// The frames.
    pub frames: FrameSet,
    /// SHA-256 over ids, labels, groups, sides and pixels.
    pub frames_sha256: String,
    /// Rated pictures, in the order of the configuration.
    pub rated: Vec<PictureSet>,
    /// SHA-256 over ids, norms and pixels of each.
    pub rated_sha256: Vec<String>,
    /// Hash of everything that the numbers follow from.
    pub plan: String,
    /// What a person sees.
    pub progress: Progress,
    /// The run's folder.
    pub out: PathBuf,
}

impl Opened {
    /// Reads weights, frames and rated pictures; with `allow_missing` only those of the latter that are there.
    ///
    /// # Errors
    /// Whatever of these is missing, unreadable or contradictory.
    pub fn read(config: Config, out: PathBuf, allow_missing: bool, progress: Progress) -> Result<Self> {
        let (checkpoint, weights_file, weights_sha256) =
            load_weights(config.weights.as_deref(), DEMONSTRATION, &progress)?;
        progress.say(&format!("network  {} from {weights_file}", checkpoint.architecture.name()));
        let frames = config.frames.load().context("frames")?;
        progress.say(&format!(
            "frames   {}: {}",
            frames.name,
            frames.notes.to_string().trim_end().replace('\n', "\n         ")
        ));
        let frames_sha256 = frames.content_sha256()?;
        let rated = load_rated(&config, allow_missing, &progress)?;
        let rated_sha256 = rated.iter().map(PictureSet::content_sha256).collect::<Result<Vec<_>, _>>()?;
        let settings = config.clone().without_paths().to_toml();
        let parts = ["exp-emonet", env!("CARGO_PKG_VERSION"), &settings, &weights_sha256, &frames_sha256];
        let plan = plan::digest(parts.into_iter().chain(rated_sha256.iter().map(String::as_str)));
        Ok(Self {
            config,
            checkpoint,
            weights_file,
            weights_sha256,
            frames,
            frames_sha256,
            rated,
            rated_sha256,
            plan,
            progress,
            out,
        })
    }

    /// Classes of the frames.
    pub fn classes(&self) -> &[String] {
        self.frames.classes.names()
    }

    /// The class of every frame.
    pub fn labels(&self) -> Vec<usize> {
        self.frames.frames.iter().map(|frame| frame.class).collect()
    }

    /// The frames of a side, with the class and the group of each.
    pub fn side(&self, part: Part) -> Side {
        let rows = self.frames.part(part);
        let of = |value: fn(&stimuli::frames::Frame) -> usize| {
            rows.iter().map(|&row| value(&self.frames.frames[row])).collect()
        };
        Side { labels: of(|frame| frame.class), groups: of(|frame| frame.group), rows }
    }

    /// So many random test frames, by a purpose, as positions among all frames, ascending.
    pub fn test_frames(&self, purpose: &str, count: usize) -> Vec<usize> {
        let test = self.frames.part(Part::Test);
        positions(self, purpose, &[], test.len(), count).into_iter().map(|at| test[at]).collect()
    }

    /// Whether results say nothing of people: drawn frames.
    pub fn notice(&self) -> Option<String> {
        let mut notices = Vec::new();
        if self.frames.is_synthetic() {
            notices.push(
                "SYNTHETIC DATA: the frames are drawings made by the program, with class names invented for recipes of \
                 shapes. Nothing here is a result about emotion.",
            );
        }
        if self.checkpoint.origin.format == vgg_core::random::FORMAT {
            notices.push("UNTRAINED NETWORK: its weights are random numbers. Nothing here is a result about EmoNet.");
        }
        (!notices.is_empty()).then(|| notices.join(" "))
    }
}

/// One side of the split.
pub struct Side {
    /// Positions among all frames.
    pub rows: Vec<usize>,
    /// The class of each.
    pub labels: Vec<usize>,
    /// The group of each.
    pub groups: Vec<usize>,
}

fn load_rated(config: &Config, allow_missing: bool, progress: &Progress) -> Result<Vec<PictureSet>> {
    let mut sets = Vec::new();
    for spec in &config.rated {
        let set = stimuli::load(spec, allow_missing).context("rated pictures")?;
        progress.say(&format!("rated    {}: {} pictures", set.name, set.pictures.len()));
        sets.push(set);
    }
    Ok(sets)
}

#[cfg(test)]
mod tests {
    use vgg_core::{Architecture, weights};

    use super::*;

    #[test]
    fn the_carried_weights_are_of_the_network_that_is_trained_for_them() {
        let carried = weights::from_bytes(DEMONSTRATION, "carried").expect("weights");
        assert_eq!(carried.architecture, Architecture::alexnet_demo(carried.architecture.classes()));
        assert!(carried.preprocessing.mean_picture.is_some() && carried.origin.classes.len() == 30);
    }
}
