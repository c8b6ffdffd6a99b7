//! What every norm table gives, whatever its layout: one entry per picture.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::categories::Scale;
use crate::emotion::Emotion;
use crate::error::StimuliError;
use crate::reader::{Row, Table};
use crate::spec::{Kind, SetSpec};
use crate::{iaps, names, naps, oasis, table};

/// The extensions of picture files, lower case: all that Pillow knows for the five formats. What a file holds is told by
/// its content.
pub(crate) const EXTENSIONS: [&str; 11] =
    ["jpg", "jpeg", "jpe", "jfif", "png", "apng", "bmp", "dib", "tif", "tiff", "webp"];

/// A user's decision on a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    /// The picture belongs to this category.
    Category(Emotion),
    /// The picture belongs to none.
    LeftOut,
}

/// One picture of a norm table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Norm {
    /// The id in its canonical spelling.
    pub id: String,
    /// Row of the table, from 1.
    pub row: usize,
    /// Mean valence.
    pub valence: Option<f64>,
    /// Mean arousal.
    pub arousal: Option<f64>,
    /// What the picture shows.
    pub object: Option<String>,
    /// Path inside the image folder, where the table gives one.
    pub path: Option<PathBuf>,
    /// The label column of the table, where it has one.
    pub label: Option<Label>,
}

/// A norm table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Norms {
    /// One entry per picture.
    pub norms: Vec<Norm>,
    /// Ids whose ratings were averaged over several rows.
    pub averaged: Vec<String>,
}

/// Reads the norm table of a set.
pub(crate) fn read(spec: &SetSpec) -> Result<Norms, StimuliError> {
    let norms = match spec.kind {
        Kind::Iaps => return iaps::read(spec),
        Kind::Naps => naps::read(spec)?,
        Kind::Oasis => oasis::read(spec)?,
        Kind::Table => table::read(spec)?,
    };
    refuse_repeated(spec, &norms)?;
    Ok(Norms { norms, averaged: Vec::new() })
}

/// Two rows for one picture: only IAPS has them for a known reason.
fn refuse_repeated(spec: &SetSpec, norms: &[Norm]) -> Result<(), StimuliError> {
    let mut rows: BTreeMap<String, usize> = BTreeMap::new();
    for norm in norms {
        if let Some(first) = rows.insert(key(&norm.id), norm.row) {
            let (id, row) = (&norm.id, norm.row);
            let reason = format!("the picture '{id}' stands in row {first} and again in row {row}; keep one of them");
            return Err(StimuliError::Table { path: spec.ratings.clone(), reason });
        }
    }
    Ok(())
}

impl Table {
    /// The mean valence in a cell, which must lie on the scale.
    pub(crate) fn valence(&self, row: &Row, column: usize, scale: Option<Scale>) -> Result<Option<f64>, StimuliError> {
        let valence = self.number(row, Some(column))?;
        match (valence, scale) {
            (Some(valence), Some([low, high])) if !(low..=high).contains(&valence) => Err(self.cell_error(
                row,
                column,
                format!("lies outside the rating scale {low}–{high}; correct the cell, or set 'scale'"),
            )),
            _ => Ok(valence),
        }
    }
}

/// How ids are compared: without a picture extension, and then as [`names::fold`] compares names.
pub(crate) fn key(id: &str) -> String {
    names::fold(without_extension(id))
}

/// The id without the extension of a picture file, if it has one. `2055.1` has none.
pub(crate) fn without_extension(id: &str) -> &str {
    let id = id.trim();
    match id.rsplit_once('.') {
        Some((stem, extension)) if EXTENSIONS.contains(&extension.to_lowercase().as_str()) => stem.trim(),
        _ => id,
    }
}

/// A sort key for natural order: digits compare as numbers, so `9` comes before `10` and `2055` before `2055.1`.
pub(crate) fn natural(id: &str) -> (Vec<(String, Option<u64>)>, &str) {
    let mut parts = Vec::new();
    let mut rest = id;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let end = rest[digits..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |length| digits + length);
        let number = (end > digits).then(|| rest[digits..end].parse().unwrap_or(u64::MAX));
        parts.push((rest[..digits].to_lowercase(), number));
        rest = &rest[end..];
    }
    (parts, id)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_sort_as_people_count() {
        let mut ids = ["Dog 10", "Dog 9", "2055.1", "10", "2055", "9", "Dog"];
        ids.sort_by(|a, b| natural(a).cmp(&natural(b)));
        assert_eq!(ids, ["9", "10", "2055", "2055.1", "Dog", "Dog 9", "Dog 10"]);
    }

    #[test]
    fn keys_forgive_what_differs_between_table_and_folder() {
        assert_eq!(key("Acorns 1 "), key("acorns  1.JPG"));
        assert_eq!(key("Cafe\u{301} 1.jpe"), key("CAF\u{c9} 1.JFIF"), "composed or decomposed");
        assert_ne!(key("2055.1"), key("2055"));
        assert_eq!(without_extension("2055.1"), "2055.1");
        assert_eq!(without_extension("2055.1.jpg"), "2055.1");
    }

    proptest! {
        #[test]
        fn natural_order_tells_all_ids_apart(a in ".{0,12}", b in ".{0,12}") {
            prop_assert_eq!(natural(&a) == natural(&b), a == b);
        }
    }
}
