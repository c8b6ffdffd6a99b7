//! Tables as CSV.
//!
//! Words that a spreadsheet program would take for a formula are written with one apostrophe in front, such as a picture
//! called `=cmd|'/c calc'!A0`; words that begin with an apostrophe get one more, so that taking away the first gives every
//! word back (<https://owasp.org/www-community/attacks/CSV_Injection>).

use crate::{Column, Table, TableError};

/// The table as comma-separated text with a header.
///
/// # Errors
/// The writer ran out of memory.
pub fn to_csv(table: &Table) -> Result<Vec<u8>, TableError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(table.columns.iter().map(|(name, _)| name))?;
    for row in 0..table.rows() {
        writer.write_record(table.columns.iter().map(|(_, column)| cell(column, row)))?;
    }
    writer.into_inner().map_err(|error| TableError::Csv(error.into_error().into()))
}

/// The shortest decimal that reads back to the same float, as Python writes it. Readers take a column's kind from its first
/// rows, so that a whole number keeps its `.0`: Polars 2.1 takes 0, 0, 0.5 after 100 rows for a damaged column of integers.
/// Numbers below 1e-4 have an exponent: pandas up to 3.0 keeps 17 digits counting the zeros after the point, and reads
/// 0.000000000000000000012 as 0.
fn cell(column: &Column, row: usize) -> String {
    match column {
        Column::Text(values) => harmless(&values[row]),
        Column::Integer(values) => values[row].map(|number| number.to_string()).unwrap_or_default(),
        Column::Number(values) => values[row].map(|number| format!("{number:?}")).unwrap_or_default(),
        Column::Flag(values) => values[row].to_string(),
    }
}

/// What formulas begin with, in the programs that run them.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];
const MARK: char = '\'';

/// A word as no spreadsheet program runs it.
fn harmless(word: &str) -> String {
    if word.starts_with(FORMULA) || word.starts_with(MARK) { format!("{MARK}{word}") } else { word.into() }
}

/// The word that a cell of a text column stands for.
pub fn word(cell: &str) -> &str {
    cell.strip_prefix(MARK).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_are_no_formulas_and_read_back(text in "[=+@'\t\r-]{0,3}.*") {
            let written = harmless(&text);
            prop_assert!(!written.starts_with(FORMULA));
            prop_assert_eq!(word(&written), text);
        }
    }

    #[test]
    fn numbers_keep_their_sign_and_words_their_letters() {
        let text = |word: &str| cell(&Column::Text(vec![word.into()]), 0);
        assert_eq!([text("=1+1"), text("-x"), text("'"), text("a=b"), text("")], ["'=1+1", "'-x", "''", "a=b", ""]);
        assert_eq!(cell(&Column::Number(vec![Some(-1.5)]), 0), "-1.5");
    }

    #[test]
    fn a_number_is_never_taken_for_an_integer_and_a_small_one_keeps_its_digits() {
        let written = |number: f64| cell(&Column::Number(vec![Some(number)]), 0);
        for (number, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (100.0, "100.0"),
            (-2.5, "-2.5"),
            (0.0001, "0.0001"),
            (0.000_099, "9.9e-5"),
            (1.2e-20, "1.2e-20"),
            (1e16, "1e16"),
            (f64::MAX, "1.7976931348623157e308"),
        ] {
            assert_eq!(written(number), text);
        }
        assert_eq!(cell(&Column::Integer(vec![Some(3), None]), 0), "3");
    }
}
