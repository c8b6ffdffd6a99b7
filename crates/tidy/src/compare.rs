//! Are two runs the same? Their tables, cell by cell.
//!
//! Numbers agree where `|a − b| ≤ t·max(1, |a|, |b|)`: absolute near 0, relative for large ones. Whole numbers (counts)
//! and words must be equal. Rows are matched by what they are about, so that a missing one does not shift the others.

mod rows;
mod tables;

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use self::rows::Matching;
pub use self::tables::{CompareError, TextTable};

/// Differences of one table that are told one by one.
const TOLD: usize = 5;

/// What was found in the tables of two folders.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// One entry per table, by name.
    pub tables: Vec<(String, TableComparison)>,
}

/// What was found in one table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableComparison {
    /// Rows that both tables have.
    pub rows: usize,
    /// Cells that were compared.
    pub cells: usize,
    /// How many differences there are.
    pub differences: usize,
    /// The first of them, in words.
    pub told: Vec<String>,
}

/// Compares the tables of two runs. `tolerance` is the t above.
///
/// # Errors
/// A folder without tables, or a table that cannot be read.
pub fn compare(a: &Path, b: &Path, tolerance: f64) -> Result<Comparison, CompareError> {
    let (in_a, in_b) = (tables::find(a)?, tables::find(b)?);
    let names: BTreeSet<&String> = in_a.keys().chain(in_b.keys()).collect();
    let mut tables = Vec::new();
    for name in names {
        let compared = match (in_a.get(name), in_b.get(name)) {
            (Some(file_a), Some(file_b)) => {
                compare_tables(&TextTable::read(file_a)?, &TextTable::read(file_b)?, tolerance)
            }
            (here, _) => missing(here.map_or(a, |_| b)),
        };
        tables.push((name.clone(), compared));
    }
    Ok(Comparison { tables })
}

/// Compares two tables.
pub fn compare_tables(a: &TextTable, b: &TextTable, tolerance: f64) -> TableComparison {
    let mut found = TableComparison::default();
    for (table, other, which) in [(a, b, "second"), (b, a, "first")] {
        for column in table.columns().filter(|column| other.column(column).is_none()) {
            found.note(|| format!("column {column} is missing in the {which}"));
        }
    }
    let Matching { pairs, only_a, only_b } = rows::matched(a, b);
    found.rows = pairs.len();
    for (rows, which) in [(&only_a, "second"), (&only_b, "first")] {
        rows.iter().for_each(|row| found.note(|| format!("row {row} is missing in the {which}")));
    }
    let common: Vec<(&str, usize, usize)> =
        a.columns().enumerate().filter_map(|(in_a, name)| Some((name, in_a, b.column(name)?))).collect();
    for (row_a, row_b, place) in &pairs {
        for &(name, in_a, in_b) in &common {
            found.cells += 1;
            let (cell_a, cell_b) = (a.cell(*row_a, in_a), b.cell(*row_b, in_b));
            if !agree(cell_a, cell_b, tolerance) {
                found.note(|| format!("{name} is {} and {} in row {place}", told(cell_a), told(cell_b)));
            }
        }
    }
    found
}

/// Whether two cells are the same within a tolerance.
fn agree(a: &str, b: &str, tolerance: f64) -> bool {
    if a == b {
        return true;
    }
    if a.parse::<i64>().is_ok() && b.parse::<i64>().is_ok() {
        return false;
    }
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1.0),
        _ => false,
    }
}

fn told(cell: &str) -> &str {
    if cell.is_empty() { "empty" } else { cell }
}

fn missing(folder: &Path) -> TableComparison {
    let mut found = TableComparison::default();
    found.note(|| format!("the table is missing in {}", folder.display()));
    found
}

impl TableComparison {
    fn note(&mut self, words: impl FnOnce() -> String) {
        self.differences += 1;
        if self.told.len() < TOLD {
            self.told.push(words());
        }
    }
}

impl Comparison {
    /// Whether nothing differs.
    pub fn is_equal(&self) -> bool {
        self.tables.iter().all(|(_, table)| table.differences == 0)
    }
}

