//! Norms of the Open Affective Standardized Image Set: `OASIS.csv`, bare-CR line endings and all.

use crate::error::StimuliError;
use crate::norms::{Norm, without_extension};
use crate::reader;
use crate::spec::SetSpec;

/// Reads the norms, one entry per picture. The id is the theme, without the space that some end in.
pub(crate) fn read(spec: &SetSpec) -> Result<Vec<Norm>, StimuliError> {
    let table = reader::open(&spec.ratings)?.table("the columns 'Theme' and 'Valence_mean'", |header| {
        reader::column(header, &["theme"]).is_some() && reader::column(header, &["valencemean"]).is_some()
    })?;
    let columns = [table.column(&["theme"]), table.column(&["valencemean"])];
    let [Some(theme), Some(valence)] = columns else {
        return Err(table.error("the columns 'Theme' and 'Valence_mean' are gone"));
    };
    let arousal = table.column(&["arousalmean"]);
    let mut norms = Vec::new();
    for row in &table.rows {
        let id = without_extension(row.cell(theme)).to_owned();
        if id.is_empty() && row.filled() <= 1 {
            continue; // A row number without a row.
        }
        if id.is_empty() {
            return Err(table.cell_error(row, theme, "is no theme; every picture needs one"));
        }
        norms.push(Norm {
            row: row.number,
            valence: table.valence(row, valence, spec.valence_scale())?,
            arousal: table.number(row, arousal)?,
            object: Some(id.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ').to_owned()),
            id,
            path: None,
            label: None,
        });
    }
    Ok(norms)
}
