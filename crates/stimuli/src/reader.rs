//! Tables as researchers keep them: delimited text in any encoding and with any line ending, or a spreadsheet.
//!
//! Nothing is believed of a file name's extension, because `.xls` files are often text. Nothing is believed of the
//! first line either: the header is the first row that has the columns a caller asks for, under whichever delimiter
//! makes it so.

mod number;
mod text;
mod workbook;

use std::path::{Path, PathBuf};

use crate::error::StimuliError;

pub(crate) use number::parse_number;

/// The largest table that is read, in bytes; the real ones are below one megabyte.
const MAX_FILE_BYTES: u64 = 64 << 20;
/// How many rows may stand above the header.
const MAX_PREAMBLE: usize = 50;

/// One row of cells, trimmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The row as an editor or spreadsheet program counts it, from 1.
    pub number: usize,
    /// The cells.
    pub cells: Vec<String>,
}

/// One way to read a file: a sheet of a workbook, or a text under one delimiter.
#[derive(Clone, Debug)]
pub(crate) struct Sheet {
    /// The name of the sheet; for text, the delimiter in words.
    pub name: String,
    /// Every row that has a cell with something in it.
    pub rows: Vec<Row>,
}

/// A file of rows that has been read, but whose header has not been found yet.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// The file.
    pub path: PathBuf,
    /// Every way to read it.
    pub sheets: Vec<Sheet>,
}

/// A table whose header has been found.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// The file.
    pub path: PathBuf,
    /// The header as written.
    pub header: Vec<String>,
    /// The rows below it.
    pub rows: Vec<Row>,
}

/// Reads every sheet of a workbook, or a text under every delimiter.
pub(crate) fn open(path: &Path) -> Result<Source, StimuliError> {
    let failed = |source| StimuliError::Io { path: path.to_owned(), source };
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > MAX_FILE_BYTES {
        let reason = format!("{} MiB is too large for a table of ratings; is it the right file?", size >> 20);
        return Err(StimuliError::Table { path: path.to_owned(), reason });
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    let sheets = if workbook::is_workbook(&bytes) {
        workbook::sheets(bytes).map_err(|reason| StimuliError::Table { path: path.to_owned(), reason })?
    } else {
        text::sheets(&text::decode(&bytes))
    };
    Ok(Source { path: path.to_owned(), sheets })
}

impl Source {
    /// The table under the first header row that satisfies `is_header`, which gets the normalised column names.
    ///
    /// `wanted` names the columns in the error message when there is none.
    pub(crate) fn table(&self, wanted: &str, is_header: impl Fn(&[String]) -> bool) -> Result<Table, StimuliError> {
        for sheet in &self.sheets {
            let found = sheet.rows.iter().take(MAX_PREAMBLE).position(|row| {
                let names: Vec<String> = row.cells.iter().map(|cell| normalise(cell)).collect();
                is_header(&names)
            });
            if let Some(index) = found {
                let header = sheet.rows[index].cells.clone();
                return Ok(Table { path: self.path.clone(), header, rows: sheet.rows[index + 1..].to_vec() });
            }
        }
        Err(self.no_header(wanted))
    }

    fn no_header(&self, wanted: &str) -> StimuliError {
        let start: Vec<&str> = self.sheets.iter().filter_map(|sheet| sheet.rows.first()).map(first_cell).collect();
        let start: String = start.into_iter().max_by_key(|cell| cell.len()).unwrap_or("").chars().take(80).collect();
        let reason = format!(
            "no header row with {wanted} among the first {MAX_PREAMBLE} rows (the file begins with '{start}'); is it \
             the right file, and the right kind of set?"
        );
        StimuliError::Table { path: self.path.clone(), reason }
    }
}

impl Table {
    /// Position of the first column that has one of these normalised names, in the order of the names.
    pub(crate) fn column(&self, names: &[&str]) -> Option<usize> {
        column(&self.header.iter().map(|cell| normalise(cell)).collect::<Vec<_>>(), names)
    }

    /// The error for a cell that cannot be used.
    pub(crate) fn cell_error(&self, row: &Row, column: usize, reason: impl Into<String>) -> StimuliError {
        StimuliError::Cell {
            path: self.path.clone(),
            row: row.number,
            column: self.header.get(column).cloned().unwrap_or_default(),
            value: row.cell(column).to_owned(),
            reason: reason.into(),
        }
    }

    /// The number in a cell; `None` for a missing value or no such column.
    pub(crate) fn number(&self, row: &Row, column: Option<usize>) -> Result<Option<f64>, StimuliError> {
        let Some(column) = column else { return Ok(None) };
        parse_number(row.cell(column)).map_err(|reason| self.cell_error(row, column, reason))
    }

    /// The error for a table as a whole.
    pub(crate) fn error(&self, reason: impl Into<String>) -> StimuliError {
        StimuliError::Table { path: self.path.clone(), reason: reason.into() }
    }
}

impl Row {
    /// The cell at that position; empty beyond the end of the row.
    pub(crate) fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }

    /// The cell as text for a person; `None` where it is empty.
    pub(crate) fn text(&self, column: Option<usize>) -> Option<String> {
        column.map(|column| self.cell(column)).filter(|cell| !cell.is_empty()).map(str::to_owned)
    }

    /// How many cells have something in them. A footnote or a residue of another file format has one.
    pub(crate) fn filled(&self) -> usize {
        self.cells.iter().filter(|cell| !cell.is_empty()).count()
    }
}

/// Position of the first of these names among normalised column names.
pub(crate) fn column(header: &[String], names: &[&str]) -> Option<usize> {
    names.iter().find_map(|name| header.iter().position(|cell| cell == name))
}

/// A column name without case, spaces and punctuation: `Valence_mean`, `valence mean` and `Valence.Mean` are one. The
/// control words that RTF puts in front of a line (`\f0\fs24 \cf0 desc`) are dropped.
fn normalise(cell: &str) -> String {
    let mut parts = cell.split('\\');
    let mut text = parts.next().unwrap_or("").to_owned();
    parts.for_each(|part| text.push_str(part.trim_start_matches(|c: char| c.is_ascii_alphanumeric())));
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn first_cell(row: &Row) -> &str {
    row.cells.iter().map(String::as_str).find(|cell| !cell.is_empty()).unwrap_or("")
}
