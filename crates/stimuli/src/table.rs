//! Any other picture set: a table with a header, a column `path` and a column `valence` or `category` (or both).
//!
//! `path` is relative to the image folder and must stay inside it; as the table writes it, it is the picture's id in every
//! table of results, unless the user names a column of ids. `arousal`, `object` and `object_category` are read where they
//! exist. A `category` overrides the rule, as the labels of a label file do; an empty one leaves the picture to the valence.

use std::path::{Component, Path, PathBuf};

use crate::error::StimuliError;
use crate::norms::{Identity, Layout};
use crate::reader::{By, Need, Role, Row, Table, Word};

/// How the table is laid out.
pub(crate) const LAYOUT: Layout = Layout {
    roles: &[
        Role { key: "path", by: By::Names(&["path", "file", "filename", "image"]), need: Need::Required },
        Role { key: "valence", by: By::Rating(Word::Valence), need: Need::Either },
        Role { key: "category", by: By::Names(&["category"]), need: Need::Either },
        Role { key: "arousal", by: By::Rating(Word::Arousal), need: Need::Optional },
        Role { key: "object", by: By::Names(&["object"]), need: Need::Optional },
        Role { key: "object_category", by: By::Names(&["objectcategory"]), need: Need::Optional },
        // A column that is called so may as well number the rows, so that it is read only where the user says so.
        Role { key: "id", by: By::User, need: Need::Optional },
    ],
    words: "the columns 'path' and 'valence' or 'category'",
    picture: "path",
    overall: false,
    identify,
    without_headings: |_| None,
};

fn identify(table: &Table, row: &Row, column: usize) -> Result<Option<Identity>, StimuliError> {
    let inside = path_inside(table, row, column)?;
    let id = match table.column("id") {
        None => with_slashes(&inside),
        Some(column) => match table.value(row, column)? {
            "" => return Err(table.cell_error(row, column, "is no id; every row needs one, or leave columns.id out")),
            id => id.to_owned(),
        },
    };
    Ok(Some(Identity { path: Some(inside), ..Identity::of_id(id) }))
}

/// The path in a cell, with either kind of slash, if it leads to a place inside the image folder.
pub(crate) fn path_inside(table: &Table, row: &Row, column: usize) -> Result<PathBuf, StimuliError> {
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

/// The path with forward slashes.
pub(crate) fn with_slashes(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}
