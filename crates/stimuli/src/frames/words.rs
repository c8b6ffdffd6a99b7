//! Words of tables and messages: sides of a split, and the columns that a table needs.

use super::Part;
use crate::names::label_key;

/// The side of a split that a word means.
pub(super) fn part(word: &str) -> Option<Part> {
    match label_key(word).as_str() {
        "train" | "training" => Some(Part::Train),
        "test" | "testing" | "holdout" => Some(Part::Test),
        _ => None,
    }
}

/// The columns that a table needs, with what may stand in place of them.
pub(super) fn columns(each_frame_is_a_group: bool, split_elsewhere: bool) -> String {
    let group = "'group' (or group = \"each\", which makes every frame a group of its own)";
    let split = "'split' (or lists of groups: split, or a random draw: test_share and seed)";
    let wanted = [Some("'path'"), Some("'label'"), (!each_frame_is_a_group).then_some(group)];
    let wanted: Vec<&str> = wanted.into_iter().chain([(!split_elsewhere).then_some(split)]).flatten().collect();
    format!("the columns {}", wanted.join(", "))
}

/// Names for a message: the first ten, and how many more there are.
pub(super) fn some_of(names: &[String]) -> String {
    const SHOWN: usize = 10;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown}, … and {more} more"),
    }
}

/// A count with its noun, such as `1 frame` or `3 frames`.
pub(super) fn count(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_are_known_by_their_usual_words_only() {
        for (word, expected) in [
            ("Train", Some(Part::Train)),
            ("training", Some(Part::Train)),
            ("TEST", Some(Part::Test)),
            ("hold-out", Some(Part::Test)),
            ("val", None),
            ("1", None),
            ("", None),
        ] {
            assert_eq!(part(word), expected, "{word}");
        }
    }

    #[test]
    fn names_are_cut_after_ten() {
        let names: Vec<String> = (1..=12).map(|number| number.to_string()).collect();
        assert_eq!(some_of(&names), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, … and 2 more");
        assert_eq!(some_of(&names[..2]), "1, 2");
        assert_eq!((count(1, "group"), count(2, "group")), ("1 group".into(), "2 groups".into()));
    }
}
