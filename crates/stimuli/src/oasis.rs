//! Norms of the Open Affective Standardized Image Set: `OASIS.csv`, bare-CR line endings and all.

use crate::error::StimuliError;
use crate::norms::{Identity, Layout, without_extension};
use crate::reader::{By, Need, Role, Row, Table, Word};

/// How the table is laid out.
pub(crate) const LAYOUT: Layout = Layout {
    roles: &[
        Role { key: "id", by: By::Names(&["theme"]), need: Need::Required },
        Role { key: "valence", by: By::Rating(Word::Valence), need: Need::Required },
        Role { key: "arousal", by: By::Rating(Word::Arousal), need: Need::Optional },
        // The table's own column `Category` says animal, object, person or scene, and nothing of emotions.
        Role { key: "category", by: By::User, need: Need::Optional },
        Role { key: "object", by: By::User, need: Need::Optional },
        Role { key: "object_category", by: By::Names(&["category"]), need: Need::Optional },
    ],
    words: "the columns 'Theme' and 'Valence_mean'",
    picture: "id",
    overall: false,
    identify,
    without_headings: |_| None,
};

/// The picture of a row: its theme, without the space that some end in; `None` for a row number without a row.
fn identify(table: &Table, row: &Row, column: usize) -> Result<Option<Identity>, StimuliError> {
    let id = without_extension(row.cell(column)).to_owned();
    match id.is_empty() {
        true if row.filled() <= 1 => Ok(None),
        true => Err(table.cell_error(row, column, "is no theme; every picture needs one")),
        false => {
            let object = id.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ').to_owned();
            Ok(Some(Identity { object: Some(object), ..Identity::of_id(id) }))
        }
    }
}
