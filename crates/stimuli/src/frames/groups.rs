//! Groups: the videos or clips that frames are from. Frames of one group never meet in two parts.

use std::collections::BTreeMap;

use super::rows::{Entry, Sheet};
use crate::error::StimuliError;
use crate::names::fold;
use crate::norms::natural;

/// Extensions of video files; lists of groups often name the files.
const VIDEOS: [&str; 11] = ["mp4", "m4v", "mov", "avi", "mkv", "webm", "mpg", "mpeg", "wmv", "flv", "gif"];

/// How groups are compared: without the extension of a video file, without case, and numbers without leading zeros,
/// which spreadsheet programs take away (`0042.mp4` is 42, and 42.0).
pub(super) fn group_key(name: &str) -> String {
    let folded = fold(name);
    let stem = match folded.rsplit_once('.') {
        Some((stem, extension)) if VIDEOS.contains(&extension) => stem.trim(),
        _ => &folded,
    };
    let whole = stem.strip_suffix(".0").unwrap_or(stem);
    let is_number = !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit());
    match whole.trim_start_matches('0') {
        _ if !is_number => stem.into(),
        "" => "0".into(),
        number => number.into(),
    }
}

/// Refuses groups with two labels, and groups that the column `split` puts on both sides.
pub(super) fn refuse_contradictions(sheet: &Sheet, entries: &[Entry]) -> Result<(), StimuliError> {
    let mut first: BTreeMap<&str, &Entry> = BTreeMap::new();
    for entry in entries {
        let before = *first.entry(entry.key.as_str()).or_insert(entry);
        let (row, group) = (before.row.number, &entry.group);
        if before.label_key != entry.label_key {
            return Err(sheet.table.cell_error(
                entry.row,
                sheet.label,
                format!(
                    "is another label than '{}' in row {row} of the same group '{group}'; a group has one label: correct \
                     it, or give the two groups different names",
                    before.label
                ),
            ));
        }
        if let (Some(column), true) = (sheet.split, before.part != entry.part) {
            return Err(sheet.table.cell_error(
                entry.row,
                column,
                format!(
                    "is another side than '{}' in row {row} of the same group '{group}'; frames of one group are alike and \
                     must not meet in training and test: put them all on one side",
                    before.row.cell(column)
                ),
            ));
        }
    }
    Ok(())
}

/// The groups of the entries by key, with the spelling that tables carry: the first of several in natural order.
pub(super) fn spellings(entries: &[Entry]) -> BTreeMap<String, String> {
    let mut names: BTreeMap<String, &str> = BTreeMap::new();
    for entry in entries {
        let name = names.entry(entry.key.clone()).or_insert(&entry.group);
        if entry.group != *name && natural(&entry.group) < natural(name) {
            *name = &entry.group;
        }
    }
    names.into_iter().map(|(key, name)| (key, name.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_group_have_one_key() {
        for (one, other) in
            [("0042.mp4", "42"), ("0042", "42.0"), ("Clip 7.MOV", "clip 7"), ("000", "0.mp4"), (" a ", "A")]
        {
            assert_eq!(group_key(one), group_key(other), "{one} {other}");
        }
        for (one, other) in [("42", "420"), ("42.5", "42"), ("a01", "a1"), ("clip.v2", "clip"), (".0", "0")] {
            assert_ne!(group_key(one), group_key(other), "{one} {other}");
        }
    }
}
