//! The tables of a run's folder as text, whatever they are about.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::{TableError, from_parquet, to_csv};

/// Why two runs could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// A folder that holds no tables.
    #[error("{path}: {reason}; give the folder of a run, which has tables/*.csv or tables/*.parquet in it")]
    NoRun {
        /// The folder.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file that cannot be read.
    #[error("{path}: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// A table whose cells are text, as they stand in a CSV file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextTable {
    columns: Vec<String>,
    rows: Vec<csv::StringRecord>,
}

/// The tables of a run by name, those of its parts by `part/name`; CSV before Parquet where both are there.
pub(super) fn find(folder: &Path) -> Result<BTreeMap<String, PathBuf>, CompareError> {
    let no_run = |reason: String| CompareError::NoRun { path: folder.display().to_string(), reason };
    let mut tables = of_one(folder)?;
    for entry in std::fs::read_dir(folder).map_err(|error| no_run(error.to_string()))? {
        let part = entry.map_err(|error| no_run(error.to_string()))?.path();
        if part.join("tables").is_dir() {
            let name = part.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            tables.extend(of_one(&part)?.into_iter().map(|(table, path)| (format!("{name}/{table}"), path)));
        }
    }
    Ok(tables)
}

fn of_one(folder: &Path) -> Result<BTreeMap<String, PathBuf>, CompareError> {
    let no_run = |reason: String| CompareError::NoRun { path: folder.display().to_string(), reason };
    let entries = std::fs::read_dir(folder.join("tables")).map_err(|error| no_run(format!("tables: {error}")))?;
    let mut tables = BTreeMap::new();
    for entry in entries {
        let path = entry.map_err(|error| no_run(error.to_string()))?.path();
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("csv") => {
                tables.insert(name, path);
            }
            Some("parquet") => {
                tables.entry(name).or_insert(path);
            }
            _ => {}
        }
    }
    if tables.is_empty() { Err(no_run("its folder tables is empty".into())) } else { Ok(tables) }
}

impl TextTable {
    /// Reads a table.
    ///
    /// # Errors
    /// The file is missing or damaged.
    pub fn read(path: &Path) -> Result<Self, CompareError> {
        let unreadable = |reason: String| CompareError::Unreadable { path: path.display().to_string(), reason };
        let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
        if path.extension().is_none_or(|extension| extension != "parquet") {
            return Self::from_csv(&bytes, path);
        }
        let csv = |bytes| -> Result<Vec<u8>, TableError> { to_csv(&from_parquet(bytes)?.0) };
        Self::from_csv(&csv(bytes).map_err(|error| unreadable(error.to_string()))?, path)
    }

    /// Reads a table from CSV text; `path` stands for it in errors.
    ///
    /// # Errors
    /// Rows of unequal length, or text that is not UTF-8.
    pub fn from_csv(text: &[u8], path: &Path) -> Result<Self, CompareError> {
        let unreadable = |error: csv::Error| CompareError::Unreadable {
            path: path.display().to_string(),
            reason: error.to_string(),
        };
        let mut reader = csv::Reader::from_reader(text);
        let columns = reader.headers().map_err(unreadable)?.iter().map(String::from).collect();
        let rows = reader.records().collect::<Result<_, _>>().map_err(unreadable)?;
        Ok(Self { columns, rows })
    }

    /// Number of rows, without the header.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Names of the columns, first to last.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(String::as_str)
    }

    /// The position of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// A cell by row and column, both from 0.
    pub(super) fn cell(&self, row: usize, column: usize) -> &str {
        &self.rows[row][column]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Column, Table, to_parquet};

    #[test]
    fn parquet_and_csv_are_the_same_table() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let table = Table {
            columns: vec![
                ("layer".into(), Column::Text(vec!["a,b".into(), "c".into()])),
                ("f1".into(), Column::Number(vec![Some(0.1), None])),
            ],
        };
        let (csv, parquet) = (place.path().join("t.csv"), place.path().join("t.parquet"));
        std::fs::write(&csv, to_csv(&table).expect("valid")).expect("writable");
        std::fs::write(&parquet, to_parquet(&table, &[]).expect("valid")).expect("writable");
        assert_eq!(TextTable::read(&csv).expect("just written"), TextTable::read(&parquet).expect("just written"));
    }

    #[test]
    fn a_damaged_table_is_named() {
        let error = TextTable::from_csv(b"a,b\n1\n", Path::new("x/t.csv")).expect_err("one cell too few").to_string();
        assert!(error.contains("x/t.csv") && error.contains("line: 2"), "{error}");
    }
}
