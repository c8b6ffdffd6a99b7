//! Tables as researchers keep them: delimited text in any encoding and with any line ending, or a spreadsheet.
//!
//! A file becomes grids (a sheet of a workbook, or a text under one delimiter), a grid's headings become columns, and
//! the columns with the rows below become a [`Table`]. Nothing is believed of a file name's extension, because `.xls`
//! files are often text. Nothing is believed of the first line either: the headings are the first rows that have the
//! columns a caller wants. Where two readings are possible, none is chosen: the error names both.

mod cells;
mod child;
mod choice;
mod columns;
mod encoding;
mod grid;
mod headings;
mod leftovers;
mod number;
mod row_names;
mod table;
mod text;
mod words;
mod workbook;

use std::path::{Path, PathBuf};

use crate::error::StimuliError;

pub use child::read_workbooks_in_a_child;
pub(crate) use columns::{By, Need, Role, Wanted, fault as columns_fault};
pub(crate) use encoding::fault as encoding_fault;
pub(crate) use grid::{Grid, Row};
pub(crate) use headings::Block;
pub(crate) use number::parse_number;
pub(crate) use table::Table;
pub(crate) use words::{Word, mentions_rating, spread_of};

/// The largest table that is read, in bytes; the real ones are below one megabyte.
const MAX_FILE_BYTES: u64 = 64 << 20;

/// A file of rows that has been read, but whose headings have not been found yet.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// The file.
    pub path: PathBuf,
    /// The sheets of a workbook, or the text under every delimiter.
    pub grids: Vec<Grid>,
    /// The encoding that was guessed for a text that is neither Unicode nor named by the user.
    pub guessed: Option<&'static str>,
}

/// Reads every sheet of a workbook, or a text under every delimiter; `encoding` is the name that the user gives.
pub(crate) fn open(path: &Path, encoding: Option<&str>) -> Result<Source, StimuliError> {
    let failed = |source| StimuliError::Io { path: path.to_owned(), source };
    let fault = |reason: String| StimuliError::Table { path: path.to_owned(), reason };
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > MAX_FILE_BYTES {
        return Err(fault(format!("{} MiB is too large for a table of ratings; is it the right file?", size >> 20)));
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    if !workbook::is_workbook(&bytes) {
        let (text, guessed) = encoding::decode(&bytes, encoding).map_err(fault)?;
        return Ok(Source { path: path.to_owned(), grids: text::grids(&text), guessed });
    }
    if let Some(encoding) = encoding {
        return Err(fault(format!("this is a workbook, which has no encoding; take out encoding = \"{encoding}\"")));
    }
    Ok(Source { path: path.to_owned(), grids: child::grids(bytes).map_err(fault)?, guessed: None })
}
