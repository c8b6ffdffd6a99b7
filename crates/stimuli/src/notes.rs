//! What a reader of the results should know of a picture set: counts beside the published ones, and every picture
//! that could not be used, by name.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::emotion::Emotion;
use crate::picture::Picture;

/// How many names of a list are printed; the lists themselves are whole.
const SHOWN: usize = 10;

/// Pictures that cannot be used or need a second look. Every entry begins with the picture's name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problems {
    /// In the norms, but without a picture file.
    pub missing: Vec<String>,
    /// With a picture file that is no picture, is damaged or is too large; with the reason.
    pub unreadable: Vec<String>,
    /// With a name that differs by spaces or underscores from several files, or from one that another row may mean too.
    pub unclear: Vec<String>,
    /// With more than one picture file; the first in alphabetical order is used.
    pub duplicate: Vec<String>,
    /// Without a valence or category: an empty cell, or a picture file that the norms do not know.
    pub unrated: Vec<String>,
    /// In the label file, but not in the norms.
    pub unknown_labels: Vec<String>,
}

/// Counts that were published for a picture set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// Pictures in the whole set.
    pub pictures: usize,
    /// Pictures per category, in the order of [`Emotion::ALL`].
    pub used: [usize; 3],
}

/// Notes on a picture set. Its `Display` is what a run prints before it starts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SetNotes {
    /// Usable pictures per category, in the order of [`Emotion::ALL`].
    pub counts: [usize; 3],
    /// Usable pictures without a category: inside a soft border, or left out by a label.
    pub left_out: usize,
    /// The published counts, where there are some.
    pub published: Option<Published>,
    /// The file, sheet and columns that the norms were read from; empty for pictures without a norm table.
    pub reading: String,
    /// How many categories come from the user's labels, whatever the rule says.
    pub labelled: usize,
    /// How many of these pictures have a valence, so that the rule says something, too.
    pub ruled: usize,
    /// How many of these differ from what the rule says.
    pub relabelled: usize,
    /// Ids with more than one row in the norms, whose ratings were averaged.
    pub averaged: Vec<String>,
    /// Pictures that were turned upright because their EXIF orientation says so.
    pub turned: Vec<String>,
    /// Pictures whose name agrees with its file only in a normalised form of Unicode.
    pub normalised: Vec<String>,
    /// Pictures whose file is spelt differently (by spaces or underscores), with that file.
    pub respelt: Vec<String>,
    /// Anything else that must be said of the set, one sentence each.
    pub remarks: Vec<String>,
    /// Pictures that could not be used.
    pub problems: Problems,
}

impl Problems {
    /// Whether every picture is in order.
    pub fn is_empty(&self) -> bool {
        self.lists().iter().all(|(_, names)| names.is_empty())
    }

    /// Every list with its heading.
    pub fn lists(&self) -> [(&'static str, &[String]); 6] {
        [
            ("missing (in the norms, no picture file)", &self.missing),
            ("unreadable", &self.unreadable),
            ("unclear (rename the files as the norms do)", &self.unclear),
            ("duplicate (several files for one picture)", &self.duplicate),
            ("unrated", &self.unrated),
            ("labelled, but not in the norms", &self.unknown_labels),
        ]
    }
}

impl fmt::Display for Problems {
    /// One line per list: heading, count and the first ten names.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (heading, names) in self.lists() {
            write_names(formatter, heading, names)?;
        }
        Ok(())
    }
}

impl SetNotes {
    /// Notes that hold nothing but the counts of the given pictures.
    pub fn count(pictures: &[Picture]) -> Self {
        let mut notes = Self::default();
        for picture in pictures {
            match picture.category {
                Some(emotion) => notes.counts[emotion.index()] += 1,
                None => notes.left_out += 1,
            }
        }
        notes
    }

