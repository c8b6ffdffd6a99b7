//! The tables of a chunk, and of all chunks together.

use tidy::{Table, TableError, TidyRow};

/// A table that every chunk of an experiment has.
pub struct ChunkTable {
    /// Its name.
    pub name: &'static str,
    empty: fn() -> Table,
}

/// Tables by name, the main one first.
#[derive(Clone, Debug, PartialEq)]
pub struct Tables(Vec<(&'static str, Table)>);

impl ChunkTable {
    /// A table of such rows.
    pub const fn of<R: TidyRow>(name: &'static str) -> Self {
        Self { name, empty: empty::<R> }
    }

    /// Whether a table has the columns of this one.
    pub fn fits(&self, table: &Table) -> bool {
        (self.empty)().same_columns(table)
    }
}

fn empty<R: TidyRow>() -> Table {
    R::to_table(&[])
}

impl Tables {
    /// Tables without rows.
    pub fn empty(tables: &[ChunkTable]) -> Self {
        Self(tables.iter().map(|table| (table.name, (table.empty)())).collect())
    }

    /// One table.
    pub fn of<R: TidyRow>(name: &'static str, rows: &[R]) -> Self {
        Self(vec![(name, R::to_table(rows))])
    }

    /// And another one.
    #[must_use]
    pub fn and<R: TidyRow>(mut self, name: &'static str, rows: &[R]) -> Self {
        self.0.push((name, R::to_table(rows)));
        self
    }

    /// Tables that were read.
    pub(crate) fn from_parts(parts: Vec<(&'static str, Table)>) -> Self {
        Self(parts)
    }

    /// A table.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn table(&self, name: &str) -> Result<&Table, TableError> {
        let found = self.0.iter().find(|(other, _)| *other == name);
        found.map(|(_, table)| table).ok_or_else(|| TableError::NoTable { name: name.into() })
    }

    /// The rows of a table.
    ///
    /// # Errors
    /// There is no such table, or its columns are others.
    pub fn rows<R: TidyRow>(&self, name: &str) -> Result<Vec<R>, TableError> {
        R::from_table(self.table(name)?)
    }

    /// Puts the rows of other tables behind the rows of these.
    ///
    /// # Errors
    /// The tables have other names or columns.
    pub fn append(&mut self, other: Tables) -> Result<(), TableError> {
        for ((name, table), (other_name, other)) in self.0.iter_mut().zip(other.0) {
            if *name != other_name {
                return Err(TableError::NoTable { name: (*name).into() });
            }
            table.append(other)?;
        }
        Ok(())
    }
}
