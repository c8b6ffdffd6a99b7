//! Where a set of frames lies and how it is to be read: the part of a configuration file that describes it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::classes::Classes;
use crate::error::StimuliError;
use crate::reader::{columns_fault, encoding_fault};

/// A set of labelled frames.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameSpec {
    /// The name that tables and figures carry.
    pub name: String,
    /// The folder that the paths of the table start from.
    pub images: PathBuf,
    /// The table of the frames: text, `.xls`, `.xlsx` or `.ods`.
    pub table: PathBuf,
    /// The sheet of the workbook that is meant, or the table of the text (`row 12`), where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The encoding of a text that is not Unicode, such as `macintosh` or `windows-1250`; guessed where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// The columns that their headings do not tell.
    #[serde(default, skip_serializing_if = "FrameColumns::is_empty")]
    pub columns: FrameColumns,
    /// The classes and their order: `"emonet"`, or a list of names; without it the labels of the table in alphabetical
    /// order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<ClassList>,
    /// What becomes of frames whose label is none of the classes.
    #[serde(default)]
    pub other_labels: OtherLabels,
    /// What the groups are where the table has no column for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Grouping>,
    /// Two lists of groups that say which are for training and which for testing; in place of a column `split`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<SplitFiles>,
    /// A list of groups that are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub censored: Option<PathBuf>,
    /// The share of each class's groups that is drawn for testing, between 0 and 1; in place of a column `split`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_share: Option<f64>,
    /// The seed of that draw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Whether the licence of the set allows its frames to be shown in a report.
    #[serde(default)]
    pub show_thumbnails: bool,
}

/// The classes of a set as a configuration gives them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "classes are \"emonet\" or a list of names")]
pub enum ClassList {
    /// A list that is known by a word: `emonet`.
    Known(String),
    /// The names in order.
    Names(Vec<String>),
}

/// What becomes of frames whose label is none of the classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OtherLabels {
    /// They are an error.
    #[default]
    Refuse,
    /// They are left out, and the notes count them.
    LeaveOut,
}

/// What the groups are where no column says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grouping {
    /// Every frame is a group of its own, as photographs are that have nothing to do with one another.
    Each,
}

/// Two tables with a column for the group (`video`) and perhaps one for its label (`emotion`), such as
/// `kragel2019_train_video_ids.csv` and `kragel2019_test_video_ids.csv` of ecco-laboratory/emonet-pytorch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitFiles {
    /// The groups for training.
    pub train: PathBuf,
    /// The groups for testing.
    pub test: PathBuf,
}

/// Columns of the table by their headings as written, or by position, such as `column 3`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameColumns {
    /// The file of the frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The class of the frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The video or clip that the frame is from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Training or test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<String>,
}

impl FrameColumns {
    /// The columns that the user names, by key.
    pub(crate) fn named(&self) -> Vec<(&'static str, &str)> {
        let entries = [("path", &self.path), ("label", &self.label), ("group", &self.group), ("split", &self.split)];
        entries.into_iter().filter_map(|(key, column)| Some((key, column.as_deref()?))).collect()
    }

    fn is_empty(&self) -> bool {
        self.named().is_empty()
    }
}

impl FrameSpec {
    /// The classes that are given; `None` where the labels of the table are the classes.
    pub(crate) fn given_classes(&self) -> Result<Option<Classes>, StimuliError> {
        match &self.classes {
            None => Ok(None),
            Some(ClassList::Known(word)) if word.trim().eq_ignore_ascii_case("emonet") => Ok(Some(Classes::emonet())),
            Some(ClassList::Known(word)) => Err(self.error(format!(
                "classes = \"{word}\" is no list that is known; write \"emonet\", or the names: classes = [\"{word}\", …]"
            ))),
            Some(ClassList::Names(names)) => {
                Classes::new(names.iter().cloned()).map(Some).map_err(|reason| self.error(format!("classes: {reason}")))
            }
        }
    }

    /// An error of this set.
    pub(crate) fn error(&self, reason: impl Into<String>) -> StimuliError {
        StimuliError::Frames { set: self.name.clone(), reason: reason.into() }
    }

    /// Checks what can be checked without looking at any file.
    pub(crate) fn validate(&self) -> Result<(), StimuliError> {
        let fault = (self.name.trim().is_empty().then(|| "the set needs a name".to_owned()))
            .or_else(|| columns_fault(&self.columns.named()))
            .or_else(|| self.encoding.as_deref().and_then(encoding_fault))
            .or_else(|| self.split_fault());
        fault.map_or(Ok(()), |reason| Err(self.error(reason)))
    }

