//! Lists of groups in files of their own: the two sides of a split, and groups that are left out.

use std::collections::BTreeMap;
use std::path::Path;

use super::classes::class_key;
use super::groups::group_key;
use super::rows::{Entry, GROUP, LABEL, Sheet};
use super::spec::SplitFiles;
use super::{Part, words};
use crate::error::StimuliError;
use crate::reader::{self, By, Need, Role, Row, Table, Wanted};

/// A group of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    /// The group as the list writes it.
    pub name: String,
    /// The row of the list.
    pub row: usize,
    /// The label that the list gives it, where it has one.
    label: Option<String>,
}

/// The groups of a list by key.
pub(super) type List = BTreeMap<String, Listed>;

/// The two sides of a split.
#[derive(Debug)]
pub(super) struct Sides {
    train: List,
    test: List,
}

impl Sides {
    /// Reads both lists, which must have no group in common.
    pub(super) fn read(files: &SplitFiles) -> Result<Self, StimuliError> {
        let sides = Self { train: members(&files.train)?, test: members(&files.test)? };
        let common = sides.test.iter().find_map(|(key, test)| Some((test, sides.train.get(key)?)));
        let Some((test, train)) = common else { return Ok(sides) };
        Err(StimuliError::Table {
            path: files.test.clone(),
            reason: format!(
                "the group '{}' in row {} stands in row {} of {} too; frames of one group are alike and must not meet in \
                 training and test: take it out of one list",
                test.name,
                test.row,
                train.row,
                files.train.display()
            ),
        })
    }

    /// The side of a row's group, whose label must be that of the list.
    pub(super) fn part(&self, files: &SplitFiles, sheet: &Sheet, entry: &Entry) -> Result<Part, StimuliError> {
        let (train, test) = (self.train.get(&entry.key), self.test.get(&entry.key));
        let (part, listed, path) = match (train, test) {
            (Some(listed), _) => (Part::Train, listed, &files.train),
            (None, Some(listed)) => (Part::Test, listed, &files.test),
            (None, None) => {
                let lists = format!("{} nor {}", files.train.display(), files.test.display());
                return Err(
                    sheet.group_error(entry, format!("stands neither in {lists}; add it to one, or take out its rows"))
                );
            }
        };
        match &listed.label {
            Some(label) if class_key(label) != entry.label_key => Err(sheet.table.cell_error(
                entry.row,
                sheet.label,
                format!(
                    "is another label than '{label}', which {} gives the group '{}' in row {}; correct one of them, or take \
                     the column of labels out of the list",
                    path.display(),
                    listed.name,
                    listed.row
                ),
            )),
            _ => Ok(part),
        }
    }

    /// The groups of either list that no row of the table is for.
    pub(super) fn unknown<'a>(&'a self, known: impl Fn(&str) -> bool + 'a) -> Vec<String> {
        let lists = [&self.train, &self.test].into_iter().flatten();
        lists.filter(|(key, _)| !known(key)).map(|(_, listed)| listed.name.clone()).collect()
    }
}

/// A list with a column for the group and perhaps one for its label.
fn members(path: &Path) -> Result<List, StimuliError> {
    let roles = [
        Role { key: "group", by: GROUP, need: Need::Required },
        Role { key: "label", by: LABEL, need: Need::Optional },
    ];
    let table = open(path, &roles, "a column 'video' or 'group'")?;
    let (group, label) = (table.required("group")?, table.column("label"));
    let mut list = List::new();
    for row in &table.rows {
        let label = label.map(|column| table.value(row, column)).transpose()?.filter(|label| !label.is_empty());
        add(&mut list, &table, row, group, label)?;
    }
    Ok(list)
}

/// The groups to leave out: a column for the group, or the columns `very.bad` and `less.bad` of
/// `cowen2017_censored_video_ids.csv`, which are both left out.
pub(super) fn censored(path: &Path) -> Result<List, StimuliError> {
    let roles = [
        Role { key: "group", by: GROUP, need: Need::Either },
        Role { key: "very bad", by: By::Names(&["verybad"]), need: Need::Either },
        Role { key: "less bad", by: By::Names(&["lessbad"]), need: Need::Either },
    ];
    let table = open(path, &roles, "a column 'video' or 'group', or the columns 'very.bad' and 'less.bad'")?;
    let mut list = List::new();
    for (row, column) in table.rows.iter().flat_map(|row| table.columns.values().map(move |column| (row, *column))) {
        // The published columns are not equally long.
        if !row.cell(column).is_empty() {
            add(&mut list, &table, row, column, None)?;
        }
    }
    Ok(list)
}

fn open(path: &Path, roles: &[Role], words: &str) -> Result<Table, StimuliError> {
    let wanted = Wanted { roles, words, named: None, overall: false };
    reader::open(path, None)?.table(&wanted, None, |_| None)
}

fn add(list: &mut List, table: &Table, row: &Row, column: usize, label: Option<&str>) -> Result<(), StimuliError> {
    let name = table.value(row, column)?.to_owned();
    if name.is_empty() {
        return Err(table.cell_error(row, column, "is no group; every row of a list needs one"));
    }
    let listed = Listed { name, row: row.number, label: label.map(str::to_owned) };
    match list.insert(group_key(&listed.name), listed) {
        None => Ok(()),
        Some(first) => {
            let reason = format!("stands in row {} of this list already; keep one of the rows", first.row);
            Err(table.cell_error(row, column, reason))
        }
    }
}

/// What is said of groups of a list that the table has no frame of.
pub(super) fn unused(list: &str, names: &[String]) -> Option<String> {
    let groups = words::count(names.len(), "group");
    (!names.is_empty()).then(|| format!("{list} without a frame in the table: {groups} – {}", words::some_of(names)))
}
