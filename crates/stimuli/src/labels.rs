//! The user's own categories, which override the rule: a column of the norm table or a file of its own.

use std::collections::BTreeMap;
use std::path::Path;

use crate::emotion::Emotion;
use crate::error::StimuliError;
use crate::iaps;
use crate::norms::{Label, key};
use crate::reader::{self, By, Need, Role, Row, Table, Wanted};
use crate::spec::Kind;

/// The columns of a label file: the picture that a label is for, and the label.
const ROLES: [Role; 2] = [
    Role {
        key: "picture",
        by: By::Names(&["path", "file", "filename", "image", "id", "iaps", "theme", "picture", "name"]),
        need: Need::Required,
    },
    Role { key: "category", by: By::Names(&["category", "label", "emotion"]), need: Need::Required },
];

/// A label with the spelling of the id it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Labelled {
    /// The id as the label file writes it.
    pub id: String,
    /// The label.
    pub label: Label,
}

/// Reads a label file, by key of the picture.
pub(crate) fn read(path: &Path, kind: Kind) -> Result<BTreeMap<String, Labelled>, StimuliError> {
    let words = "a column for the picture ('id') and a column 'category'";
    let wanted = Wanted { roles: &ROLES, words, named: None, overall: false };
    let table = reader::open(path, None)?.table(&wanted, None, |_| None)?;
    let (picture, column) = (table.required("picture")?, table.required("category")?);
    refuse_ambiguous(&table, column)?;
    let mut labels = BTreeMap::new();
    for row in &table.rows {
        let Some(label) = parse(&table, row, column)? else { continue };
        let id = table.value(row, picture)?.to_owned();
        let label_key = label_key(&id, kind);
        if label_key.is_empty() {
            return Err(table.cell_error(row, picture, "is no picture; every label needs one"));
        }
        let before = labels.insert(label_key, Labelled { id, label });
        if before.is_some_and(|before| before.label != label) {
            return Err(table.cell_error(row, picture, "has two different labels in this file; keep one of them"));
        }
    }
    Ok(labels)
}

/// The key of the picture that a label is for, whatever a spreadsheet made of its id.
fn label_key(id: &str, kind: Kind) -> String {
    let canonical = (kind == Kind::Iaps).then(|| iaps::canonical(id)).flatten();
    key(&canonical.unwrap_or_else(|| id.replace('\\', "/")))
}

/// The label in a cell; `None` where the cell is empty.
pub(crate) fn parse(table: &Table, row: &Row, column: usize) -> Result<Option<Label>, StimuliError> {
    let text = table.value(row, column)?;
    match text.to_lowercase().as_str() {
        "" | "." | "na" | "nan" => Ok(None),
        "unknown" | "excluded" | "exclude" | "none" | "left out" | "left-out" => Ok(Some(Label::LeftOut)),
        _ => match text.parse::<Emotion>() {
            Ok(emotion) => Ok(Some(Label::Category(emotion))),
            Err(_) => Err(table.cell_error(
                row,
                column,
                "is no category: write pleasant, neutral, unpleasant, or unknown to leave the picture out",
            )),
        },
    }
}

/// Refuses the letter N in a column that writes neutral in another way: there it means negative.
pub(crate) fn refuse_ambiguous(table: &Table, column: usize) -> Result<(), StimuliError> {
    let is = |row: &&Row, words: &[&str]| words.contains(&row.cell(column).to_lowercase().as_str());
    let spelt = table.rows.iter().any(|row| is(&row, &["neutral", "neu"]));
    match table.rows.iter().find(|row| is(row, &["n"])) {
        Some(row) if spelt => {
            Err(table.cell_error(row, column, "may mean neutral or negative here; write the word in every row"))
        }
        _ => Ok(()),
    }
}
