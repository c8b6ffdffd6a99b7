//! The table of a set of frames, row by row.

use std::path::PathBuf;

use super::classes::class_key;
use super::groups::group_key;
use super::spec::FrameSpec;
use super::{Part, words};
use crate::error::StimuliError;
use crate::norms::{key, repeated};
use crate::reader::{self, By, Need, Role, Row, Table, Wanted};
use crate::table::{path_inside, with_slashes};

/// Headings of the column of the group.
pub(super) const GROUP: By = By::Names(&["group", "groupid", "video", "videoid", "clip", "clipid"]);
/// Headings of the column of the label.
pub(super) const LABEL: By = By::Names(&["label", "emotion", "category", "class"]);
const PATH: By = By::Names(&["path", "file", "filename", "frame", "image"]);
const SPLIT: By = By::Names(&["split", "partition"]);

/// The table with its columns.
pub(super) struct Sheet {
    pub table: Table,
    pub path: usize,
    pub label: usize,
    /// `None` where every frame is a group of its own.
    pub group: Option<usize>,
    /// `None` where the groups are split in another way.
    pub split: Option<usize>,
}

/// A row of the table.
pub(super) struct Entry<'t> {
    pub row: &'t Row,
    /// The path with forward slashes.
    pub id: String,
    /// The path inside the image folder.
    pub path: PathBuf,
    /// The label as it is written.
    pub label: &'t str,
    /// The label as it is compared.
    pub label_key: String,
    /// The group as it is written.
    pub group: String,
    /// The group as it is compared.
    pub key: String,
    /// What the column `split` says, where there is one.
    pub part: Option<Part>,
}

impl Sheet {
    /// Finds the table and its columns.
    pub(super) fn open(spec: &FrameSpec) -> Result<Self, StimuliError> {
        let split_elsewhere = spec.split.is_some() || spec.test_share.is_some();
        let need = |elsewhere: bool| if elsewhere { Need::Optional } else { Need::Required };
        let roles = [
            Role { key: "path", by: PATH, need: Need::Required },
            Role { key: "label", by: LABEL, need: Need::Required },
            Role { key: "group", by: GROUP, need: need(spec.group.is_some()) },
            Role { key: "split", by: SPLIT, need: need(split_elsewhere) },
        ];
        let (named, words) = (spec.columns.named(), words::columns(spec.group.is_some(), split_elsewhere));
        let wanted = Wanted { roles: &roles, words: &words, named: Some(&named), overall: false };
        let source = reader::open(&spec.table, spec.encoding.as_deref())?;
        let table = source.table(&wanted, spec.sheet.as_deref(), |_| None)?;
        let sheet = Self {
            path: table.required("path")?,
            label: table.required("label")?,
            group: table.column("group"),
            split: table.column("split"),
            table,
        };
        sheet.refuse_second_ways(spec)?;
        Ok(sheet)
    }

    /// Refuses a column beside a key that says the same in another way.
    fn refuse_second_ways(&self, spec: &FrameSpec) -> Result<(), StimuliError> {
        let heading = |column: usize| self.table.headings.get(column).map_or("", String::as_str);
        if let (Some(column), Some(_)) = (self.group, spec.group) {
            return Err(self.table.error(format!(
                "the column '{}' says what the groups are, and so does group = \"each\"; take out one of them",
                heading(column)
            )));
        }
        let other = spec.split.as_ref().map(|_| "split").or(spec.test_share.map(|_| "test_share"));
        if let (Some(column), Some(key)) = (self.split, other) {
            return Err(self.table.error(format!(
                "the column '{}' says how the groups are split, and so does {key}; take out one of them",
                heading(column)
            )));
        }
        Ok(())
    }

    /// The rows, each with everything that can be read of it alone.
    pub(super) fn entries(&self) -> Result<Vec<Entry<'_>>, StimuliError> {
        let entries: Vec<Entry> = self.table.rows.iter().map(|row| self.entry(row)).collect::<Result<_, _>>()?;
        if entries.is_empty() {
            return Err(self.table.error("the table has no row under its headings"));
        }
        let ids = entries.iter().map(|entry| (entry.id.as_str(), entry.row.number));
        repeated(ids, "frame").map_or(Ok(entries), |reason| Err(self.table.error(reason)))
    }

    /// The error for the group of a row.
    pub(super) fn group_error(&self, entry: &Entry, reason: String) -> StimuliError {
        self.table.cell_error(entry.row, self.group.unwrap_or(self.path), reason)
    }

    fn entry<'t>(&'t self, row: &'t Row) -> Result<Entry<'t>, StimuliError> {
        self.table.value(row, self.path)?;
        let path = path_inside(&self.table, row, self.path)?;
        let label = self.table.value(row, self.label)?;
        if label.is_empty() {
            return Err(self.table.cell_error(row, self.label, "is no label; every frame needs one"));
        }
        let id = with_slashes(&path);
        let (group, group_key) = match self.group {
            None => (id.clone(), key(&id)),
            Some(column) => {
                let group = self.table.value(row, column)?;
                if group.is_empty() {
                    return Err(self.table.cell_error(row, column, "is no group; every frame needs its video or clip"));
                }
                (group.to_owned(), group_key(group))
            }
        };
        let part = self.split.map(|column| self.part(row, column)).transpose()?;
        Ok(Entry { row, id, path, label, label_key: class_key(label), group, key: group_key, part })
    }

    fn part(&self, row: &Row, column: usize) -> Result<Part, StimuliError> {
        let word = self.table.value(row, column)?;
        words::part(word)
            .ok_or_else(|| self.table.cell_error(row, column, "is neither side of a split: write train or test"))
    }
}
