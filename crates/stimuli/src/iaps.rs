//! Norms of the International Affective Picture System: `AllSubjects_1-20.txt` and its many copies.
//!
//! Tab-separated with the columns `desc IAPS valmn valsd aromn arosd dom1mn dom1sd dom2mn dom2sd set`, or any export of
//! it, below up to a screenful of preamble. 1,194 rows stand for 1,182 pictures: twelve pictures were rated in two
//! sets, and their means are averaged.

use std::collections::BTreeMap;

use crate::error::StimuliError;
use crate::norms::{Norm, Norms, without_extension};
use crate::reader::{self, Row, Table, parse_number};
use crate::spec::SetSpec;

/// Reads the norms, one entry per picture.
pub(crate) fn read(spec: &SetSpec) -> Result<Norms, StimuliError> {
    let table = reader::open(&spec.ratings)?.table("the columns 'IAPS' and 'valmn'", |header| {
        reader::column(header, &["iaps"]).is_some() && reader::column(header, &["valmn"]).is_some()
    })?;
    let columns = [table.column(&["iaps"]), table.column(&["valmn"])];
    let [Some(id), Some(valence)] = columns else { return Err(table.error("the columns 'IAPS' and 'valmn' are gone")) };
    let (arousal, object) = (table.column(&["aromn"]), table.column(&["desc", "description"]));
    let mut pictures: BTreeMap<String, Vec<Norm>> = BTreeMap::new();
    for row in &table.rows {
        let Some(canonical) = id_of(&table, row, id)? else { continue };
        let norm = Norm {
            id: canonical.clone(),
            row: row.number,
            valence: table.valence(row, valence, spec.valence_scale())?,
            arousal: table.number(row, arousal)?,
            object: row.text(object),
            path: None,
            label: None,
        };
        pictures.entry(canonical).or_default().push(norm);
    }
    let averaged = pictures.values().filter(|rows| rows.len() > 1).map(|rows| rows[0].id.clone()).collect();
    Ok(Norms { norms: pictures.into_values().filter_map(average).collect(), averaged })
}

/// The id of a row; `None` for a footnote or what RTF leaves behind, which fill a single cell.
fn id_of(table: &Table, row: &Row, column: usize) -> Result<Option<String>, StimuliError> {
    match canonical(row.cell(column)) {
        Some(id) => Ok(Some(id)),
        None if row.filled() <= 1 => Ok(None),
        None => Err(table.cell_error(row, column, "is no IAPS picture number, such as 1050 or 2055.1")),
    }
}

/// An IAPS number in its canonical spelling: `1050` for 1050.0, `2055.1` for 2055.1, 2055,1 or 2055.100098.
pub(crate) fn canonical(id: &str) -> Option<String> {
    let number = parse_number(without_extension(id)).ok().flatten().filter(|number| (1.0..1e6).contains(number))?;
    let tenths = (number * 10.0).round();
    if (number * 10.0 - tenths).abs() > 0.01 {
        return None;
    }
    let (whole, tenth) = (tenths as u64 / 10, tenths as u64 % 10);
    Some(if tenth == 0 { whole.to_string() } else { format!("{whole}.{tenth}") })
}

/// One entry for all rows of a picture; a rating that is missing in one row is taken from the others.
fn average(rows: Vec<Norm>) -> Option<Norm> {
    let mean = |values: Vec<f64>| (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
    let valence = mean(rows.iter().filter_map(|row| row.valence).collect());
    let arousal = mean(rows.iter().filter_map(|row| row.arousal).collect());
    rows.into_iter().next().map(|first| Norm { valence, arousal, ..first })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_may_have_touched_the_id() {
        for (written, expected) in [
            ("1050", "1050"),
            ("1050.0", "1050"),
            ("2055.1", "2055.1"),
            ("2055,1", "2055.1"),
            ("2055.10009765625", "2055.1"),
            (" 6570.1.JPG", "6570.1"),
            ("6570.jpg", "6570"),
        ] {
            assert_eq!(canonical(written).as_deref(), Some(expected), "'{written}'");
        }
        for written in ["", "}", "snake", "0", "-3", "2055.15"] {
            assert_eq!(canonical(written), None, "'{written}'");
        }
    }
}
