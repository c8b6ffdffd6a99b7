//! Norms of the Nencki Affective Picture System: a legacy workbook with three header rows, or an export of it.
//!
//! The columns have no unique names, so they are known by position: ID, Category, Nr, V/H, Description, then mean and
//! standard deviation of valence, approach-avoidance and arousal for women, for men and for all, then picture
//! statistics. The erotic subset (NAPS-ERO) has another layout, without ratings over all groups.

use crate::error::StimuliError;
use crate::norms::{Norm, without_extension};
use crate::reader::{self, Row, Sheet, Source, Table};
use crate::spec::SetSpec;

/// Columns counted from the ID: category, mean valence of all, mean arousal of all.
const CATEGORY: usize = 1;
const VALENCE: usize = 17;
const AROUSAL: usize = 21;
/// How many columns may stand before the ID: exports add one of row numbers.
const MAX_SHIFT: usize = 2;

/// Reads the norms, one entry per picture.
pub(crate) fn read(spec: &SetSpec) -> Result<Vec<Norm>, StimuliError> {
    let source = reader::open(&spec.ratings)?;
    let Some((table, shift)) = source.sheets.iter().find_map(|sheet| positional(&source, sheet)) else {
        return Err(unknown_layout(&source));
    };
    let mut norms = Vec::new();
    for row in &table.rows {
        let id = without_extension(row.cell(shift)).to_owned();
        if !is_id(&id) {
            if row.filled() <= 1 {
                continue; // A footnote.
            }
            return Err(table.cell_error(row, shift, "is no NAPS picture name, such as Animals_001_h"));
        }
        norms.push(Norm {
            id,
            row: row.number,
            valence: table.valence(row, shift + VALENCE, spec.valence_scale())?,
            arousal: table.number(row, Some(shift + AROUSAL))?,
            object: row.text(Some(shift + CATEGORY)),
            path: None,
            label: None,
        });
    }
    Ok(norms)
}

/// The sheet as a table, and the position of the ID, if its first picture has all columns up to arousal.
fn positional(source: &Source, sheet: &Sheet) -> Option<(Table, usize)> {
    let is_picture = |row: &Row, shift: usize| is_id(row.cell(shift)) && row.cells.len() > shift + AROUSAL;
    let (first, shift) =
        sheet.rows.iter().enumerate().find_map(|(index, row)| {
            (0..=MAX_SHIFT).find(|shift| is_picture(row, *shift)).map(|shift| (index, shift))
        })?;
    let mut header: Vec<String> = vec![String::new(); shift + AROUSAL + 1];
    header[shift] = "ID".into();
    header[shift + VALENCE] = "valence, all, M".into();
    header[shift + AROUSAL] = "arousal, all, M".into();
    Some((Table { path: source.path.clone(), header, rows: sheet.rows[first..].to_vec() }, shift))
}

/// `Animals_001_h`: a word, a number, and h or v for the format.
fn is_id(cell: &str) -> bool {
    let mut parts = without_extension(cell).rsplitn(3, '_');
    let (format, number, theme) = (parts.next(), parts.next(), parts.next());
    matches!(format, Some("h" | "v" | "H" | "V"))
        && number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        && theme.is_some_and(|theme| theme.starts_with(|c: char| c.is_alphabetic()))
}

fn unknown_layout(source: &Source) -> StimuliError {
    let has = |name: &str| source.sheets.iter().any(|sheet| sheet.name.trim().eq_ignore_ascii_case(name));
    let reason = if has("Ratings") && has("Image parameters") {
        "this is the workbook of NAPS-ERO (sheets 'Ratings' and 'Image parameters'), which rates each picture by groups \
         of raters and not over all: decide on a mean, write a table with 'path' and 'valence', and set kind = \"table\""
    } else {
        "no row looks like one of NAPS: a picture name such as Animals_001_h, and at least 22 columns with the mean \
         valence of all raters in the 18th and the mean arousal in the 22nd; for another layout set kind = \"table\""
    };
    StimuliError::Table { path: source.path.clone(), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picture_names_are_recognised() {
        for id in ["Animals_001_h", "Landscapes_120_v.jpg", "Faces_012_H.JPG"] {
            assert!(is_id(id), "{id}");
        }
        for id in ["", "ID", "Animals", "Animals_h", "001_h", "Animals_x_h", "_1_h", "Animals_001_x"] {
            assert!(!is_id(id), "{id}");
        }
    }
}
