//! Where the headings of a grid stand: on any of the first rows, over one to three rows, once or several times.

use super::columns::{Fit, Resolution, Wanted};
use super::grid::{Grid, Row};
use super::number::parse_number;

/// How many rows may stand above the headings.
pub(super) const MAX_PREAMBLE: usize = 50;
/// Over how many rows headings may be spread.
const MAX_DEPTH: usize = 3;

/// Headings with the rows below them.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// The headings, one per column; those of several rows joined.
    pub headings: Vec<String>,
    /// Number of the row of the headings, the last where there are several; `None` where there are none.
    pub row: Option<usize>,
    /// The rows below, as positions in the grid.
    pub rows: std::ops::Range<usize>,
    /// The columns.
    pub resolution: Resolution,
    /// Whether they are what is wanted.
    pub fit: Fit,
}

impl Block {
    /// A block without headings, from that row of a grid on; `columns` are given by key, position and name.
    pub(crate) fn by_position(grid: &Grid, first: usize, columns: &[(&'static str, usize, &str)]) -> Self {
        let width = columns.iter().map(|(_, column, _)| column + 1).max().unwrap_or(0);
        let mut headings = vec![String::new(); width];
        for (_, column, name) in columns {
            headings[*column] = (*name).into();
        }
        let found = columns.iter().map(|(key, column, _)| (*key, *column)).collect();
        let resolution = Resolution { found, ..Resolution::default() };
        Self { headings, row: None, rows: first..grid.rows.len(), resolution, fit: Fit::Whole }
    }

    /// The rows above a row of a grid that are words in more than one cell, joined.
    pub(crate) fn headings_above(grid: &Grid, first: usize) -> Vec<String> {
        let above = grid.rows[..first].iter().rev().take(MAX_DEPTH);
        let depth = above.take_while(|row| is_words(row) && row.filled() > 1).count();
        joined(&grid.rows[first - depth..first])
    }
}

/// Every block of a grid whose headings have what is wanted, if only in doubt.
pub(super) fn blocks(grid: &Grid, wanted: &Wanted) -> Vec<Block> {
    if wanted.by_position() {
        return positional(grid, wanted).into_iter().collect();
    }
    let mut blocks: Vec<(usize, usize, Block)> = Vec::new();
    for (at, row) in grid.rows.iter().enumerate() {
        if blocks.is_empty() && at >= MAX_PREAMBLE || !is_words(row) {
            continue;
        }
        let again = blocks.first().is_some_and(|(first, ..)| grid.rows[*first].cells == row.cells);
        let found = block(grid, wanted, at);
        if again || found.fit != Fit::No {
            let depth = blocks.first().filter(|_| again).map_or(found.depth, |(_, depth, _)| *depth);
            let (headings, resolution) = read(grid, wanted, at, depth);
            let fit = wanted.fit(&resolution);
            let block = Block { headings, row: Some(row.number), rows: at + 1..grid.rows.len(), resolution, fit };
            blocks.push((at, depth, block));
        }
    }
    // A block ends where the headings of the next begin, titles of a single cell included.
    for next in (1..blocks.len()).rev() {
        let mut end = blocks[next].0 + 1 - blocks[next].1;
        let start = blocks[next - 1].0 + 1;
        while end > start && grid.rows[end - 1].filled() <= 1 {
            end -= 1;
        }
        blocks[next - 1].2.rows.end = end.max(start);
    }
    blocks.into_iter().map(|(.., block)| block).collect()
}

/// The headings that come nearest to what is wanted, for a message: those that name most columns, else the first row
/// that is all words.
pub(super) fn nearest(grid: &Grid, wanted: &Wanted) -> Option<Block> {
    let rows = grid.rows.iter().enumerate().take(MAX_PREAMBLE).filter(|(_, row)| is_words(row) && row.filled() > 1);
    let known = |block: &Block| block.resolution.found.len() + block.resolution.doubts.len();
    let mut best: Option<Block> = None;
    for (at, row) in rows {
        for depth in depths(grid, at) {
            let (headings, resolution) = read(grid, wanted, at, depth);
            let block = Block { headings, row: Some(row.number), rows: 0..0, resolution, fit: Fit::No };
            if best.as_ref().is_none_or(|best| known(&block) > known(best)) {
                best = Some(block);
            }
        }
    }
    best
}

struct Found {
    depth: usize,
    fit: Fit,
}

/// The fewest rows of headings that give what is wanted; where all leave doubts, the most.
fn block(grid: &Grid, wanted: &Wanted, at: usize) -> Found {
    let mut best = Found { depth: 1, fit: Fit::No };
    for depth in depths(grid, at) {
        let fit = wanted.fit(&read(grid, wanted, at, depth).1);
        match fit {
            Fit::Whole => return Found { depth, fit },
            Fit::InDoubt => best = Found { depth, fit },
            Fit::No => {}
        }
    }
    best
}

/// How many rows of headings may end at this one: those above it that are words in more than one cell.
fn depths(grid: &Grid, at: usize) -> std::ops::RangeInclusive<usize> {
    let above = grid.rows[..at].iter().rev().take(MAX_DEPTH - 1);
    1..=1 + above.take_while(|row| is_words(row) && row.filled() > 1).count()
}

fn read(grid: &Grid, wanted: &Wanted, at: usize, depth: usize) -> (Vec<String>, Resolution) {
    let headings = joined(&grid.rows[at + 1 - depth..=at]);
    let resolution = wanted.resolve(&headings);
    (headings, resolution)
}

/// Headings over several rows as one: `All`, `Valence` and `M` become `All Valence M`. A heading above others reaches
/// over the empty cells to its right, as merged cells do.
pub(super) fn joined(rows: &[Row]) -> Vec<String> {
    // Empty cells at the end count: they are columns whose heading is empty.
    let width = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let mut headings = vec![Vec::new(); width];
    for (level, row) in rows.iter().enumerate() {
        let mut last = "";
        for (column, heading) in headings.iter_mut().enumerate() {
            let cell = row.cell(column);
            if !cell.is_empty() || level + 1 == rows.len() {
                last = cell;
            }
            if !last.is_empty() && heading.last() != Some(&last) {
                heading.push(last);
            }
        }
    }
    headings.into_iter().map(|parts: Vec<&str>| parts.join(" ")).collect()
}

/// Whether no cell is a number, a date or a formula without result: those are data.
pub(super) fn is_words(row: &Row) -> bool {
    row.faults.is_empty() && !row.cells.iter().any(|cell| matches!(parse_number(cell), Ok(Some(_))))
}

/// The table whose columns the user gives by position: from the first number on, under the row of words above it.
fn positional(grid: &Grid, wanted: &Wanted) -> Option<Block> {
    let width = grid.rows.iter().map(Row::width).max()?;
    let last = wanted.resolve(&vec![String::new(); width]).found.into_values().max()?;
    let first = grid.rows.iter().take(MAX_PREAMBLE).position(|row| row.width() > last && !is_words(row))?;
    let above = first.checked_sub(1).map(|at| &grid.rows[at]).filter(|row| row.filled() > 1);
    let mut headings = above.map_or(Vec::new(), |row| row.cells.clone());
    headings.resize(width.max(headings.len()), String::new());
    let resolution = wanted.resolve(&headings);
    let fit = wanted.fit(&resolution);
    let row = above.map(|row| row.number);
    (fit != Fit::No).then_some(Block { headings, row, rows: first..grid.rows.len(), resolution, fit })
}
