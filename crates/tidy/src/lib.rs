#![doc = include_str!("../README.md")]

pub mod compare;
mod csv_file;
mod parquet_file;
mod seal;

pub use csv_file::{to_csv, word};
pub use parquet_file::{from_parquet, to_parquet};
pub use seal::SealError;

/// The values of one column.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Words.
    Text(Vec<String>),
    /// Whole numbers, or nothing.
    Integer(Vec<Option<i64>>),
    /// Numbers, or nothing.
    Number(Vec<Option<f64>>),
    /// Yes or no.
    Flag(Vec<bool>),
}

/// Columns of equal length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Names and values, first to last.
    pub columns: Vec<(String, Column)>,
}

/// A table that is not what was expected.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A Parquet file that cannot be read or written.
    #[error("parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// A Parquet file whose bytes are not those that were written.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// A CSV text that cannot be written.
    #[error("csv: {0}")]
    Csv(#[from] csv::Error),
    /// A column that is missing or of another type.
    #[error("column {position} should be `{name}` ({expected}), but it is {found}")]
    Column {
        /// Its position, from 1.
        position: usize,
        /// The name it should have.
        name: String,
        /// The type it should have.
        expected: &'static str,
        /// What is there instead.
        found: String,
    },
    /// Two tables of different kinds.
    #[error("tables with different columns cannot be put together")]
    OtherColumns,
    /// A table that is not there.
    #[error("there is no table `{name}`")]
    NoTable {
        /// Its name.
        name: String,
    },
}

/// A type that fills one column.
pub trait Cell: Sized {
    /// The column's type, for messages.
    const KIND: &'static str;
    /// Collects a column.
    fn column(values: impl Iterator<Item = Self>) -> Column;
    /// One value of a column, or nothing where the column has another type.
    fn read(column: &Column, row: usize) -> Option<Self>;
}

/// A type whose values are the rows of a table.
pub trait TidyRow: Sized {
    /// The rows as a table.
    fn to_table(rows: &[Self]) -> Table;
    /// The rows of a table.
    ///
    /// # Errors
    /// A column that is missing, or has another name, place or type.
    fn from_table(table: &Table) -> Result<Vec<Self>, TableError>;
}

impl Table {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, column)| column.len())
    }

    /// Whether another table has the same columns: names and types, in order.
    pub fn same_columns(&self, other: &Table) -> bool {
        let shape = |table: &Table| -> Vec<(String, &'static str)> {
            table.columns.iter().map(|(name, column)| (name.clone(), column.kind())).collect()
        };
        shape(self) == shape(other)
    }

    /// Puts the rows of another table behind these.
    ///
    /// # Errors
    /// A column of another name or type; nothing is appended then.
    pub fn append(&mut self, other: Table) -> Result<(), TableError> {
        if !self.same_columns(&other) {
            return Err(TableError::OtherColumns);
        }
        for ((_, column), (_, more)) in self.columns.iter_mut().zip(other.columns) {
            column.append(more);
        }
        Ok(())
    }

    /// The column of a place, checked for name and type of cell.
    ///
    /// # Errors
    /// Another name or type, or no such place.
    pub fn expect<C: Cell>(&self, position: usize, name: &str) -> Result<&Column, TableError> {
        let error = |found| TableError::Column { position: position + 1, name: name.into(), expected: C::KIND, found };
        let (found, column) = self.columns.get(position).ok_or_else(|| error("missing".into()))?;
        let fits = found == name && (column.is_empty() || C::read(column, 0).is_some());
        if fits { Ok(column) } else { Err(error(format!("`{found}` ({})", column.kind()))) }
    }
}

impl Column {
    /// Number of values.
    pub fn len(&self) -> usize {
        match self {
            Column::Text(values) => values.len(),
            Column::Integer(values) => values.len(),
            Column::Number(values) => values.len(),
            Column::Flag(values) => values.len(),
        }
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts the values of another column of the same type behind these.
    fn append(&mut self, more: Column) {
        match (self, more) {
            (Column::Text(values), Column::Text(more)) => values.extend(more),
            (Column::Integer(values), Column::Integer(more)) => values.extend(more),
            (Column::Number(values), Column::Number(more)) => values.extend(more),
            (Column::Flag(values), Column::Flag(more)) => values.extend(more),
            _ => unreachable!("the types were compared before"),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Column::Text(_) => "text",
            Column::Integer(_) => "integer",
            Column::Number(_) => "number",
            Column::Flag(_) => "flag",
        }
    }
}

impl Cell for String {
    const KIND: &'static str = "text";

    fn column(values: impl Iterator<Item = Self>) -> Column {
        Column::Text(values.collect())
    }

    fn read(column: &Column, row: usize) -> Option<Self> {
        match column {
            Column::Text(values) => values.get(row).cloned(),
            _ => None,
        }
    }
}

impl Cell for bool {
    const KIND: &'static str = "flag";

    fn column(values: impl Iterator<Item = Self>) -> Column {
        Column::Flag(values.collect())
    }

