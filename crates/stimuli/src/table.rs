//! Any other picture set: a table with a header, a column `path` and a column `valence` or `category` (or both).
//!
//! `path` is relative to the image folder and must stay inside it. `arousal` and `object` are read where they exist. A
//! `category` overrides the rule, as the labels of a label file do; an empty one leaves the picture to the valence.

use std::path::{Component, Path, PathBuf};

use crate::error::StimuliError;
use crate::labels;
use crate::norms::{Norm, without_extension};
use crate::reader::{self, Row, Table};
use crate::spec::SetSpec;

/// Names of the column that says which file a picture is.
pub(crate) const PATH: [&str; 4] = ["path", "file", "filename", "image"];

/// Reads the table, one entry per picture.
pub(crate) fn read(spec: &SetSpec) -> Result<Vec<Norm>, StimuliError> {
    let table = reader::open(&spec.ratings)?.table("the columns 'path' and 'valence' or 'category'", |header| {
        reader::column(header, &PATH).is_some() && reader::column(header, &["valence", "category"]).is_some()
    })?;
    let Some(path) = table.column(&PATH) else { return Err(table.error("the column 'path' is gone")) };
    let (valence, category) = (table.column(&["valence"]), table.column(&["category"]));
    if valence.is_some() && spec.valence_scale().is_none() {
        let reason = "valence needs its rating scale, such as scale = [1, 9]: the thresholds are rescaled to it".into();
        return Err(StimuliError::Spec { set: spec.name.clone(), reason });
    }
    if let Some(category) = category {
        labels::refuse_ambiguous(&table, category)?;
    }
    let (arousal, object) = (table.column(&["arousal"]), table.column(&["object"]));
    table
        .rows
        .iter()
        .map(|row| {
            let inside = path_inside(&table, row, path)?;
            Ok(Norm {
                id: id(&inside),
                row: row.number,
                valence: valence.map_or(Ok(None), |column| table.valence(row, column, spec.valence_scale()))?,
                arousal: table.number(row, arousal)?,
                object: row.text(object),
                path: Some(inside),
                label: category.map_or(Ok(None), |column| labels::parse(&table, row, column))?,
            })
        })
        .collect()
}

/// The path in a cell, with either kind of slash, if it leads to a place inside the image folder.
fn path_inside(table: &Table, row: &Row, column: usize) -> Result<PathBuf, StimuliError> {
    let text = row.cell(column).replace('\\', "/");
    let refuse = |reason: &str| Err(table.cell_error(row, column, reason));
    if text.is_empty() {
        return refuse("is no path; every row needs the path of its picture");
    }
    let path = Path::new(&text);
    let drive = text.as_bytes().get(1) == Some(&b':');
    if drive || path.components().any(|part| !matches!(part, Component::Normal(_) | Component::CurDir)) {
        return refuse("leads out of the image folder; write paths relative to 'images', without '..'");
    }
    let inside: PathBuf = path.components().filter(|part| matches!(part, Component::Normal(_))).collect();
    if inside.as_os_str().is_empty() { refuse("is no path of a picture file") } else { Ok(inside) }
}

/// The path with forward slashes and without its extension.
fn id(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    without_extension(&parts.join("/")).to_owned()
}
