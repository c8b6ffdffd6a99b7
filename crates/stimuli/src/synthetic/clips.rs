//! A synthetic set of clips: drawn frames in 20 classes, split by clip, for every step of a study that needs videos.

use serde::{Deserialize, Serialize};

use super::canvas::LARGEST;
use super::clip::ClipFrame;
use super::recipes::RECIPES;
use super::set::synthetic_name;
use super::style::Style;
use crate::error::StimuliError;
use crate::frames::{Classes, Frame, FrameNotes, FrameSet, counts, drawn};
use crate::picture::PictureSource;
use crate::seed;

/// The fewest clips of a class.
const FEWEST: usize = 4;
/// The share of clips for testing, as in the published split of videos.
const TEST_SHARE: f64 = 0.2;
/// The smallest side that shows anything, in pixels.
const SMALLEST: u32 = 16;
/// The most frames of a set.
const MOST_FRAMES: u64 = 1_000_000;

/// What a synthetic set of clips should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClipSpec {
    /// Name for tables and figures; `synthetic-` is put in front unless the name says so already.
    pub name: String,
    /// How the clips are rendered.
    pub style: Style,
    /// Clips in all classes together, at least 80.
    pub clips: usize,
    /// Frames of each clip.
    pub frames_per_clip: u32,
    /// Pixels a side, 16–4096.
    pub side: u32,
    /// Seed of every draw.
    pub seed: u64,
}

impl ClipSpec {
    /// The name of the set, which says that its frames are drawn.
    pub fn set_name(&self) -> String {
        synthetic_name(&self.name)
    }

    fn validate(&self) -> Result<(), StimuliError> {
        let (clips, per_clip, side) = (self.clips, self.frames_per_clip, self.side);
        let fewest = FEWEST * RECIPES.len();
        let frames = (clips as u64).saturating_mul(per_clip.into());
        let reason = if clips < fewest {
            format!("clips = {clips} is too few: {} classes need {FEWEST} each, {fewest} in all", RECIPES.len())
        } else if per_clip == 0 {
            "frames_per_clip = 0 leaves nothing to see; write 1 or more".into()
        } else if frames > MOST_FRAMES {
            format!("{clips} clips of {per_clip} frames are {frames} frames; at most {MOST_FRAMES} are drawn")
        } else if !(SMALLEST..=LARGEST).contains(&side) {
            format!("side = {side} must lie between {SMALLEST} and {LARGEST} pixels")
        } else {
            return Ok(());
        };
        Err(StimuliError::Frames { set: self.set_name(), reason })
    }
}

/// The set: EmoNet's 20 class names, each standing for a recipe of objects, colours and motion that is invented.
///
/// Clips are spread over the classes as the published videos are (Amusement has about a quarter), with at least four
/// each; a fifth of each class is for testing. Classes overlap: a clip takes its objects, its ground or its motion from a
/// neighbouring class in a quarter of the cases each, and in an eighth of the cases everything. Style, side and seed
/// decide the frames; the name does not.
///
/// # Examples
/// ```
/// use stimuli::synthetic::{ClipSpec, Style, clip_set};
///
/// let spec =
///     ClipSpec { name: "mine".into(), style: Style::Flat, clips: 100, frames_per_clip: 3, side: 48, seed: 1 };
/// let set = clip_set(&spec)?;
/// assert_eq!((set.name.as_str(), set.groups.len(), set.frames.len()), ("synthetic-mine", 100, 300));
/// assert!(set.is_synthetic() && set.notes.to_string().contains("SYNTHETIC"));
/// assert_eq!(set.frames[0].with_pixels(|pixels| pixels.dimensions())?, (48, 48));
/// # Ok::<(), stimuli::StimuliError>(())
/// ```
///
/// # Errors
/// Fewer than 80 clips, no frames or more than a million, a side outside of 16–4096 pixels.
pub fn clip_set(spec: &ClipSpec) -> Result<FrameSet, StimuliError> {
    spec.validate()?;
    let classes = Classes::emonet();
    let class_of: Vec<usize> =
        per_class(spec.clips).into_iter().enumerate().flat_map(|(class, clips)| vec![class; clips]).collect();
    let parts = drawn(&classes, &class_of, TEST_SHARE, spec.seed).map_err(|class| StimuliError::Frames {
        set: spec.set_name(),
        reason: format!("class {class} has a single clip"),
    })?;
    let digits = spec.clips.to_string().len().max(4);
    let groups: Vec<String> = (1..=spec.clips).map(|clip| format!("clip_{clip:0digits$}")).collect();
    let mut frames = Vec::with_capacity(spec.clips * spec.frames_per_clip as usize);
    let mut nth = vec![0; classes.len()];
    for (group, (&class, &part)) in class_of.iter().zip(&parts).enumerate() {
        // A clip depends on its place in its class, so that no class changes another.
        let seed = clip_seed(spec, class, nth[class]);
        nth[class] += 1;
        for frame in 0..spec.frames_per_clip {
            let source =
                ClipFrame { style: spec.style, seed, class, frame, frames: spec.frames_per_clip, side: spec.side };
            let id = format!("{}/{frame:04}", groups[group]);
            frames.push(Frame { id, source: PictureSource::Clip(source), class, group, part });
        }
    }
    let remark = format!(
        "SYNTHETIC: drawn by the program (style {}, seed {}); the names of the classes are EmoNet's, what they stand for is \
         invented, and no person saw or rated these clips.",
        spec.style.name(),
        spec.seed
    );
    let counts = counts(&classes, groups.len(), &frames);
    let notes = FrameNotes { counts, remarks: vec![remark], ..FrameNotes::default() };
    Ok(FrameSet { name: spec.set_name(), classes, groups, frames, show_thumbnails: true, notes })
}

fn clip_seed(spec: &ClipSpec, class: usize, nth: u64) -> u64 {
    use rand::Rng;
    seed::rng(spec.seed, "synthetic/clips", &[spec.style as u64, class as u64, nth]).next_u64()
}

/// How many clips each class has: the fewest, and what remains in proportion to the published videos, by largest
/// remainders.
fn per_class(clips: usize) -> Vec<usize> {
    let all: usize = RECIPES.iter().map(|recipe| recipe.videos).sum();
    let mut counts: Vec<usize> = RECIPES.iter().map(|recipe| (clips * recipe.videos / all).max(FEWEST)).collect();
    let mut order: Vec<usize> = (0..RECIPES.len()).collect();
    order.sort_by_key(|&class| std::cmp::Reverse((clips * RECIPES[class].videos % all, RECIPES[class].videos)));
    let mut turn = order.iter().cycle();
    while counts.iter().sum::<usize>() < clips {
        turn.next().into_iter().for_each(|&class| counts[class] += 1);
    }
    // The fewest of small classes may take more than there is: the largest class gives way.
    while counts.iter().sum::<usize>() > clips {
        let largest = (0..counts.len()).max_by_key(|&class| counts[class]).unwrap_or(0);
        counts[largest] -= 1;
    }
    counts
}

#[cfg(test)]
mod tests;
