//! Norms of the International Affective Picture System: `AllSubjects_1-20.txt` and its many copies.
//!
//! Tab-separated with the columns `desc IAPS valmn valsd aromn arosd dom1mn dom1sd dom2mn dom2sd set`, or any export of
//! it, below up to a screenful of preamble. 1,194 rows stand for 1,182 pictures: twelve pictures were rated in two
//! sets, and their means are averaged.

use std::collections::BTreeMap;

use crate::error::StimuliError;
use crate::norms::{Identity, Layout, Norm, without_extension};
use crate::reader::{By, Need, Role, Row, Table, Word, parse_number};

/// How the table is laid out.
pub(crate) const LAYOUT: Layout = Layout {
    roles: &[
        Role { key: "id", by: By::Names(&["iaps"]), need: Need::Required },
        Role { key: "valence", by: By::Rating(Word::Valence), need: Need::Required },
        Role { key: "arousal", by: By::Rating(Word::Arousal), need: Need::Optional },
        Role { key: "object", by: By::Names(&["desc", "description"]), need: Need::Optional },
        Role { key: "object_category", by: By::User, need: Need::Optional },
        Role { key: "category", by: By::User, need: Need::Optional },
        Role { key: SET, by: By::Names(&["set"]), need: Need::Optional },
    ],
    words: "the columns 'IAPS' and 'valmn'",
    picture: "id",
    overall: false,
    identify,
    without_headings: |_| None,
};
/// The column that says in which of 20 sets a picture was rated.
const SET: &str = "set";

/// The picture of a row; `None` for a footnote or what RTF leaves behind, which fill a single cell.
fn identify(table: &Table, row: &Row, column: usize) -> Result<Option<Identity>, StimuliError> {
    match canonical(row.cell(column)) {
        Some(id) => Ok(Some(Identity::of_id(id))),
        None if row.filled() <= 1 => Ok(None),
        None => Err(table.cell_error(row, column, "is no IAPS picture number, such as 1050 or 2055.1")),
    }
}

/// An IAPS number in its canonical spelling: `1050` for 1050.0, `2055.1` for 2055.1, 2055,1 or 2055.100098.
pub(crate) fn canonical(id: &str) -> Option<String> {
    let id = without_extension(id);
    // `1,050` is 1050 with a mark for thousands, and no number near 1.
    let thousands = id.split_once(',').is_some_and(|(_, part)| part.len() > 2);
    let number = parse_number(id).ok().flatten().filter(|number| (1.0..1e6).contains(number) && !thousands)?;
    let tenths = (number * 10.0).round();
    if (number * 10.0 - tenths).abs() > 0.01 {
        return None;
    }
    let (whole, tenth) = (tenths as u64 / 10, tenths as u64 % 10);
    Some(if tenth == 0 { whole.to_string() } else { format!("{whole}.{tenth}") })
}

/// One entry per picture in the order of ids, and the ids that had several rows. A rating that is missing in one row
/// is taken from the others.
pub(crate) fn average(table: &Table, norms: Vec<Norm>) -> Result<(Vec<Norm>, Vec<String>), StimuliError> {
    let mut pictures: BTreeMap<String, Vec<Norm>> = BTreeMap::new();
    for norm in norms {
        pictures.entry(norm.id.clone()).or_default().push(norm);
    }
    let several: Vec<&Vec<Norm>> = pictures.values().filter(|rows| rows.len() > 1).collect();
    let all = several.len() == pictures.len() && pictures.len() > 1;
    for rows in &several {
        if let Some(reason) = fault(table, rows, all) {
            return Err(table.error(reason));
        }
    }
    let averaged = several.iter().map(|rows| rows[0].id.clone()).collect();
    Ok((pictures.into_values().filter_map(mean).collect(), averaged))
}

/// Why the rows of one picture are not ratings in two sets.
fn fault(table: &Table, rows: &[Norm], all: bool) -> Option<String> {
    let column = table.column(SET);
    let set = |norm: &Norm| table.rows.iter().find(|row| row.number == norm.row).and_then(|row| row.text(column));
    let differ = |one: &Norm, other: &Norm| (one.valence, one.arousal) != (other.valence, other.arousal);
    let pairs = rows.iter().enumerate().flat_map(|(at, one)| rows[at + 1..].iter().map(move |other| (one, other)));
    let (one, other) =
        pairs.clone().find(|(one, other)| differ(one, other) && set(one).is_some() && set(one) == set(other)).or_else(
            // Without the column, twelve pictures with a second row are the rule; a table with two rows for each, or
            // three for one, has them for another reason, such as groups of raters.
            || pairs.clone().find(|(one, other)| differ(one, other) && column.is_none() && (all || rows.len() > 2)),
        )?;
    Some(format!(
        "the picture '{}' has other ratings in row {} than in row {}, and no column 'set' says that these are two sets; \
         keep the row that is meant",
        one.id, other.row, one.row
    ))
}

fn mean(rows: Vec<Norm>) -> Option<Norm> {
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
        for written in ["", "}", "snake", "0", "-3", "2055.15", "1,050", "2,000"] {
            assert_eq!(canonical(written), None, "'{written}'");
        }
    }
}
