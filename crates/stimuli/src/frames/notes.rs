//! What a reader of the results should know of a set of frames: counts per class and side, and what was left out.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::words::count;
use super::{Classes, Frame, Part};
use crate::notes::write_names;

/// How many groups and frames of a class there are on each side, in the order of [`Part::ALL`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassCounts {
    /// The class.
    pub class: String,
    /// Groups for training and for testing.
    pub groups: [usize; 2],
    /// Frames for training and for testing.
    pub frames: [usize; 2],
}

/// Frames that the table has and the set has not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The label or the group.
    pub name: String,
    /// How many groups.
    pub groups: usize,
    /// How many frames.
    pub frames: usize,
}

/// Notes on a set of frames. Its `Display` is what a run prints before it starts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameNotes {
    /// The counts, in the order of the classes.
    pub counts: Vec<ClassCounts>,
    /// The file, sheet and columns that the frames were read from; empty where they are drawn.
    pub reading: String,
    /// Labels that are none of the classes, with what they left out.
    pub other_labels: Vec<LeftOut>,
    /// Censored groups, with what they left out.
    pub censored: Vec<LeftOut>,
    /// Frames that were turned upright because their EXIF orientation says so.
    pub turned: Vec<String>,
    /// Frames whose name agrees with its file only in a normalised form of Unicode.
    pub normalised: Vec<String>,
    /// Frames whose file is spelt differently (by case, spaces or underscores), with that file.
    pub respelt: Vec<String>,
    /// Anything else that must be said of the set, one sentence each.
    pub remarks: Vec<String>,
}

/// The counts of frames per class and side.
pub(crate) fn counts(classes: &Classes, groups: usize, frames: &[Frame]) -> Vec<ClassCounts> {
    let empty = |class: &String| ClassCounts { class: class.clone(), ..ClassCounts::default() };
    let mut counts: Vec<ClassCounts> = classes.names().iter().map(empty).collect();
    let mut seen = vec![false; groups];
    for frame in frames {
        let side = frame.part.index();
        counts[frame.class].frames[side] += 1;
        if !std::mem::replace(&mut seen[frame.group], true) {
            counts[frame.class].groups[side] += 1;
        }
    }
    counts
}

impl FrameNotes {
    /// Groups and frames of one side over all classes.
    fn total(&self, part: Part) -> [usize; 2] {
        let side = part.index();
        let sum = |of: fn(&ClassCounts) -> &[usize; 2]| self.counts.iter().map(|counts| of(counts)[side]).sum();
        [sum(|counts| &counts.groups), sum(|counts| &counts.frames)]
    }
}

impl fmt::Display for FrameNotes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [train, test] = Part::ALL.map(|part| self.total(part));
        writeln!(
            formatter,
            "{} of {} in {} classes: {} of {} to train, {} of {} to test",
            count(train[1] + test[1], "frame"),
            count(train[0] + test[0], "group"),
            self.counts.len(),
            count(train[1], "frame"),
            count(train[0], "group"),
            count(test[1], "frame"),
            count(test[0], "group"),
        )?;
        if !self.reading.is_empty() {
            writeln!(formatter, "  {}", self.reading)?;
        }
        let width = self.counts.iter().map(|counts| counts.class.chars().count()).max().unwrap_or(0);
        for ClassCounts { class, groups, frames } in &self.counts {
            writeln!(
                formatter,
                "  {class:<width$}  train {:>5} groups {:>7} frames   test {:>5} groups {:>7} frames",
                groups[0], frames[0], groups[1], frames[1]
            )?;
        }
        write_names(formatter, "left out, labels that are none of the classes", &described(&self.other_labels))?;
        write_names(formatter, "left out, censored groups", &described(&self.censored))?;
        write_names(formatter, "turned upright by EXIF orientation", &self.turned)?;
        write_names(formatter, "matched by Unicode-normalised names (NFC)", &self.normalised)?;
        write_names(formatter, "matched with a file of another spelling", &self.respelt)?;
        self.remarks.iter().try_for_each(|remark| writeln!(formatter, "  {remark}"))
    }
}

fn described(left_out: &[LeftOut]) -> Vec<String> {
    let describe = |one: &LeftOut| match one.groups {
        1 => format!("{} ({})", one.name, count(one.frames, "frame")),
        groups => format!("{} ({} of {})", one.name, count(one.frames, "frame"), count(groups, "group")),
    };
    left_out.iter().map(describe).collect()
}
