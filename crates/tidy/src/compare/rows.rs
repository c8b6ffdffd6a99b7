//! Which row of one table is which row of another.

use std::collections::HashMap;

use super::TextTable;

/// Columns that say what a row is about, and that are never results.
const KEYS: [&str; 17] = [
    "network",
    "set",
    "set_train",
    "set_test",
    "picture",
    "task",
    "layer",
    "channel",
    "emotion",
    "group",
    "draw",
    "split",
    "split_seed",
    "comparison",
    "chosen_on",
    "rule",
    "rank",
];
/// What a row is about in a sweep, and a result in a table of best gains.
const GAIN: &str = "gain";

/// Rows of two tables that belong together.
pub(super) struct Matching {
    /// Row of the first, row of the second, and the row's name for people.
    pub pairs: Vec<(usize, usize, String)>,
    /// Names of rows that only the first has.
    pub only_a: Vec<String>,
    /// Names of rows that only the second has.
    pub only_b: Vec<String>,
}

/// By the columns that tell rows apart in both tables, or by position where there are none.
pub(super) fn matched(a: &TextTable, b: &TextTable) -> Matching {
    let common = |name: &&str| a.column(name).is_some() && b.column(name).is_some();
    let without_gain: Vec<&str> = KEYS.iter().copied().filter(|name| common(name)).collect();
    let mut with_gain = without_gain.clone();
    with_gain.extend([GAIN].iter().copied().filter(|name| common(name)));
    for columns in [without_gain, with_gain] {
        if let (Some(names_a), Some(names_b)) = (unique(a, &columns), unique(b, &columns)) {
            return by_name(names_a, names_b);
        }
    }
    by_name(numbers(a.rows()), numbers(b.rows()))
}

fn numbers(rows: usize) -> Vec<String> {
    (1..=rows).map(|row| row.to_string()).collect()
}

/// A name for every row, if these columns tell them apart.
fn unique(table: &TextTable, columns: &[&str]) -> Option<Vec<String>> {
    let positions: Vec<(&str, usize)> = columns.iter().filter_map(|name| Some((*name, table.column(name)?))).collect();
    let name = |row: usize| {
        let cells = positions.iter().map(|&(name, column)| (name, table.cell(row, column)));
        let told = cells.filter(|(_, cell)| !cell.is_empty()).map(|(name, cell)| format!("{name}={cell}"));
        told.collect::<Vec<_>>().join(", ")
    };
    let names: Vec<String> = (0..table.rows()).map(name).collect();
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    (!columns.is_empty() && sorted.len() == names.len()).then_some(names)
}

fn by_name(names_a: Vec<String>, names_b: Vec<String>) -> Matching {
    let in_b: HashMap<&str, usize> = names_b.iter().enumerate().map(|(row, name)| (name.as_str(), row)).collect();
    let (mut pairs, mut only_a, mut used) = (Vec::new(), Vec::new(), vec![false; names_b.len()]);
    for (row, name) in names_a.into_iter().enumerate() {
        match in_b.get(name.as_str()) {
            Some(&other) => {
                used[other] = true;
                pairs.push((row, other, name));
            }
            None => only_a.push(name),
        }
    }
    let only_b = names_b.iter().zip(used).filter(|(_, used)| !used).map(|(name, _)| name.clone()).collect();
    Matching { pairs, only_a, only_b }
}
