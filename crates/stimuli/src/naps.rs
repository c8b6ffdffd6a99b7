//! Norms of the Nencki Affective Picture System: a legacy workbook with three header rows, or an export of it.
//!
//! The ratings are those of women, of men and of all, which only the headings above tell apart. Exports without
//! headings are read by position if they have one of the published layouts, in shape and in content: ID, Category, Nr,
//! V/H, Description, then mean and standard deviation of valence, approach-avoidance and arousal for women, for men and
//! for all, with or without nine picture statistics; or the same five columns, valence and arousal. The erotic subset
//! (NAPS-ERO) has ratings by groups only.

use crate::error::StimuliError;
use crate::norms::{Identity, Layout, without_extension};
use crate::reader::{Block, By, Grid, Need, Role, Row, Source, Table, Word, mentions_rating, parse_number};
use crate::spec::SetSpec;

/// How the table is laid out.
pub(crate) const LAYOUT: Layout = Layout {
    roles: &[
        Role { key: "id", by: By::Names(&IDS), need: Need::Required },
        Role { key: "valence", by: By::Rating(Word::Valence), need: Need::Required },
        Role { key: "arousal", by: By::Rating(Word::Arousal), need: Need::Optional },
        Role { key: "object", by: By::User, need: Need::Optional },
        Role { key: "object_category", by: By::Names(&["category", "kategorie", "kategoria"]), need: Need::Optional },
        Role { key: "category", by: By::User, need: Need::Optional },
    ],
    words: "a column 'ID' and the mean valence of all raters",
    picture: "id",
    overall: true,
    identify,
    without_headings,
};
/// Headings of the column of picture names.
const IDS: [&str; 12] = [
    "id",
    "pictureid",
    "imageid",
    "picture",
    "image",
    "filename",
    "file",
    "picturename",
    "bild",
    "imagen",
    "obraz",
    "name",
];
/// A published layout without headings: how many columns, and those that are read.
struct Published {
    width: usize,
    /// Mean valence, mean arousal, counted from the ID.
    ratings: [usize; 2],
    /// Columns that are means or standard deviations.
    numbers: std::ops::Range<usize>,
}
const PUBLISHED: [Published; 3] = [
    Published { width: 32, ratings: [17, 21], numbers: 5..23 },
    Published { width: 23, ratings: [17, 21], numbers: 5..23 },
    Published { width: 7, ratings: [5, 6], numbers: 5..7 },
];
/// How many columns may stand before the ID: exports add one of row numbers.
const MAX_SHIFT: usize = 2;

/// The picture of a row; `None` for a footnote.
fn identify(table: &Table, row: &Row, column: usize) -> Result<Option<Identity>, StimuliError> {
    let id = without_extension(row.cell(column)).to_owned();
    match is_id(&id) {
        true => Ok(Some(Identity::of_id(id))),
        false if row.filled() <= 1 => Ok(None),
        false => Err(table.cell_error(row, column, "is no NAPS picture name, such as Animals_001_h")),
    }
}

/// The table in a grid whose headings, if there are any, say nothing of ratings.
fn without_headings(grid: &Grid) -> Option<Block> {
    let at = |row: &Row| (0..=MAX_SHIFT).find(|shift| is_id(row.cell(*shift)));
    let (first, shift) = grid.rows.iter().enumerate().find_map(|(first, row)| Some((first, at(row)?)))?;
    if Block::headings_above(grid, first).iter().any(|heading| mentions_rating(heading)) {
        return None;
    }
    let pictures: Vec<&Row> = grid.rows[first..].iter().filter(|row| is_id(row.cell(shift))).collect();
    let width = pictures.iter().map(|row| row.width()).max()?;
    let layout = PUBLISHED.iter().find(|layout| {
        let plausible = pictures.iter().filter(|row| layout.describes(row, shift)).count();
        shift + layout.width == width && 2 * plausible >= pictures.len()
    })?;
    let [valence, arousal] = layout.ratings.map(|column| shift + column);
    let columns = [
        ("id", shift, "ID"),
        ("object_category", shift + 1, "Category"),
        ("valence", valence, "valence, all, M"),
        ("arousal", arousal, "arousal, all, M"),
    ];
    Some(Block::by_position(grid, first, &columns))
}

impl Published {
    /// Whether a row has what this layout has: a theme, a number, h or v, words, numbers.
    fn describes(&self, row: &Row, shift: usize) -> bool {
        let cell = |column: usize| row.cell(shift + column);
        let number = |column: usize| parse_number(cell(column)).ok();
        let is_number = |column: usize| matches!(number(column), Some(Some(_)));
        let is_words = |column: usize| !cell(column).is_empty() && !is_number(column);
        is_words(1)
            && is_number(2)
            && matches!(cell(3), "h" | "v" | "H" | "V")
            && !is_number(4)
            && self.numbers.clone().all(|column| number(column).is_some())
            && self.ratings.iter().any(|column| is_number(*column))
    }
}

/// `Animals_001_h`: a word, a number, and h or v for the format.
fn is_id(cell: &str) -> bool {
    let mut parts = without_extension(cell).rsplitn(3, '_');
    let (format, number, theme) = (parts.next(), parts.next(), parts.next());
    matches!(format, Some("h" | "v" | "H" | "V"))
        && number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        && theme.is_some_and(|theme| theme.starts_with(|c: char| c.is_alphabetic()))
}

/// Refuses the workbook of the erotic subset, unless the user has decided on a column of it.
pub(crate) fn refuse_erotic(source: &Source, spec: &SetSpec) -> Result<(), StimuliError> {
    let has = |name: &str| source.grids.iter().any(|grid| grid.name.trim().eq_ignore_ascii_case(name));
    if spec.columns.valence.is_some() || !(has("Ratings") && has("Image parameters")) {
        return Ok(());
    }
    let reason = "this is the workbook of NAPS-ERO (sheets 'Ratings' and 'Image parameters'), which rates each picture by \
                  groups of raters and not over all: decide on a group with columns.valence, or on a mean, write a table \
                  with 'path' and 'valence', and set kind = \"table\"";
    Err(StimuliError::Table { path: source.path.clone(), reason: reason.into() })
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
