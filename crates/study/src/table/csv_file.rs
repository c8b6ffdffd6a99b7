//! Tables as CSV.

use super::{Column, Table, TableError};

/// The table as comma-separated text with a header.
///
/// # Errors
/// The writer ran out of memory.
pub fn to_csv(table: &Table) -> Result<Vec<u8>, TableError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(table.columns.iter().map(|(name, _)| name))?;
    for row in 0..table.rows() {
        writer.write_record(table.columns.iter().map(|(_, column)| cell(column, row)))?;
    }
    writer.into_inner().map_err(|error| TableError::Csv(error.into_error().into()))
}

/// Rust prints the shortest decimal that reads back to the same float.
fn cell(column: &Column, row: usize) -> String {
    match column {
        Column::Text(values) => values[row].clone(),
        Column::Integer(values) => values[row].map(|number| number.to_string()).unwrap_or_default(),
        Column::Number(values) => values[row].map(|number| number.to_string()).unwrap_or_default(),
        Column::Flag(values) => values[row].to_string(),
    }
}
