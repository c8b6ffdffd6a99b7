//! Delimited text: line endings, delimiters, quotation marks.

use super::cells::{Quotes, cells, quotes, tidy};
use super::grid::{Grid, Origin, Row};

/// The delimiters that are tried, in this order, so that commas within a tab-separated description do no harm. A space
/// comes last: it separates the cells of R's `write.table`, and words everywhere else.
const DELIMITERS: [(char, &str); 5] = [
    ('\t', "tab-separated"),
    (';', "semicolon-separated"),
    (',', "comma-separated"),
    ('|', "bar-separated"),
    (' ', "space-separated"),
];
/// Over how many lines a cell in quotation marks may reach.
const MAX_LINES: usize = 100;

/// The text under every delimiter that occurs in it; a text without any is one column.
pub(super) fn grids(text: &str) -> Vec<Grid> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').collect();
    let grid = |(delimiter, name): (char, &str)| Grid {
        name: name.into(),
        origin: Origin::Text(delimiter),
        rows: rows(&lines, delimiter),
    };
    let found: Vec<Grid> =
        DELIMITERS.into_iter().filter(|(delimiter, _)| text.contains(*delimiter)).map(grid).collect();
    if found.is_empty() { vec![grid(('\t', "one column"))] } else { found }
}

fn rows(lines: &[&str], delimiter: char) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let (count, text, quoting) = record(&lines[at..], delimiter);
        let mut row = Row { number: at + 1, cells: cells(&text, delimiter, quoting), ..Row::default() };
        if count > 1 {
            // What each line would be by itself, should its quotation mark be a stray one.
            let alone = lines[at..at + count].iter().map(|line| cells(line, delimiter, false).len());
            row.lines = alone.collect();
        }
        if row.filled() > 0 {
            rows.push(row);
        }
        at += count;
    }
    rows
}

/// The record that begins with the first of these lines: how many lines it has, its text, and whether its quotation
/// marks are such.
///
/// A mark that never closes is an ordinary character: descriptions hold stray ones, and taking them for the start of a
/// cell of many lines would swallow the rows below.
fn record(lines: &[&str], delimiter: char) -> (usize, String, bool) {
    let first = tidy(lines[0], delimiter);
    let mut text = first.clone();
    for count in 1..=lines.len().min(MAX_LINES) {
        if count > 1 {
            text = text + "\n" + &tidy(lines[count - 1], delimiter);
        }
        match quotes(&text, delimiter) {
            Quotes::Closed => return (count, text, true),
            Quotes::Stray if count == 1 => return (1, text, true),
            Quotes::Stray => break,
            Quotes::Open => {}
        }
    }
    (1, first, false)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<Vec<String>> {
        grids(text).remove(0).rows.into_iter().map(|row| row.cells).collect()
    }

    #[test]
    fn every_line_ending_gives_the_same_rows() {
        let expected = vec![vec!["a".to_owned(), "b".into()], vec!["1".into(), "2".into()]];
        for text in ["a,b\n1,2\n", "a,b\r\n1,2\r\n", "a,b\r1,2\r", "a,b\r\r1,2"] {
            assert_eq!(read(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_cell_in_quotes_may_hold_line_breaks_and_a_stray_quote_swallows_nothing() {
        assert_eq!(read("a,\"one\ntwo, \"\"three\"\"\"\nb,4"), [["a", "one\ntwo, \"three\""], ["b", "4"]]);
        assert_eq!(read("\"Couple\t1\nDog\t2")[..2], [["\"Couple", "1"], ["Dog", "2"]]);
        assert_eq!(read("\"Couple\t1\nDog \"x\"\t2")[1], ["Dog \"x\"", "2"]);
    }

    #[test]
    fn rows_are_numbered_as_an_editor_shows_them() {
        let rows = grids("\n\na,b\n\n\"1\n\",2\n3,4").remove(0).rows;
        assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [3, 5, 7]);
    }

    proptest! {
        #[test]
        fn quoted_cells_read_back(written in prop::collection::vec("[a-z \",;\n]{0,8}", 1..6)) {
            let cells: Vec<String> = written.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
            let rows = rows(&format!("{}\nnext", cells.join(",")).split('\n').collect::<Vec<_>>(), ',');
            // Spaces beside a mark or at the end of a line are not kept.
            let bare = |cell: &str| cell.trim().replace(' ', "");
            let expected: Vec<String> = written.iter().map(|cell| bare(cell)).collect();
            if expected.iter().any(|cell| !cell.is_empty()) {
                prop_assert_eq!(rows[0].cells.iter().map(|cell| bare(cell)).collect::<Vec<_>>(), expected);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "[a1,;\"\n\r\\\\ \t]{0,80}") {
            grids(&text);
        }
    }
}
