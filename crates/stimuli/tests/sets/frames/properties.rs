//! What holds of every set, whatever its table.

use std::collections::BTreeMap;

use proptest::prelude::*;
use stimuli::frames::{FrameSet, Part, load};

use super::support::Case;

const FILES: usize = 24;
const LABELS: [&str; 3] = ["Joy", "fear", "Awe"];

/// A folder with 24 frames.
fn case(keys: &str) -> Case {
    let names: Vec<String> = (0..FILES).map(|file| format!("{file}.png")).collect();
    Case::new(&names.iter().map(String::as_str).collect::<Vec<_>>(), "", keys)
}

/// The set of a table with these rows, if it is one.
fn set(case: &Case, header: &str, rows: &[String]) -> Option<FrameSet> {
    std::fs::write(&case.spec.table, format!("{header}\n{}\n", rows.join("\n"))).unwrap();
    load(&case.spec).ok()
}

/// Whether every group has one class and one side.
fn groups_are_whole(set: &FrameSet) -> bool {
    let mut seen: BTreeMap<usize, (usize, Part)> = BTreeMap::new();
    set.frames
        .iter()
        .all(|frame| *seen.entry(frame.group).or_insert((frame.class, frame.part)) == (frame.class, frame.part))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_group_is_ever_on_two_sides(
        rows in prop::collection::vec((0usize..3, 0usize..6, any::<bool>()), FILES), consistent: bool,
    ) {
        let case = case("");
        let mut first: BTreeMap<usize, (usize, bool)> = BTreeMap::new();
        let rows: Vec<(usize, usize, bool)> = rows
            .into_iter()
            .map(|(label, group, test)| {
                let (label, test) = if consistent { *first.entry(group).or_insert((label, test)) } else { (label, test) };
                (label, group, test)
            })
            .collect();
        let line = |(file, (label, group, test)): (usize, &(usize, usize, bool))| {
            format!("{file}.png,{},{group}.mp4,{}", LABELS[*label], if *test { "test" } else { "train" })
        };
        let lines: Vec<String> = rows.iter().enumerate().map(line).collect();
        let mut of: BTreeMap<usize, (usize, bool)> = BTreeMap::new();
        let whole = rows.iter().all(|&(label, group, test)| *of.entry(group).or_insert((label, test)) == (label, test));
        let set = set(&case, "path,label,group,split", &lines);
        prop_assert!(whole || set.is_none(), "a table with a group on two sides was accepted");
        if let Some(set) = set {
            prop_assert!(groups_are_whole(&set));
            prop_assert_eq!(set.frames.len(), FILES, "nothing is dropped");
        }
    }

    #[test]
    fn a_drawn_split_is_stratified_and_the_order_of_rows_does_not_matter(
        group_of in prop::collection::vec(0usize..10, FILES),
        order in Just((0..FILES).collect::<Vec<_>>()).prop_shuffle(),
        share in 0.05f64..0.95, seed in 0u32..1000,
    ) {
        let case = case(&format!("test_share = {share}\nseed = {seed}"));
        let line = |file: &usize| format!("{file}.png,{},{}", LABELS[group_of[*file] % 3], group_of[*file]);
        let rows: Vec<String> = (0..FILES).map(|file| line(&file)).collect();
        let shuffled: Vec<String> = order.iter().map(line).collect();
        let set_of = |rows: &[String]| set(&case, "path,label,group", rows);
        let first = set_of(&rows);
        prop_assert_eq!(&first, &set_of(&shuffled));
        if let Some(set) = first {
            prop_assert!(groups_are_whole(&set));
            // Alphabetical, whatever the case.
            prop_assert!(set.classes.names() == ["Awe", "fear", "Joy"] || set.classes.len() == 2);
            for counts in &set.notes.counts {
                let [train, test] = counts.groups;
                let wanted = share * (train + test) as f64;
                prop_assert!(train > 0 && test > 0);
                prop_assert!((test as f64 - wanted).abs() <= 0.5 || test == 1 || train == 1);
            }
        }
    }
}
