//! Tables as Parquet: row groups of fixed size and fixed settings, so that equal tables are equal bytes, however many
//! chunks they were merged from, and sealed, so that a damaged file is never taken for a table.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};

use crate::{Column, Table, TableError, seal};

/// Rows of every row group but the last.
const ROWS_PER_GROUP: usize = 1 << 20;

/// The table as a Parquet file, with metadata beside it, and sealed: SHA-256 of all its bytes stands at its beginning,
/// where other readers of Parquet pass over it.
///
/// # Errors
/// The writer failed.
pub fn to_parquet(table: &Table, metadata: &[(&str, &str)]) -> std::result::Result<Vec<u8>, TableError> {
    let notes = metadata.iter().map(|(key, value)| KeyValue::new(key.to_string(), value.to_string())).collect();
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_created_by("gainlab".into())
        .set_key_value_metadata(Some(notes))
        .build();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema(table)?, Arc::new(properties))?;
    writer.write_all(&seal::blank()).map_err(|error| ParquetError::External(error.into()))?;
    // A table without rows has one group without rows.
    for start in (0..table.rows().max(1)).step_by(ROWS_PER_GROUP) {
        let rows = start..(start + ROWS_PER_GROUP).min(table.rows());
        let mut group = writer.next_row_group()?;
        for (_, column) in &table.columns {
            write_column(&mut group, column, rows.clone())?;
        }
        group.close()?;
    }
    let mut file = writer.into_inner()?;
    seal::close(&mut file);
    Ok(file)
}

/// A table and its metadata from the bytes of a Parquet file that [`to_parquet`] made. The seal is checked before anything
/// is read: readers of Parquet take many a flipped bit for another number, and fail on others without an error.
///
/// # Errors
/// A file that is damaged, has no seal, or has columns of other types than tables have.
pub fn from_parquet(bytes: Vec<u8>) -> std::result::Result<(Table, BTreeMap<String, String>), TableError> {
    seal::check(&bytes)?;
    let reader = SerializedFileReader::new(bytes::Bytes::from(bytes))?;
    let file = reader.metadata().file_metadata();
    let notes = file.key_value_metadata().into_iter().flatten();
    let metadata = notes.map(|note| (note.key.clone(), note.value.clone().unwrap_or_default())).collect();
    let mut columns = Vec::new();
    for (index, field) in file.schema().get_fields().iter().enumerate() {
        let mut column = empty(field)?;
        for group in 0..reader.num_row_groups() {
            read_column(reader.get_row_group(group)?.as_ref(), index, &mut column)?;
        }
        columns.push((field.name().to_string(), column));
    }
    Ok((Table { columns }, metadata))
}

fn schema(table: &Table) -> Result<TypePtr> {
    let fields = table
        .columns
        .iter()
        .map(|(name, column)| {
            let (physical, converted, repetition) = match column {
                Column::Text(_) => (Physical::BYTE_ARRAY, ConvertedType::UTF8, Repetition::REQUIRED),
                Column::Integer(_) => (Physical::INT64, ConvertedType::NONE, Repetition::OPTIONAL),
                Column::Number(_) => (Physical::DOUBLE, ConvertedType::NONE, Repetition::OPTIONAL),
                Column::Flag(_) => (Physical::BOOLEAN, ConvertedType::NONE, Repetition::REQUIRED),
            };
            let builder = Type::primitive_type_builder(name, physical);
            Ok(Arc::new(builder.with_converted_type(converted).with_repetition(repetition).build()?))
        })
        .collect::<Result<Vec<TypePtr>>>()?;
    Ok(Arc::new(Type::group_type_builder("table").with_fields(fields).build()?))
}

fn write_column<W: std::io::Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    column: &Column,
    rows: Range<usize>,
) -> Result<()> {
    match column {
        Column::Text(values) => {
            let values: Vec<ByteArray> = values[rows].iter().map(|text| ByteArray::from(text.as_str())).collect();
            write_values::<ByteArrayType, W>(group, &values, None)
        }
        Column::Integer(values) => write_optional::<Int64Type, W>(group, &values[rows]),
        Column::Number(values) => write_optional::<DoubleType, W>(group, &values[rows]),
        Column::Flag(values) => write_values::<BoolType, W>(group, &values[rows], None),
    }
}

fn write_optional<T: DataType, W: std::io::Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[Option<T::T>],
) -> Result<()> {
    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let present: Vec<T::T> = values.iter().flatten().cloned().collect();
    write_values::<T, W>(group, &present, Some(&levels))
}

fn write_values<T: DataType, W: std::io::Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> Result<()> {
    let mut writer =
        group.next_column()?.ok_or_else(|| ParquetError::General("fewer columns than the schema names".into()))?;
    writer.typed::<T>().write_batch(values, levels, None)?;
    writer.close()
}

fn empty(field: &Type) -> Result<Column> {
    if !field.is_primitive() {
        return Err(ParquetError::General(format!("column {} is nested", field.name())));
    }
    Ok(match field.get_physical_type() {
        Physical::BYTE_ARRAY => Column::Text(vec![]),
        Physical::INT64 => Column::Integer(vec![]),
        Physical::DOUBLE => Column::Number(vec![]),
        Physical::BOOLEAN => Column::Flag(vec![]),
        other => return Err(ParquetError::General(format!("column {} holds {other}", field.name()))),
    })
}

fn read_column(group: &dyn RowGroupReader, index: usize, column: &mut Column) -> Result<()> {
    match column {
        Column::Text(values) => {
            for bytes in read_values::<ByteArrayType>(group, index)?.into_iter().flatten() {
                values.push(bytes.as_utf8()?.to_string());
            }
        }
        Column::Integer(values) => values.extend(read_values::<Int64Type>(group, index)?),
        Column::Number(values) => values.extend(read_values::<DoubleType>(group, index)?),
        Column::Flag(values) => values.extend(read_values::<BoolType>(group, index)?.into_iter().flatten()),
    }
    Ok(())
}

fn read_values<T: DataType>(group: &dyn RowGroupReader, index: usize) -> Result<Vec<Option<T::T>>>
where
    T::T: Default,
{
    let rows = group.metadata().num_rows();
    let rows = usize::try_from(rows).map_err(|_| ParquetError::General(format!("a group of {rows} rows")))?;
    let optional = group.metadata().schema_descr().column(index).max_def_level() > 0;
    let mut reader = parquet::column::reader::get_typed_column_reader::<T>(group.get_column_reader(index)?);
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    let mut read = 0;
    while read < rows {
        let (records, _, _) = reader.read_records(rows - read, optional.then_some(&mut levels), None, &mut values)?;
        if records == 0 {
            return Err(ParquetError::EOF(format!("column {index} ends after {read} of {rows} rows")));
        }
        read += records;
    }
    let mut values = values.into_iter();
    if optional {
        Ok(levels.into_iter().map(|level| if level > 0 { values.next() } else { None }).collect())
    } else {
        Ok(values.map(Some).collect())
    }
}
