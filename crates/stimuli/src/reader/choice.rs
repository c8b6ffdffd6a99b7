//! Which of the tables in a file is meant. Where several could be, the user says so; none is taken for being the first.

use super::columns::{Doubt, Fit, Wanted, label, listed, name};
use super::grid::{Grid, Origin};
use super::headings::{self, Block, MAX_PREAMBLE};
use super::{Source, Table};
use crate::error::StimuliError;

/// A table that could be meant.
struct Candidate<'a> {
    /// Its name for the key `sheet`.
    name: String,
    grid: &'a Grid,
    block: Block,
}

impl Source {
    /// The table that has what is wanted. `sheet` names it where there are several; `without_headings` finds one in a
    /// grid that has no headings.
    pub(crate) fn table(
        &self,
        wanted: &Wanted,
        sheet: Option<&str>,
        without_headings: impl Fn(&Grid) -> Option<Block>,
    ) -> Result<Table, StimuliError> {
        let mut candidates = self.candidates(wanted, without_headings);
        if let Some(sheet) = sheet {
            candidates = self.named(candidates, wanted, sheet)?;
        }
        let (mut shown, hidden): (Vec<_>, Vec<_>) = candidates
            .into_iter()
            .partition(|candidate| sheet.is_some() || candidate.grid.origin != Origin::HiddenSheet);
        if shown.len() > 1 {
            return Err(self.error(several(&shown, wanted)));
        }
        let Some(Candidate { grid, block, .. }) = shown.pop() else {
            return Err(match hidden.first() {
                Some(first) => self.error(format!(
                    "only the hidden sheet '{0}' has {1}; show it and check it, or read it as it is: sheet = \"{0}\"",
                    first.name, wanted.words
                )),
                None => self.no_headings(&self.grids.iter().collect::<Vec<_>>(), wanted),
            });
        };
        if block.fit == Fit::InDoubt {
            return Err(self.doubtful(&block, wanted));
        }
        let mut table = Table::new(self, grid, block)?;
        let also = hidden.iter().map(|other| format!("the hidden sheet '{}' fits too and was not read", other.name));
        table.remarks.extend(also);
        Ok(table)
    }

