//! The files of a picture folder.

use std::path::{Path, PathBuf};

use crate::error::StimuliError;
use crate::norms::EXTENSIONS;

/// A file of a picture folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct File {
    /// Its path inside the folder, with forward slashes.
    pub name: String,
    /// Its whole path.
    pub path: PathBuf,
}

/// The files of a folder, each list in alphabetical order.
#[derive(Debug, Default)]
pub(crate) struct Folder {
    /// Files with the extension of a picture.
    pub pictures: Vec<File>,
    /// All others; they only serve to explain what is missing.
    pub others: Vec<File>,
}

/// Which files of a folder count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Those directly in it.
    Flat,
    /// Those in folders inside it too. Links to folders are not followed, since they may lead in a circle.
    Deep,
}

impl Folder {
    /// Lists a folder.
    ///
    /// Hidden files are passed over: macOS leaves one beside every picture (`._1050.jpg`) that is none.
    pub(crate) fn read(folder: &Path, depth: Depth) -> Result<Self, StimuliError> {
        let mut files = Self::default();
        files.add(folder, "", depth)?;
        files.pictures.sort();
        files.others.sort();
        Ok(files)
    }

    fn add(&mut self, folder: &Path, prefix: &str, depth: Depth) -> Result<(), StimuliError> {
        let failed = |source| StimuliError::Io { path: folder.to_owned(), source };
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let (path, own) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if own.starts_with('.') {
                continue;
            }
            let name = format!("{prefix}{own}");
            if entry.file_type().map_err(failed)?.is_dir() {
                if depth == Depth::Deep {
                    self.add(&path, &format!("{name}/"), depth)?;
                }
                continue;
            }
            let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
            let list = if EXTENSIONS.contains(&extension.as_str()) { &mut self.pictures } else { &mut self.others };
            list.push(File { name, path });
        }
        Ok(())
    }
}
