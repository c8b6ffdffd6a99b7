//! Which picture file belongs to which row of a norm table.
//!
//! Names agree if they are equal but for case, Unicode form and the number of spaces. A row that is left without a file
//! may take one that is left without a row if their names differ by spaces and underscores only, and if no other row
//! or file could be meant. Whatever resembles a name beyond that is told to the user and not used.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::error::StimuliError;
use crate::folder::{Depth, File, Folder};
use crate::names::{fold, resemblance, unnormalised, without_spaces};
use crate::norms::{EXTENSIONS, without_extension};
use crate::table::with_slashes;

/// The picture of a row, as its table names it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sought<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its path inside the image folder, where the table gives one.
    pub path: Option<&'a Path>,
}

/// What was found for a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Found {
    /// Its file; several where their names agree equally well.
    Files(Vec<File>, Spelling),
    /// Files of which it could be one, but which one is for a person to say; in words.
    Unclear(String),
    /// No file; in words what resembles it, if something does.
    Nothing(Option<String>),
}

/// How the name in the table and the name on the disk agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// As everyone would compare them.
    Same,
    /// One has composed characters and the other decomposed ones.
    Normalised,
    /// By other spaces or underscores; in a path also by another case or without an extension.
    Different,
}

/// The files of every row, and the picture files that no row is for.
pub(crate) fn match_files(images: &Path, rows: &[Sought]) -> Result<(Vec<Found>, Vec<File>), StimuliError> {
    let mut found: Vec<Option<Found>> = rows.iter().map(|row| exact(images, row)).collect();
    let deep = rows.iter().zip(&found).any(|(row, found)| row.path.is_some() && found.is_none());
    let folder = Folder::read(images, if deep { Depth::Deep } else { Depth::Flat })?;
    let mut left = Left::new(&folder.pictures);
    found.iter().flatten().for_each(|found| left.take(found));
    for (row, found) in rows.iter().zip(&mut found).filter(|(_, found)| found.is_none()) {
        *found = by_name(row, &left);
        found.iter().for_each(|found| left.take(found));
    }
    by_other_spaces(rows, &mut found, &mut left);
    let hints = Hints::new(&left, &folder.others);
    let explain = |(row, found): (&Sought, Option<Found>)| found.unwrap_or_else(|| Found::Nothing(hints.of(row)));
    let found = rows.iter().zip(found).map(explain).collect();
    Ok((found, left.files().cloned().collect()))
}

/// The name that a row gives its picture: a path with its extension, or an id.
fn name(row: &Sought) -> String {
    row.path.map_or_else(|| without_extension(row.id).to_owned(), with_slashes)
}

/// The file at the very path that the row gives.
fn exact(images: &Path, row: &Sought) -> Option<Found> {
    let path = images.join(row.path?);
    path.exists().then(|| Found::Files(vec![File { name: name(row), path }], Spelling::Same))
}

/// Picture files that no row has taken yet.
struct Left<'a> {
    all: &'a [File],
    /// Positions of the files by their folded names, with and without extension.
    by_name: BTreeMap<String, Vec<usize>>,
    taken: BTreeSet<PathBuf>,
}

impl<'a> Left<'a> {
    fn new(all: &'a [File]) -> Self {
        let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (position, file) in all.iter().enumerate() {
            for name in [file.name.as_str(), without_extension(&file.name)] {
                by_name.entry(fold(name)).or_default().push(position);
            }
        }
        Self { all, by_name, taken: BTreeSet::new() }
    }

    fn take(&mut self, found: &Found) {
        if let Found::Files(files, _) = found {
            self.taken.extend(files.iter().map(|file| file.path.clone()));
        }
    }

    fn is_left(&self, file: &File) -> bool {
        !self.taken.contains(&file.path)
    }

    fn files(&self) -> impl Iterator<Item = &'a File> {
        self.all.iter().filter(|file| self.is_left(file))
    }

    /// Those of that folded name.
    fn of(&self, name: &str) -> Vec<File> {
        let positions = self.by_name.get(name).into_iter().flatten();
        positions.map(|&position| &self.all[position]).filter(|file| self.is_left(file)).cloned().collect()
    }
}

fn by_name(row: &Sought, left: &Left) -> Option<Found> {
    let name = name(row);
    let files = left.of(&fold(&name));
    let first = files.first()?;
    let names = [first.name.as_str(), without_extension(&first.name)];
    let as_it_stands = names.iter().any(|other| unnormalised(other) == unnormalised(&name));
    let spelling = match (as_it_stands, row.path) {
        (false, _) => Spelling::Normalised,
        (true, None) => Spelling::Same,
        (true, Some(_)) => Spelling::Different,
    };
    Some(Found::Files(files, spelling))
}

/// Matches what is left on both sides by names without spaces and underscores, one to one.
fn by_other_spaces(sought: &[Sought], found: &mut [Option<Found>], left: &mut Left) {
    let mut rows: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (row, picture) in sought.iter().enumerate().filter(|(row, _)| found[*row].is_none()) {
        rows.entry(without_spaces(&fold(&name(picture)))).or_default().push(row);
    }
    let mut files: BTreeMap<String, BTreeSet<&File>> = BTreeMap::new();
    for file in left.files() {
        for name in [file.name.as_str(), without_extension(&file.name)] {
            files.entry(without_spaces(&fold(name))).or_default().insert(file);
        }
    }
    for (name, rows) in rows {
        let files: Vec<&File> = files.get(&name).into_iter().flatten().copied().collect();
        let still_left = files.iter().all(|file| left.is_left(file));
        match (rows.as_slice(), files.as_slice()) {
            (_, []) => {}
            (&[row], &[file]) if still_left => {
                found[row] = Some(Found::Files(vec![file.clone()], Spelling::Different));
            }
            (rows, files) => {
                let ids: Vec<&str> = rows.iter().map(|&row| sought[row].id).collect();
                let words = format!("{} for {}", joined(files, " or "), ids.join(" or "));
                rows.iter().for_each(|&row| found[row] = Some(Found::Unclear(words.clone())));
                left.taken.extend(files.iter().map(|file| file.path.clone()));
            }
        }
        rows.iter().filter_map(|&row| found[row].as_ref()).for_each(|found| left.take(found));
    }
}

/// Names of files that may be meant by a row without a file.
struct Hints<'a> {
    pictures: BTreeMap<String, Vec<&'a File>>,
    others: BTreeMap<String, Vec<&'a File>>,
}

impl<'a> Hints<'a> {
    fn new(left: &Left<'a>, others: &'a [File]) -> Self {
        let mut hints = Self { pictures: BTreeMap::new(), others: BTreeMap::new() };
        for file in left.files() {
            hints.pictures.entry(resemblance(without_extension(&file.name))).or_default().push(file);
        }
        for file in others {
            let stem = file.name.rsplit_once('.').map_or(file.name.as_str(), |(stem, _)| stem);
            hints.others.entry(resemblance(without_extension(stem))).or_default().push(file);
        }
        hints
    }

    fn of(&self, row: &Sought) -> Option<String> {
        let resembles = resemblance(without_extension(row.id));
        if let Some(files) = self.pictures.get(&resembles) {
            return Some(format!("is it {}? then make the names agree", joined(files, " or ")));
        }
        let files = self.others.get(&resembles)?;
        let (last, extensions) = EXTENSIONS.split_last()?;
        Some(format!("{} is passed over: only .{} and .{last} are read", joined(files, ", "), extensions.join(", .")))
    }
}

fn joined(files: &[&File], separator: &str) -> String {
    files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join(separator)
}