/// A line per table with its first differences, and one line that sums up.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, table) in &self.tables {
            match table.differences {
                0 => writeln!(f, "same      {name}: {} rows", table.rows)?,
                count => writeln!(f, "different {name}: {count} differences in {} rows", table.rows)?,
            }
            for words in &table.told {
                writeln!(f, "            {words}")?;
            }
            if table.differences > table.told.len() {
                writeln!(f, "            and {} more", table.differences - table.told.len())?;
            }
        }
        let differing = self.tables.iter().filter(|(_, table)| table.differences > 0).count();
        let differences: usize = self.tables.iter().map(|(_, table)| table.differences).sum();
        match differing {
            0 => write!(f, "same: {} tables", self.tables.len()),
            _ => write!(f, "different: {differing} of {} tables, {differences} differences", self.tables.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SWEEP: &str = "layer,group,draw,gain,tp,f1\nconv1,selective,,0,5,0.5\nconv1,random,0,0,7,0.75\n";

    fn table(text: &str) -> TextTable {
        TextTable::from_csv(text.as_bytes(), Path::new("a.csv")).expect("valid")
    }

    fn differences(a: &str, b: &str) -> Vec<String> {
        compare_tables(&table(a), &table(b), 1e-4).told
    }

    #[test]
    fn a_table_is_the_same_as_itself_and_within_the_tolerance() {
        assert!(differences(SWEEP, SWEEP).is_empty());
        assert!(differences(SWEEP, &SWEEP.replace("0.75", "0.75005")).is_empty());
        assert_eq!(
            differences(SWEEP, &SWEEP.replace("0.75", "0.7502")),
            ["f1 is 0.75 and 0.7502 in row layer=conv1, group=random, draw=0"]
        );
    }

    #[test]
    fn large_numbers_are_compared_by_their_size_and_counts_exactly() {
        assert!(agree("20000.5", "20001.5", 1e-4));
        assert!(!agree("20000", "20001", 1e-4), "counts");
        assert!(agree("1", "1.00005", 1e-4), "a number that happens to be whole");
        assert!(!agree("", "0", 1.0) && !agree("a", "b", 1.0) && !agree("NaN", "1", 1.0));
    }

    #[test]
    fn rows_are_matched_by_what_they_are_about() {
        let turned = "layer,group,draw,gain,tp,f1\nconv1,random,0,0,7,0.75\nconv1,selective,,0,5,0.5\n";
        assert!(differences(SWEEP, turned).is_empty());
        let short = "layer,group,draw,gain,tp,f1\nconv1,random,0,0,7,0.75\n";
        assert_eq!(differences(SWEEP, short), ["row layer=conv1, group=selective is missing in the second"]);
        assert_eq!(differences(short, SWEEP), ["row layer=conv1, group=selective is missing in the first"]);
    }

    #[test]
    fn columns_are_matched_by_name_and_missing_ones_are_named() {
        let fewer = "layer,group,draw,gain,tp\nconv1,selective,,0,5\nconv1,random,0,0,7\n";
        assert_eq!(differences(SWEEP, fewer), ["column f1 is missing in the second"]);
        assert_eq!(differences(fewer, SWEEP), ["column f1 is missing in the first"]);
    }

    #[test]
    fn rows_that_nothing_tells_apart_are_compared_in_order() {
        assert_eq!(
            differences("f1\n1.5\n2.5\n", "f1\n1.5\n3.5\n3.5\n"),
            ["row 3 is missing in the first", "f1 is 2.5 and 3.5 in row 2"]
        );
    }

    #[test]
    fn only_the_first_differences_are_told_and_all_are_counted() {
        let many = |value: &str| {
            let rows: String = (0..9).map(|draw| format!("{draw},{value}\n")).collect();
            format!("draw,f1\n{rows}")
        };
        let found = compare_tables(&table(&many("0.5")), &table(&many("0.6")), 1e-4);
        assert_eq!((found.rows, found.cells, found.differences, found.told.len()), (9, 18, 9, TOLD));
        let comparison = Comparison { tables: vec![("sweep".into(), found)] };
        let text = comparison.to_string();
        assert!(text.contains("and 4 more") && text.ends_with("different: 1 of 1 tables, 9 differences"), "{text}");
        assert!(!comparison.is_equal());
    }

    #[test]
    fn folders_are_compared_table_by_table() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let write = |path: &str, text: &str| {
            let path = place.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
            std::fs::write(path, text).expect("writable");
        };
        let (a, b) = (place.path().join("a"), place.path().join("b"));
        write("a/tables/sweep.csv", SWEEP);
        assert!(compare(&a, &b, 0.0).expect_err("no second run").to_string().contains("b"));
        write("b/tables/sweep.csv", SWEEP);
        assert_eq!(compare(&a, &b, 0.0).expect("two runs").to_string(), "same      sweep: 2 rows\nsame: 1 tables");
        write("b/tables/tests.csv", "p\n0.5\n");
        let found = compare(&a, &b, 0.0).expect("two runs").to_string();
        assert!(found.contains("the table is missing in") && found.contains("different: 1 of 2 tables"), "{found}");
    }
}
