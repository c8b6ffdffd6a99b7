//! Spreadsheets: `.xls`, `.xlsx`, `.ods`, told apart by content.

use std::io::Cursor;

use calamine::{Data, Reader, open_workbook_auto_from_rs};

use super::{Row, Sheet};

/// Whether the bytes begin like a legacy workbook (a compound file) or a zipped one.
pub(super) fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) || bytes.starts_with(b"PK\x03\x04")
}

/// Every sheet of the workbook as text.
pub(super) fn sheets(bytes: Vec<u8>) -> Result<Vec<Sheet>, String> {
    let damaged = |error: String| format!("cannot read this workbook ({error}); save it again as .xlsx or .csv");
    let mut workbook = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|error| damaged(error.to_string()))?;
    let mut sheets = Vec::new();
    for name in workbook.sheet_names() {
        // A chart sheet has no cells and is not worth an error.
        let Ok(range) = workbook.worksheet_range(&name) else { continue };
        let first = range.start().map_or(0, |(row, _)| row as usize);
        // Columns are counted from A, although the range begins at the first used one.
        let indent = range.start().map_or(0, |(_, column)| column as usize);
        let rows = range
            .rows()
            .enumerate()
            .map(|(index, cells)| {
                let cells = std::iter::repeat_n(String::new(), indent).chain(cells.iter().map(text)).collect();
                Row { number: first + index + 1, cells }
            })
            .filter(|row: &Row| row.filled() > 0)
            .collect();
        sheets.push(Sheet { name, rows });
    }
    Ok(sheets)
}

/// A cell as text. Numbers are written in the shortest form that reads back, so 1050.0 is `1050` and 2055.1 is
/// `2055.1`; a formula that failed is a missing value.
fn text(cell: &Data) -> String {
    match cell {
        Data::Error(_) => String::new(),
        other => other.to_string().trim().to_owned(),
    }
}
