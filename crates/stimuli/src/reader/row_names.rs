//! R's `write.table` names the rows and gives that column no heading: every row has one cell more than there are
//! headings.

use super::Table;
use super::grid::{Origin, Row};
use super::leftovers::commas_may_be_decimal;
use super::parse_number;

impl Table {
    /// Gives the column of row names an empty heading, if that is what the extra cell of every row is.
    pub(super) fn take_row_names(&mut self) {
        let headings = self.headings.len();
        let Origin::Text(delimiter) = self.origin else { return };
        let one_more = !self.rows.is_empty() && self.rows.iter().all(|row| row.cells.len() == headings + 1);
        // Delimiters at the ends of all rows look the same but for the last cell.
        let ends_filled = self.rows.iter().any(|row| !row.cell(headings).is_empty());
        let named = self.headings.iter().all(|heading| !heading.is_empty());
        let decimal = delimiter == ',' && self.rows.iter().any(|row| commas_may_be_decimal(row, self.numbered()));
        if one_more && ends_filled && named && self.heading_row.is_some() && !decimal && self.pictures_stay() {
            self.headings.insert(0, String::new());
            self.columns.values_mut().for_each(|column| *column += 1);
        }
    }

    /// Whether what the heading of the pictures names is still pictures when it moves by one column: no numbers, which a
    /// rating would be, unless the rows begin with 1, 2, 3 and so on.
    fn pictures_stay(&self) -> bool {
        let pictures = ["path", "id", "picture", "group"].into_iter().find_map(|key| self.column(key));
        let is_number = |row: &Row, column: usize| matches!(parse_number(row.cell(column)), Ok(Some(_)));
        pictures.is_some_and(|column| self.numbered() || !self.rows.iter().all(|row| is_number(row, column + 1)))
    }

    /// Whether the rows begin with 1, 2, 3 and so on.
    fn numbered(&self) -> bool {
        let is = |(at, row): (usize, &Row)| row.cell(0) == (at + 1).to_string();
        self.rows.iter().enumerate().all(is)
    }
}