    /// What is wrong with the keys that say how the groups are split.
    fn split_fault(&self) -> Option<String> {
        let ways = [
            ("columns.split", self.columns.split.is_some()),
            ("split", self.split.is_some()),
            ("test_share", self.test_share.is_some()),
        ];
        let given: Vec<&str> = ways.into_iter().filter(|(_, given)| *given).map(|(key, _)| key).collect();
        if let [one, other, ..] = given.as_slice() {
            return Some(format!("{one} and {other} are two ways to split the groups; keep one of them"));
        }
        if self.group.is_some() && self.columns.group.is_some() {
            return Some("group = \"each\" and columns.group say what the groups are; keep one of them".into());
        }
        match (self.test_share, self.seed) {
            (Some(share), _) if !(share > 0.0 && share < 1.0) => {
                Some(format!("test_share = {share} must lie between 0 and 1, such as 0.2"))
            }
            (Some(_), None) => Some("test_share draws groups at random and needs a seed, such as seed = 1".into()),
            (None, Some(_)) => Some("seed is for the draw of test_share; give both or neither".into()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = r#"{"name": "clips", "images": "frames", "table": "frames.csv"}"#;

    fn with(keys: &str) -> FrameSpec {
        serde_json::from_str(&MINIMAL.replace(r#""name""#, &format!(r#"{keys}, "name""#))).expect("reads")
    }

    #[test]
    fn a_spec_reads_back() {
        for spec in [
            serde_json::from_str::<FrameSpec>(MINIMAL).expect("reads"),
            with(r#""classes": "emonet", "other_labels": "leave-out", "test_share": 0.2, "seed": 3"#),
            with(r#""classes": ["a", "b"], "group": "each", "split": {"train": "a.csv", "test": "b.csv"}"#),
        ] {
            spec.validate().expect("nothing is wrong");
            let text = serde_json::to_string(&spec).expect("serialises");
            assert_eq!(serde_json::from_str::<FrameSpec>(&text).expect("reads back"), spec);
        }
    }

    #[test]
    fn keys_that_do_not_exist_are_refused() {
        for (text, expected) in [
            (MINIMAL.replace("table", "ratings"), "unknown field `ratings`"),
            (MINIMAL.replace(r#""name""#, r#""columns": {"video": "a"}, "name""#), "unknown field `video`"),
            (MINIMAL.replace(r#""name""#, r#""classes": 20, "name""#), "classes are \"emonet\" or a list of names"),
            (MINIMAL.replace(r#""name""#, r#""group": "none", "name""#), "unknown variant `none`"),
        ] {
            let message = serde_json::from_str::<FrameSpec>(&text).expect_err("refused").to_string();
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn keys_that_contradict_one_another_are_refused() {
        let check = |keys: &str, expected: &str| {
            let message = with(keys).validate().expect_err("refused").to_string();
            assert_eq!(message, format!("set of frames 'clips': {expected}"));
        };
        let two = "are two ways to split the groups; keep one of them";
        check(
            r#""split": {"train": "a", "test": "b"}, "test_share": 0.2, "seed": 1"#,
            &format!("split and test_share {two}"),
        );
        check(
            r#""columns": {"split": "part"}, "test_share": 0.2, "seed": 1"#,
            &format!("columns.split and test_share {two}"),
        );
        check(
            r#""group": "each", "columns": {"group": "v"}"#,
            "group = \"each\" and columns.group say what the groups are; keep one of them",
        );
        check(r#""test_share": 1.0, "seed": 1"#, "test_share = 1 must lie between 0 and 1, such as 0.2");
        check(r#""test_share": 0.2"#, "test_share draws groups at random and needs a seed, such as seed = 1");
        check(r#""seed": 2"#, "seed is for the draw of test_share; give both or neither");
        check(
            r#""columns": {"label": "a", "path": "a"}"#,
            "columns.path and columns.label are both 'a'; each column has one meaning",
        );
        check(
            r#""encoding": "ebcdic""#,
            "encoding = \"ebcdic\" is none that is known, such as utf-8, windows-1250, windows-1252, macintosh, gb18030",
        );
        let nameless = FrameSpec { name: " ".into(), ..with(r#""group": "each""#) };
        assert_eq!(nameless.validate().expect_err("refused").to_string(), "set of frames ' ': the set needs a name");
    }

    #[test]
    fn classes_that_are_not_known_are_refused() {
        let check = |keys: &str, expected: &str| {
            let message = with(keys).given_classes().expect_err("refused").to_string();
            assert_eq!(message, format!("set of frames 'clips': {expected}"));
        };
        check(
            r#""classes": "emonett""#,
            "classes = \"emonett\" is no list that is known; write \"emonet\", or the names: classes = [\"emonett\", …]",
        );
        check(r#""classes": ["Joy"]"#, "classes: there is only the class 'Joy'; at least two are needed");
        assert_eq!(with(r#""classes": "EmoNet""#).given_classes().expect("known"), Some(Classes::emonet()));
    }
}
