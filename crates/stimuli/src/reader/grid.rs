//! What every file becomes first: rows of cells, without knowledge of what they mean.

use serde::{Deserialize, Serialize};

/// One row of cells, trimmed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    /// The row as an editor or spreadsheet program counts it, from 1.
    pub number: usize,
    /// The cells.
    pub cells: Vec<String>,
    /// Cells that a spreadsheet program shows in another way than its file stores them, by position.
    pub faults: Vec<(usize, Fault)>,
    /// Where quotation marks hold line breaks: how many cells each line would have by itself.
    pub lines: Vec<usize>,
}

/// Why a cell of a workbook is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Fault {
    /// A date or a time.
    Date,
    /// A formula without a result.
    Formula,
}

/// One way to read a file: a sheet of a workbook, or a text under one delimiter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Grid {
    /// The name of the sheet; for text, the delimiter in words.
    pub name: String,
    /// Where the rows come from.
    pub origin: Origin,
    /// Every row that has a cell with something in it.
    pub rows: Vec<Row>,
}

/// Where the rows of a grid come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Origin {
    /// A text with this character between the cells.
    Text(char),
    /// A sheet that a spreadsheet program shows.
    Sheet,
    /// A sheet that it hides.
    HiddenSheet,
}

impl Origin {
    /// Whether the rows are those of a text.
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Self::Text(_))
    }
}

impl Fault {
    /// What is wrong with the cell, and the remedy.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Date => {
                "is a date: a spreadsheet program has taken what was typed for one (5.12 becomes 5 December); write the \
                 value again, into cells formatted as text or as numbers"
            }
            Self::Formula => {
                "is a formula whose result is not stored in the file; open the file in a spreadsheet program and save it, \
                 or put the values in place of the formulas"
            }
        }
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

    /// What is wrong with the cell at that position.
    pub(crate) fn fault(&self, column: usize) -> Option<Fault> {
        self.faults.iter().find(|(position, _)| *position == column).map(|(_, fault)| *fault)
    }

    /// How many cells have something in them. A footnote or a residue of another file format has one.
    pub(crate) fn filled(&self) -> usize {
        self.cells.iter().filter(|cell| !cell.is_empty()).count()
    }

    /// How many cells there are up to the last with something in it.
    pub(crate) fn width(&self) -> usize {
        self.cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1)
    }
}
