//! What every norm table gives, whatever its layout: one entry per picture.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::emotion::Emotion;
use crate::error::StimuliError;
use crate::reader::{self, Block, Grid, Role, Row, Table, Wanted};
use crate::slips::Slips;
use crate::spec::{Kind, SetSpec};
use crate::{iaps, labels, names, naps, oasis, table};

/// The extensions of picture files, lower case: all that Pillow knows for the five formats. What a file holds is told by
/// its content.
pub(crate) const EXTENSIONS: [&str; 11] =
    ["jpg", "jpeg", "jpe", "jfif", "png", "apng", "bmp", "dib", "tif", "tiff", "webp"];
/// How many rows that were passed over are quoted.
const QUOTED: usize = 3;

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
    /// The category of what it shows.
    pub object_category: Option<String>,
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
    /// Where they were read from, for a person.
    pub reading: String,
    /// What stands in the file and was not read, one sentence each.
    pub remarks: Vec<String>,
}

/// How the norm tables of one kind are laid out.
pub(crate) struct Layout {
    /// The columns.
    pub roles: &'static [Role],
    /// The columns in words.
    pub words: &'static str,
    /// The key of the column that says which picture a row is for.
    pub picture: &'static str,
    /// Whether, of ratings by several groups, those over all raters are meant.
    pub overall: bool,
    /// The picture of a row; `None` where the row is for none, such as a footnote.
    pub identify: fn(&Table, &Row, usize) -> Result<Option<Identity>, StimuliError>,
    /// The table in a grid that has no headings, where its layout is known all the same.
    pub without_headings: fn(&Grid) -> Option<Block>,
}

/// The picture of a row.
pub(crate) struct Identity {
    /// The id in its canonical spelling.
    pub id: String,
    /// Path inside the image folder, where the table gives one.
    pub path: Option<PathBuf>,
    /// What the picture shows, where the id says it.
    pub object: Option<String>,
}

impl Identity {
    /// A picture that is known by its id alone.
    pub(crate) fn of_id(id: String) -> Self {
        Self { id, path: None, object: None }
    }
}

fn layout(kind: Kind) -> &'static Layout {
    match kind {
        Kind::Iaps => &iaps::LAYOUT,
        Kind::Naps => &naps::LAYOUT,
        Kind::Oasis => &oasis::LAYOUT,
        Kind::Table => &table::LAYOUT,
    }
}

/// Reads the norm table of a set.
pub(crate) fn read(spec: &SetSpec) -> Result<Norms, StimuliError> {
    let layout = layout(spec.kind);
    let source = reader::open(&spec.ratings, spec.encoding.as_deref())?;
    if spec.kind == Kind::Naps {
        naps::refuse_erotic(&source, spec)?;
    }
    let named = spec.columns.named();
    let wanted = Wanted { roles: layout.roles, words: layout.words, named: Some(&named), overall: layout.overall };
    let mut table = source.table(&wanted, spec.sheet.as_deref(), layout.without_headings)?;
    if table.column("valence").is_some() && spec.valence_scale().is_none() {
        let reason = "valence needs its rating scale, such as scale = [1, 9]: the thresholds are rescaled to it".into();
        return Err(StimuliError::Spec { set: spec.name.clone(), reason });
    }
    let (norms, passed_over) = entries(&table, layout, spec)?;
    table.remarks.extend(remark(&passed_over));
    let (norms, averaged) = match spec.kind {
        Kind::Iaps => iaps::average(&table, norms)?,
        _ => (norms, Vec::new()),
    };
    refuse_repeated(spec, &norms)?;
    Ok(Norms { norms, averaged, reading: table.reading(), remarks: table.remarks })
}

/// One entry per row that is for a picture, and the other rows.
fn entries<'t>(table: &'t Table, layout: &Layout, spec: &SetSpec) -> Result<(Vec<Norm>, Vec<&'t Row>), StimuliError> {
    let picture = table.required(layout.picture)?;
    let (valence, category) = (table.column("valence"), table.column("category"));
    if let Some(category) = category {
        labels::refuse_ambiguous(table, category)?;
    }
    // Published sets have both ratings on one scale; of other tables only that of the valence is known.
    let arousal_scale = spec.valence_scale().filter(|_| spec.kind != Kind::Table);
    let (arousal, slips) = (table.column("arousal"), Slips::of(table, spec));
    let (mut norms, mut passed_over, mut categories) = (Vec::new(), Vec::new(), Spellings::default());
    for row in &table.rows {
        table.value(row, picture)?;
        let Some(identity) = (layout.identify)(table, row, picture)? else {
            passed_over.push(row);
            continue;
        };
        let object_category = row.text(table.column("object_category")).map(|name| categories.as_first_written(name));
        let norm = Norm {
            row: row.number,
            valence: valence.map_or(Ok(None), |column| table.rating(row, column, spec.valence_scale()))?,
            arousal: arousal.map_or(Ok(None), |column| table.rating(row, column, arousal_scale))?,
            // What a picture shows is not said more closely than by its category where nothing else says it.
            object: row.text(table.column("object")).or(identity.object).or(object_category.clone()),
            object_category,
            label: category.map_or(Ok(None), |column| labels::parse(table, row, column))?,
            id: identity.id,
            path: identity.path,
        };
        // What no slip explains is told first.
        slips.refuse(table, row)?;
        norms.push(norm);
    }
    Ok((norms, passed_over))
}

/// Names of categories as they were first written: `Person` and `person ` are one category.
#[derive(Default)]
struct Spellings(BTreeMap<String, String>);

impl Spellings {
    fn as_first_written(&mut self, name: String) -> String {
        self.0.entry(names::fold(&name)).or_insert(name).clone()
    }
}

/// What is said of rows that are for no picture; nothing of the empty row numbers that exports leave.
fn remark(rows: &[&Row]) -> Option<String> {
    let words = |row: &&&Row| row.cells.iter().any(|cell| cell.chars().any(|c| !c.is_ascii_digit()));
    let rows: Vec<&&Row> = rows.iter().filter(words).collect();
    let quote = |row: &&&Row| {
        let cell = row.cells.iter().find(|cell| !cell.is_empty()).map_or("", String::as_str);
        format!("row {} ('{}')", row.number, cell.chars().take(40).collect::<String>())
    };
    let quoted: Vec<String> = rows.iter().take(QUOTED).map(quote).collect();
    let more = if rows.len() > QUOTED { ", …" } else { "" };
    (!rows.is_empty())
        .then(|| format!("rows without a picture, passed over: {} – {}{more}", rows.len(), quoted.join(", ")))
}

/// Two rows for one picture: only IAPS has them for a known reason, and there they are one by now.
fn refuse_repeated(spec: &SetSpec, norms: &[Norm]) -> Result<(), StimuliError> {
    let ids = norms.iter().map(|norm| (norm.id.as_str(), norm.row));
    repeated(ids, "picture").map_or(Ok(()), |reason| Err(StimuliError::Table { path: spec.ratings.clone(), reason }))
}

/// The first id that stands in two rows, in words; `what` it is the id of.
pub(crate) fn repeated<'a>(ids: impl Iterator<Item = (&'a str, usize)>, what: &str) -> Option<String> {
    let mut rows: BTreeMap<String, usize> = BTreeMap::new();
    for (id, row) in ids {
        if let Some(first) = rows.insert(key(id), row) {
            return Some(format!("the {what} '{id}' stands in row {first} and again in row {row}; keep one of them"));
        }
    }
    None
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

/// Names in natural order.
pub(crate) fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort_by(|a, b| natural(a).cmp(&natural(b)));
    names
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
