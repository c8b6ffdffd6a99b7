//! Spreadsheets: `.xls`, `.xlsx`, `.ods`, told apart by content.

use std::io::Cursor;

use calamine::{Data, Range, Reader, SheetVisible, open_workbook_auto_from_rs};

use super::grid::{Fault, Grid, Origin, Row};

/// Whether the bytes begin like a legacy workbook (a compound file) or a zipped one.
pub(super) fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) || bytes.starts_with(b"PK\x03\x04")
}

/// Every sheet of the workbook as text.
pub(super) fn grids(bytes: Vec<u8>) -> Result<Vec<Grid>, String> {
    let contains = |name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
    let complete_zip = bytes.starts_with(b"PK") && contains(b"PK\x05\x06");
    if complete_zip && !contains(b"[Content_Types].xml") && !contains(b"application/vnd.oasis.opendocument") {
        return Err("this is a zip archive and no workbook; unpack it and name the table that is meant".into());
    }
    let damaged = |error: String| format!("cannot read this workbook ({error}); save it again as .xlsx or .csv");
    let mut workbook = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|error| damaged(error.to_string()))?;
    let sheets = workbook.sheets_metadata().to_vec();
    let mut grids = Vec::new();
    for sheet in sheets {
        // A chart sheet has no cells and is not worth an error.
        let Ok(values) = workbook.worksheet_range(&sheet.name) else { continue };
        let formulas = workbook.worksheet_formula(&sheet.name).unwrap_or_else(|_| Range::empty());
        let hidden = sheet.visible != SheetVisible::Visible;
        let origin = if hidden { Origin::HiddenSheet } else { Origin::Sheet };
        grids.push(Grid { name: sheet.name, origin, rows: rows(&values, &formulas) });
    }
    Ok(grids)
}

fn rows(values: &Range<Data>, formulas: &Range<String>) -> Vec<Row> {
    let last = |range: Option<(u32, u32)>| range.unwrap_or((0, 0));
    let (value_end, formula_end) = (last(values.end()), last(formulas.end()));
    let (height, width) = (value_end.0.max(formula_end.0), value_end.1.max(formula_end.1));
    let formulas = Formulas::new(values, formulas);
    // Columns are counted from A and rows from 1, although the range begins at the first used cell.
    let row = |number: u32| {
        let mut row = Row { number: number as usize + 1, ..Row::default() };
        for column in 0..=width {
            let (cell, fault) = formulas.cell(values, (number, column));
            row.cells.push(cell);
            row.faults.extend(fault.map(|fault| (column as usize, fault)));
        }
        row
    };
    (0..=height).map(row).filter(|row| row.filled() > 0).collect()
}

/// The formulas of a sheet, and whether their results are results.
struct Formulas<'a> {
    formulas: &'a Range<String>,
    /// Libraries that cannot compute write 0 as the result of every formula (XlsxWriter), or none (openpyxl).
    zero_is_none: bool,
}

impl<'a> Formulas<'a> {
    fn new(values: &Range<Data>, formulas: &'a Range<String>) -> Self {
        let start = formulas.start().unwrap_or((0, 0));
        let written = formulas.used_cells().filter(|(_, _, formula)| !formula.is_empty());
        let positions: Vec<(u32, u32)> =
            written.map(|(row, column, _)| (start.0 + row as u32, start.1 + column as u32)).collect();
        let zero = |at: &(u32, u32)| values.get_value(*at).is_none_or(|value| is_empty(value) || is_zero(value));
        Self { formulas, zero_is_none: positions.len() > 1 && positions.iter().all(zero) }
    }

    /// A cell as text, and what is wrong with it. A formula without a result is shown as the formula.
    fn cell(&self, values: &Range<Data>, at: (u32, u32)) -> (String, Option<Fault>) {
        let value = values.get_value(at).unwrap_or(&Data::Empty);
        let formula = self.formulas.get_value(at).filter(|formula| !formula.is_empty());
        match formula {
            Some(formula) if *value == Data::Empty || self.zero_is_none && is_zero(value) => {
                (format!("={}", formula.trim_start_matches("of:").trim_start_matches('=')), Some(Fault::Formula))
            }
            _ => text(value),
        }
    }
}

fn is_empty(value: &Data) -> bool {
    *value == Data::Empty
}

fn is_zero(value: &Data) -> bool {
    matches!(value, Data::Float(0.0) | Data::Int(0))
}

/// A cell as text. Numbers are written in the shortest form that reads back, so 1050.0 is `1050` and 2055.1 is
/// `2055.1`; a formula that failed is a missing value.
fn text(cell: &Data) -> (String, Option<Fault>) {
    match cell {
        Data::Error(_) => (String::new(), None),
        Data::DateTime(date) if date.is_datetime() => {
            let (year, month, day, hour, minute, ..) = date.to_ymd_hms_milli();
            let time = if (hour, minute) == (0, 0) { String::new() } else { format!(" {hour:02}:{minute:02}") };
            (format!("{year}-{month:02}-{day:02}{time}"), Some(Fault::Date))
        }
        Data::DateTime(duration) => (format!("{:.4} days", duration.as_f64()), Some(Fault::Date)),
        Data::DateTimeIso(text) | Data::DurationIso(text) => (text.clone(), Some(Fault::Date)),
        other => (other.to_string().trim().to_owned(), None),
    }
}
