//! A table whose columns are known.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::columns::{label, listed};
use super::grid::{Grid, Origin, Row};
use super::headings::Block;
use super::number::other_reading;
use super::{Source, parse_number};
use crate::categories::Scale;
use crate::error::StimuliError;

/// A table whose columns are known.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// The file.
    pub path: PathBuf,
    /// The sheet; `None` for text.
    pub sheet: Option<String>,
    /// Where the rows come from.
    pub origin: Origin,
    /// The headings, those of several rows joined.
    pub headings: Vec<String>,
    /// Number of the row of the headings; `None` where there are none.
    pub heading_row: Option<usize>,
    /// The rows below.
    pub rows: Vec<Row>,
    /// The columns, by key.
    pub columns: BTreeMap<&'static str, usize>,
    /// What is in the file and was not read, one sentence each.
    pub remarks: Vec<String>,
}

impl Table {
    /// The table of a block, if nothing in it speaks against its headings.
    pub(super) fn new(source: &Source, grid: &Grid, block: Block) -> Result<Self, StimuliError> {
        let mut table = Self {
            path: source.path.clone(),
            sheet: (!grid.origin.is_text()).then(|| grid.name.clone()),
            origin: grid.origin,
            headings: block.headings,
            heading_row: block.row,
            rows: grid.rows[block.rows].to_vec(),
            columns: block.resolution.found,
            remarks: Vec::new(),
        };
        table.take_row_names();
        table.refuse_leftovers()?;
        table.remark_on_leftovers();
        for doubt in block.resolution.doubts {
            let labels: Vec<String> = doubt.columns.iter().map(|column| label(&table.headings, *column)).collect();
            let key = doubt.key;
            table
                .remarks
                .push(format!("no {key} was read: it may be {}; columns.{key} says which", labels.join(" or ")));
        }
        if let Some(encoding) = source.guessed {
            table.remarks.push(format!("read as {encoding}; where letters look wrong, set encoding = \"…\""));
        }
        Ok(table)
    }

    /// Position of a column that may be missing.
    pub(crate) fn column(&self, key: &str) -> Option<usize> {
        self.columns.get(key).copied()
    }

    /// Position of a column that must be there.
    pub(crate) fn required(&self, key: &str) -> Result<usize, StimuliError> {
        self.column(key)
            .ok_or_else(|| self.error(format!("no column '{key}'; the columns are {}", listed(&self.headings))))
    }

    /// Where the table was found and which columns were read, for a person.
    pub(crate) fn reading(&self) -> String {
        let file = self.path.file_name().unwrap_or_default().to_string_lossy();
        let sheet = self.sheet.as_ref().map_or(String::new(), |sheet| format!(", sheet '{sheet}'"));
        let headings =
            self.heading_row.map_or(", columns by position".into(), |row| format!(", headings in row {row}"));
        let name = |column: usize| match self.heading_row {
            Some(_) => label(&self.headings, column),
            None => format!("column {}", column + 1),
        };
        let columns = self.columns.iter().map(|(key, column)| format!("{key} {}", name(*column)));
        format!("read from {file}{sheet}{headings}: {}", columns.collect::<Vec<_>>().join(", "))
    }

    /// The error for a cell that cannot be used.
    pub(crate) fn cell_error(&self, row: &Row, column: usize, reason: impl Into<String>) -> StimuliError {
        let heading = self.headings.get(column).filter(|heading| !heading.is_empty()).cloned();
        StimuliError::Cell {
            path: self.path.clone(),
            row: row.number,
            column: heading.unwrap_or_else(|| (column + 1).to_string()),
            value: row.cell(column).to_owned(),
            reason: reason.into(),
        }
    }

    /// The text in a cell, which must be no date and no formula without result.
    pub(crate) fn value<'a>(&self, row: &'a Row, column: usize) -> Result<&'a str, StimuliError> {
        match row.fault(column) {
            Some(fault) => Err(self.cell_error(row, column, fault.reason())),
            None => Ok(row.cell(column)),
        }
    }

    /// The number in a cell; `None` for a missing value or no such column.
    pub(crate) fn number(&self, row: &Row, column: Option<usize>) -> Result<Option<f64>, StimuliError> {
        let Some(column) = column else { return Ok(None) };
        parse_number(self.value(row, column)?).map_err(|reason| self.cell_error(row, column, reason))
    }

    /// The rating in a cell, which must lie on the scale, and on it in one reading only.
    pub(crate) fn rating(&self, row: &Row, column: usize, scale: Option<Scale>) -> Result<Option<f64>, StimuliError> {
        let rating = self.number(row, Some(column))?;
        let (Some(value), Some([low, high])) = (rating, scale) else { return Ok(rating) };
        let on_scale = |value: f64| (low..=high).contains(&value);
        let cell = row.cell(column);
        if let Some(other) = other_reading(cell).filter(|other| on_scale(*other) && self.marks_thousands(cell, column))
        {
            let reason = format!("may be {value} or {other}; write it without a mark for thousands, in every row");
            return Err(self.cell_error(row, column, reason));
        }
        if !on_scale(value) {
            let reason = format!("lies outside the rating scale {low}–{high}; correct the cell, or set 'scale'");
            return Err(self.cell_error(row, column, reason));
        }
        Ok(rating)
    }

    /// Whether the mark in this cell may stand before thousands: a comma always may, a point where other rows of the
    /// column have decimal commas.
    fn marks_thousands(&self, cell: &str, column: usize) -> bool {
        self.origin.is_text() && (cell.contains(',') || self.rows.iter().any(|row| row.cell(column).contains(',')))
    }

    /// The error for a table as a whole.
    pub(crate) fn error(&self, reason: impl Into<String>) -> StimuliError {
        StimuliError::Table { path: self.path.clone(), reason: reason.into() }
    }
}