    fn read(column: &Column, row: usize) -> Option<Self> {
        match column {
            Column::Flag(values) => values.get(row).copied(),
            _ => None,
        }
    }
}

/// Whole numbers and numbers, present or not.
macro_rules! cell {
    ($type:ty, $kind:literal, $variant:ident, $pack:expr, $unpack:expr) => {
        impl Cell for $type {
            const KIND: &'static str = $kind;

            fn column(values: impl Iterator<Item = Self>) -> Column {
                Column::$variant(values.map($pack).collect())
            }

            fn read(column: &Column, row: usize) -> Option<Self> {
                match column {
                    Column::$variant(values) => values.get(row).copied().and_then($unpack),
                    _ => None,
                }
            }
        }
    };
}

cell!(Option<f64>, "number", Number, |value: Option<f64>| value.filter(|number| number.is_finite()), Some);
cell!(f64, "number", Number, |value: f64| Some(value).filter(|number| number.is_finite()), |value| value);
cell!(Option<usize>, "integer", Integer, |value: Option<usize>| value.map(|count| count as i64), |value: Option<
    i64,
>| {
    match value {
        None => Some(None),
        Some(number) => usize::try_from(number).ok().map(Some),
    }
});
cell!(usize, "integer", Integer, |value: usize| Some(value as i64), |value: Option<i64>| {
    value.and_then(|number| usize::try_from(number).ok())
});

/// The name of a field without the mark that lets Rust's own words be fields.
pub fn column_name(field: &str) -> &str {
    field.trim_start_matches("r#")
}

/// Declares a struct whose fields are the columns of a tidy table, in order.
#[macro_export]
macro_rules! tidy_row {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $type:ty,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name { $($(#[$doc])* pub $field: $type,)+ }

        impl $crate::TidyRow for $name {
            fn to_table(rows: &[Self]) -> $crate::Table {
                let columns = vec![$((
                    $crate::column_name(stringify!($field)).to_string(),
                    <$type as $crate::Cell>::column(rows.iter().map(|row| row.$field.clone())),
                ),)+];
                $crate::Table { columns }
            }

            fn from_table(table: &$crate::Table) -> Result<Vec<Self>, $crate::TableError> {
                let mut position = 0;
                $(
                    let $field = table.expect::<$type>(position, $crate::column_name(stringify!($field)))?;
                    position += 1;
                )+
                let _columns = position;
                (0..table.rows())
                    .map(|row| {
                        Ok(Self { $($field: {
                            let missing = || $crate::TableError::Column {
                                position: row + 1,
                                name: stringify!($field).into(),
                                expected: <$type as $crate::Cell>::KIND,
                                found: "an empty cell in that row".into(),
                            };
                            <$type as $crate::Cell>::read($field, row).ok_or_else(missing)?
                        },)+ })
                    })
                    .collect()
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    tidy_row! {
        /// A row with a column of every kind.
        Sample {
            word: String,
            count: usize,
            perhaps: Option<usize>,
            value: f64,
            maybe: Option<f64>,
            yes: bool,
        }
    }

    fn sample() -> impl Strategy<Value = Sample> {
        let number = proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL | proptest::num::f64::ZERO;
        (".*", 0usize..1 << 40, proptest::option::of(0usize..9), number, proptest::option::of(number), any::<bool>())
            .prop_map(|(word, count, perhaps, value, maybe, yes)| Sample { word, count, perhaps, value, maybe, yes })
    }

    proptest! {
        #[test]
        fn parquet_reads_back_what_was_written(rows in proptest::collection::vec(sample(), 0..20)) {
            let table = Sample::to_table(&rows);
            let bytes = to_parquet(&table, &[("plan", "abc")]).expect("writes");
            let (read, metadata) = from_parquet(bytes).expect("reads");
            prop_assert_eq!(&metadata["plan"], "abc");
            prop_assert_eq!(Sample::from_table(&read).expect("same columns"), rows);
        }

        #[test]
        fn csv_numbers_read_back_to_the_same_float(rows in proptest::collection::vec(sample(), 1..20)) {
            let text = to_csv(&Sample::to_table(&rows)).expect("writes");
            let mut reader = csv::Reader::from_reader(text.as_slice());
            for (record, row) in reader.records().zip(&rows) {
                let record = record.expect("a record per row");
                prop_assert_eq!(word(&record[0]), &row.word);
                prop_assert_eq!(record[3].parse::<f64>().expect("a number").to_bits(), row.value.to_bits());
                prop_assert_eq!(record[4].parse::<f64>().ok(), row.maybe);
            }
        }
    }

    #[test]
    fn numbers_that_do_not_exist_are_empty_cells() {
        let row = Sample {
            word: "a".into(),
            count: 1,
            perhaps: None,
            value: f64::NAN,
            maybe: Some(f64::INFINITY),
            yes: true,
        };
        let text = String::from_utf8(to_csv(&Sample::to_table(&[row])).expect("writes")).expect("UTF-8");
        assert_eq!(text, "word,count,perhaps,value,maybe,yes\na,1,,,,true\n");
    }

    #[test]
    fn another_table_is_refused_by_column() {
        let mut table = Sample::to_table(&[]);
        table.columns[1].0 = "total".into();
        let error = Sample::from_table(&table).expect_err("another name").to_string();
        assert_eq!(error, "column 2 should be `count` (integer), but it is `total` (integer)");
    }
}
