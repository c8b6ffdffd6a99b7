//! What a table holds beside its columns: more cells than headings, columns without a heading, rows within a cell.

use super::Table;
use super::columns::listed;
use super::grid::{Origin, Row};

impl Table {
    /// Refuses what speaks against the headings.
    pub(super) fn refuse_leftovers(&self) -> Result<(), crate::error::StimuliError> {
        let Origin::Text(delimiter) = self.origin else { return Ok(()) };
        let last = self.headings.iter().rposition(|heading| !heading.is_empty());
        let Some(headings) = last.map(|last| last + 1).filter(|_| self.heading_row.is_some()) else { return Ok(()) };
        // A cell under an empty heading is one of a column without a name, unless a decimal comma put it there.
        let speaks_against = |row: &&Row| {
            let numbers = delimiter == ',' && decimal_pair(row, 0).is_some();
            row.width() > self.headings.len() || row.width() > headings && numbers
        };
        if let Some(row) = self.rows.iter().find(speaks_against) {
            return Err(self.error(surplus(row, headings, &self.headings, delimiter)));
        }
        let swallowed = |row: &&Row| row.lines.len() > 1 && row.lines.iter().all(|cells| *cells == self.headings.len());
        if let Some(row) = self.rows.iter().find(swallowed) {
            let (first, count) = (row.number, row.lines.len());
            return Err(self.error(format!(
                "row {first}: a quotation mark opens here and closes in row {}, so that {count} lines are one row; but each \
                 of them would be a whole row by itself. Take out the quotation marks that mean nothing, or double them",
                first + count - 1
            )));
        }
        match self.uneven() {
            Some(row) => Err(self.error(uneven(row, &self.headings))),
            None => Ok(()),
        }
    }

    /// The first row with more or fewer cells than there are headings, unless all have equally many more: then there is
    /// a column without a heading. Footnotes are one cell.
    fn uneven(&self) -> Option<&Row> {
        let rows = || self.rows.iter().filter(|row| row.filled() > 1);
        let first = rows().next()?.cells.len();
        let all_alike = first >= self.headings.len() && rows().all(|row| row.cells.len() == first);
        rows().find(|row| !all_alike && row.cells.len() != self.headings.len())
    }

    /// Names the columns that have data and no heading. The first column often holds the numbers of the rows.
    pub(super) fn remark_on_leftovers(&mut self) {
        if self.heading_row.is_none() {
            return;
        }
        let used: Vec<usize> = self.columns.values().copied().collect();
        let width = self.rows.iter().map(Row::width).max().unwrap_or(0);
        for column in (1..width).filter(|column| !used.contains(column)) {
            let empty = self.headings.get(column).is_none_or(String::is_empty);
            let filled: Vec<&Row> = self.rows.iter().filter(|row| !row.cell(column).is_empty()).collect();
            if let Some(first) = filled.first().filter(|_| empty) {
                self.remarks.push(format!(
                    "column {} has no heading and was not read: {} cells, the first '{}' in row {}",
                    column + 1,
                    filled.len(),
                    first.cell(column),
                    first.number
                ));
            }
        }
    }
}

/// Whether two cells side by side may be one number with a decimal comma; the first cell is left out where it is the
/// number of the row.
pub(super) fn commas_may_be_decimal(row: &Row, numbered: bool) -> bool {
    decimal_pair(row, usize::from(numbered)).is_some()
}

fn decimal_pair(row: &Row, from: usize) -> Option<(&str, &str)> {
    let digits = |cell: &str| !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit());
    let whole = |cell: &str| digits(cell.strip_prefix(['-', '\u{2212}']).unwrap_or(cell));
    let cells = row.cells.get(from..)?;
    cells.windows(2).find(|pair| whole(&pair[0]) && digits(&pair[1])).map(|pair| (pair[0].as_str(), pair[1].as_str()))
}

/// The message for a row with another number of cells than there are headings.
fn uneven(row: &Row, names: &[String]) -> String {
    let (number, cells, headings) = (row.number, row.cells.len(), names.len());
    let remedy = match cells < headings {
        true => "a cell is missing, and nothing says which; write every cell, an empty one too, between its delimiters",
        false => "one is too many, and nothing says which; put cells that hold the delimiter in quotation marks",
    };
    format!("row {number}: {cells} cells stand under {headings} headings ({}): {remedy}", listed(names))
}

/// The message for a row with more values than there are headings.
fn surplus(row: &Row, headings: usize, names: &[String], delimiter: char) -> String {
    let (number, values) = (row.number, row.width());
    let counts = format!("row {number}: {values} values stand under {headings} headings ({})", listed(names));
    match decimal_pair(row, 0).filter(|_| delimiter == ',') {
        Some((one, other)) => format!(
            "{counts}. Is the comma in '{one},{other}' a decimal comma, or does it part the values {one} and {other}? Save \
             the table with semicolons or tabs, or with decimal points; or give every column a heading"
        ),
        None => format!(
            "{counts}, so it is unclear which value belongs to which; put cells that hold the delimiter in quotation \
             marks, or give every column a heading"
        ),
    }
}
