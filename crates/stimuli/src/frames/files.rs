//! The picture files of frames: found, and their headers checked.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::notes::FrameNotes;
use super::rows::{Entry, Sheet};
use super::words::some_of;
use crate::decode::{self, Header};
use crate::error::StimuliError;
use crate::folder::File;
use crate::matching::{Found, Sought, Spelling, match_files};
use crate::norms::sorted;

/// The file of every entry, in order. One that is missing, could be several or cannot be read is an error, which names
/// the first and how many more there are.
pub(super) fn find(
    sheet: &Sheet,
    entries: &[Entry],
    images: &Path,
    notes: &mut FrameNotes,
) -> Result<Vec<PathBuf>, StimuliError> {
    let sought: Vec<Sought> = entries.iter().map(|entry| Sought { id: &entry.id, path: Some(&entry.path) }).collect();
    let (found, _) = match_files(images, &sought)?;
    let mut faults = Vec::new();
    let mut paths = Vec::with_capacity(entries.len());
    for (entry, found) in entries.iter().zip(found) {
        match only(found, images) {
            Ok((file, spelling)) => {
                match spelling {
                    Spelling::Same => {}
                    Spelling::Normalised => notes.normalised.push(entry.id.clone()),
                    Spelling::Different => notes.respelt.push(format!("{} ({})", entry.id, file.name)),
                }
                paths.push(file.path);
            }
            Err(reason) => faults.push((entry, reason)),
        }
    }
    refuse(sheet, &faults)?;
    notes.turned = inspect(sheet, entries, &paths)?;
    for names in [&mut notes.normalised, &mut notes.respelt] {
        *names = sorted(std::mem::take(names));
    }
    Ok(paths)
}

/// The one file that was found; what is wrong otherwise.
fn only(found: Found, images: &Path) -> Result<(File, Spelling), String> {
    let folder = images.display();
    match found {
        Found::Files(files, spelling) => match <[File; 1]>::try_from(files) {
            Ok([file]) => Ok((file, spelling)),
            Err(files) => {
                let names: Vec<String> = files.into_iter().map(|file| file.name).collect();
                Err(format!("may be any of the files {} in {folder}; write the name of one", some_of(&names)))
            }
        },
        Found::Unclear(words) => Err(format!("may be {words}; rename the files as the table does")),
        Found::Nothing(Some(hint)) => Err(format!("has no file in {folder} ({hint}); add it, or take out the row")),
        Found::Nothing(None) => Err(format!("has no file in {folder}; add it, or take out the row")),
    }
}

/// Checks every header. Gives the frames that stand upright only after turning.
fn inspect(sheet: &Sheet, entries: &[Entry], paths: &[PathBuf]) -> Result<Vec<String>, StimuliError> {
    let headers: Vec<Result<Header, StimuliError>> = paths.par_iter().map(|path| decode::inspect(path)).collect();
    let (mut faults, mut turned) = (Vec::new(), Vec::new());
    for (entry, header) in entries.iter().zip(headers) {
        match header {
            Ok(header) if header.turned => turned.push(entry.id.clone()),
            Ok(_) => {}
            Err(StimuliError::Picture { reason, .. }) => faults.push((entry, unreadable(&reason))),
            Err(error) => faults.push((entry, unreadable(&error.to_string()))),
        }
    }
    refuse(sheet, &faults)?;
    Ok(sorted(turned))
}

fn unreadable(reason: &str) -> String {
    format!("cannot be read: {reason}; put a whole file in its place, or take out the row")
}

/// The error for the first of the faults, which says how many more there are.
fn refuse(sheet: &Sheet, faults: &[(&Entry, String)]) -> Result<(), StimuliError> {
    let Some(((entry, reason), others)) = faults.split_first() else { return Ok(()) };
    let names: Vec<String> = others.iter().map(|(entry, _)| entry.row.cell(sheet.path).to_owned()).collect();
    let more = match names.len() {
        0 => String::new(),
        more => format!(" (and {more} more: {})", some_of(&names)),
    };
    Err(sheet.table.cell_error(entry.row, sheet.path, format!("{reason}{more}")))
}