    /// Every table that could be meant; of a text, under the first delimiter that gives one.
    fn candidates(&self, wanted: &Wanted, without_headings: impl Fn(&Grid) -> Option<Block>) -> Vec<Candidate<'_>> {
        let blocks = |grid: &Grid| {
            let found = headings::blocks(grid, wanted);
            if found.is_empty() { without_headings(grid).into_iter().collect() } else { found }
        };
        let mut found: Vec<(&Grid, Vec<Block>)> = self.grids.iter().map(|grid| (grid, blocks(grid))).collect();
        found.retain(|(_, blocks)| !blocks.is_empty());
        if found.first().is_some_and(|(grid, _)| grid.origin.is_text()) {
            let whole = |(_, blocks): &(&Grid, Vec<Block>)| blocks.iter().any(|block| block.fit == Fit::Whole);
            let best = found.iter().position(whole).unwrap_or(0);
            found = vec![found.swap_remove(best)];
        }
        found.into_iter().flat_map(|(grid, blocks)| candidates_of(grid, blocks)).collect()
    }

    /// Those of the candidates that have this name.
    fn named<'a>(
        &'a self,
        candidates: Vec<Candidate<'a>>,
        wanted: &Wanted,
        sheet: &str,
    ) -> Result<Vec<Candidate<'a>>, StimuliError> {
        let same = |name: &str| name.trim().eq_ignore_ascii_case(sheet.trim());
        let sheets: Vec<&Grid> = self.grids.iter().filter(|grid| !grid.origin.is_text()).collect();
        let all: Vec<String> = candidates.iter().map(|candidate| format!("'{}'", candidate.name)).collect();
        let named: Vec<Candidate> = candidates
            .into_iter()
            .filter(|one| same(&one.name) || !one.grid.origin.is_text() && same(&one.grid.name))
            .collect();
        if !named.is_empty() {
            return Ok(named);
        }
        if let Some(grid) = sheets.iter().find(|grid| same(&grid.name)) {
            return Err(self.no_headings(&[grid], wanted));
        }
        let names: Vec<String> = sheets.iter().map(|grid| format!("'{}'", grid.name)).collect();
        Err(self.error(match (names.is_empty(), all.len()) {
            (false, _) => format!("there is no sheet '{sheet}'; the sheets are {}", names.join(", ")),
            (true, 0 | 1) => format!("this is a text, which has no sheets; take out sheet = \"{sheet}\""),
            (true, _) => format!("there is no table '{sheet}'; those with {} are {}", wanted.words, all.join(", ")),
        }))
    }

    fn error(&self, reason: String) -> StimuliError {
        StimuliError::Table { path: self.path.clone(), reason }
    }

    /// The error where columns could be meant, with all of them.
    fn doubtful(&self, block: &Block, wanted: &Wanted) -> StimuliError {
        let unsure = || block.resolution.doubts.first();
        let Some(Doubt { key, columns, .. }) = wanted.fatal(&block.resolution).or_else(unsure) else {
            return self.error(format!("no headings with {}", wanted.words));
        };
        let labels: Vec<String> = columns.iter().map(|column| label(&block.headings, *column)).collect();
        let example = name(&block.headings, columns[0]);
        let remedy = match wanted.named {
            Some(_) => format!("say which it is in the set, such as columns.{key} = \"{example}\""),
            None => "rename the others".into(),
        };
        let place = block.row.map_or(String::new(), |row| format!("row {row}: "));
        let answers = match columns.len() {
            1 => {
                format!("the only column that may hold the {key} is {}, and its heading says more than that", labels[0])
            }
            count => format!("{count} columns may hold the {key}: {}", labels.join(", ")),
        };
        self.error(format!("{place}{answers}; {remedy} (the columns are {})", listed(&block.headings)))
    }

    /// The error where no headings have what is wanted, with those that come nearest.
    fn no_headings(&self, grids: &[&Grid], wanted: &Wanted) -> StimuliError {
        let known = |block: &Block| block.resolution.found.len() + block.resolution.doubts.len();
        let tried = grids.iter().filter(|grid| grid.origin != Origin::Text(' ') || grids.len() == 1);
        let best = tried.filter_map(|grid| headings::nearest(grid, wanted)).reduce(|one, other| {
            let more = (known(&other), other.headings.len()) > (known(&one), one.headings.len());
            if more { other } else { one }
        });
        let unknown = best.as_ref().and_then(|block| block.resolution.unknown.first());
        let missing = match unknown {
            Some((key, name)) => format!("no column '{name}' (columns.{key})"),
            None => format!("no header row with {}", wanted.words),
        };
        let start: Vec<&str> = grids
            .iter()
            .filter_map(|grid| grid.rows.first()?.cells.iter().find(|c| !c.is_empty()))
            .map(String::as_str)
            .collect();
        let start: String = start.into_iter().max_by_key(|cell| cell.len()).unwrap_or("").chars().take(80).collect();
        let encoding = self.guessed.map_or(String::new(), |name| {
            format!("; the text was read as {name}: where letters look wrong, set encoding = \"…\" in the set")
        });
        let place = grids.first().filter(|grid| grids.len() == 1 && !grid.origin.is_text());
        let place = place.map_or(String::new(), |grid| format!("sheet '{}': ", grid.name));
        let rest = match (best, wanted.named) {
            (Some(block), Some(_)) => format!(
                "; the columns in row {} are {}. Name the one that is meant in the set, such as columns.{} = \"{}\"",
                block.row.unwrap_or(1),
                listed(&block.headings),
                first_missing(wanted, &block),
                block.headings.iter().rfind(|heading| !heading.is_empty()).map_or("", String::as_str),
            ),
            (Some(block), None) => {
                format!("; the columns in row {} are {}", block.row.unwrap_or(1), listed(&block.headings))
            }
            (None, _) => format!(
                " among the first {MAX_PREAMBLE} rows (the file begins with '{start}'); is it the right file, and the \
                 right kind of set?"
            ),
        };
        self.error(format!("{place}{missing}{rest}{encoding}"))
    }
}

fn candidates_of(grid: &Grid, blocks: Vec<Block>) -> Vec<Candidate<'_>> {
    let several = blocks.len() > 1;
    let name = |block: &Block| match (grid.origin.is_text(), several, block.row) {
        (false, true, Some(row)) => format!("{}, row {row}", grid.name),
        (true, _, Some(row)) => format!("row {row}"),
        _ => grid.name.clone(),
    };
    blocks.into_iter().map(|block| Candidate { name: name(&block), grid, block }).collect()
}

/// The error where several tables could be meant.
fn several(candidates: &[Candidate], wanted: &Wanted) -> String {
    let names: Vec<String> = candidates.iter().map(|candidate| format!("'{}'", candidate.name)).collect();
    let rows = candidates.iter().all(|candidate| candidate.grid.origin.is_text());
    let what = if rows { "header rows" } else { "tables" };
    let remedy = match wanted.named {
        Some(_) => format!("say which is meant in the set, such as sheet = \"{}\"", candidates[0].name),
        None => "keep the one that is meant in a file of its own".into(),
    };
    format!("{} {what} have {}: {}; {remedy}", names.len(), wanted.words, names.join(", "))
}

/// The key of the first column that is missing.
fn first_missing(wanted: &Wanted, block: &Block) -> &'static str {
    let missing = |key: &str| !block.resolution.found.contains_key(key);
    wanted.roles.iter().map(|role| role.key).find(|key| missing(key)).unwrap_or("valence")
}