    fn labels(&self) -> String {
        let (labelled, ruled, relabelled) = (self.labelled, self.ruled, self.relabelled);
        let given = format!("labels given by the user: {labelled}");
        match ruled {
            0 => format!("{given}, for pictures without a valence, on which the rule says nothing"),
            _ if ruled == labelled => format!("{given}, of which {relabelled} differ from the rule"),
            _ => format!("{given}; of the {ruled} with a valence {relabelled} differ from the rule"),
        }
    }
}

impl fmt::Display for SetNotes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let used: usize = self.counts.iter().sum();
        writeln!(formatter, "{} pictures: {used} in a category, {} left out", used + self.left_out, self.left_out)?;
        if !self.reading.is_empty() {
            writeln!(formatter, "  {}", self.reading)?;
        }
        for emotion in Emotion::ALL {
            write!(formatter, "  {emotion:<11}{:>5}", self.counts[emotion.index()])?;
            match self.published {
                Some(published) => writeln!(formatter, "   (published: {})", published.used[emotion.index()])?,
                None => writeln!(formatter)?,
            }
        }
        if let Some(published) = self.published {
            let used: usize = published.used.iter().sum();
            let all = published.pictures;
            writeln!(formatter, "  The published study used {used} of {all} pictures, checked by eye after the rule.")?;
        }
        if self.labelled > 0 {
            writeln!(formatter, "  {}", self.labels())?;
        }
        write_names(formatter, "averaged over several rows of the norms", &self.averaged)?;
        write_names(formatter, "turned upright by EXIF orientation", &self.turned)?;
        write_names(formatter, "matched by Unicode-normalised names (NFC)", &self.normalised)?;
        write_names(formatter, "matched with a file of another spelling", &self.respelt)?;
        for remark in &self.remarks {
            writeln!(formatter, "  {remark}")?;
        }
        self.problems.fmt(formatter)
    }
}

/// One line: heading, count and the first ten names; none where there are no names.
pub(crate) fn write_names(formatter: &mut fmt::Formatter<'_>, heading: &str, names: &[String]) -> fmt::Result {
    if names.is_empty() {
        return Ok(());
    }
    write!(formatter, "  {heading}: {} – {}", names.len(), names[..names.len().min(SHOWN)].join(", "))?;
    match names.len().saturating_sub(SHOWN) {
        0 => writeln!(formatter),
        more => writeln!(formatter, ", … and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_stand_beside_the_published_ones() {
        let notes = SetNotes {
            counts: [300, 400, 350],
            left_out: 132,
            published: Some(Published { pictures: 1182, used: [296, 390, 341] }),
            averaged: vec!["2055.1".into()],
            ..SetNotes::default()
        };
        let expected = "1182 pictures: 1050 in a category, 132 left out\n  pleasant     300   (published: 296)\n  \
            neutral      400   (published: 390)\n  unpleasant   350   (published: 341)\n  The published study used \
            1027 of 1182 pictures, checked by eye after the rule.\n  averaged over several rows of the norms: 1 – 2055.1\n";
        assert_eq!(notes.to_string(), expected);
    }

    #[test]
    fn labels_are_compared_with_the_rule_only_where_it_says_something() {
        let labels =
            |labelled, ruled, relabelled| SetNotes { labelled, ruled, relabelled, ..SetNotes::default() }.labels();
        assert_eq!(labels(8, 8, 3), "labels given by the user: 8, of which 3 differ from the rule");
        assert_eq!(labels(8, 5, 3), "labels given by the user: 8; of the 5 with a valence 3 differ from the rule");
        let without = "labels given by the user: 8, for pictures without a valence, on which the rule says nothing";
        assert_eq!(labels(8, 0, 0), without);
    }

    #[test]
    fn a_long_list_is_cut_after_ten_names_and_counted() {
        let missing: Vec<String> = (1..=14).map(|id| id.to_string()).collect();
        let text = Problems { missing, ..Problems::default() }.to_string();
        assert_eq!(
            text,
            "  missing (in the norms, no picture file): 14 – 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, … and 4 more\n"
        );
    }
}
