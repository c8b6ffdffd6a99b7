//! The picture files of a folder, by the key of their id.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::StimuliError;
use crate::norms::{EXTENSIONS, key};

/// Every picture file that lies directly in the folder; the files of one key in alphabetical order.
///
/// Hidden files are passed over: macOS leaves one beside every picture (`._1050.jpg`) that is none.
pub(crate) fn scan(folder: &Path) -> Result<BTreeMap<String, Vec<PathBuf>>, StimuliError> {
    let failed = |source| StimuliError::Io { path: folder.to_owned(), source };
    let mut pictures: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        if !name.starts_with('.') && EXTENSIONS.contains(&extension.as_str()) {
            pictures.entry(key(&name)).or_default().push(path);
        }
    }
    pictures.values_mut().for_each(|paths| paths.sort());
    Ok(pictures)
}

/// The file names of some paths, for a message.
pub(crate) fn names(paths: &[PathBuf]) -> String {
    let names = paths.iter().map(|path| path.file_name().unwrap_or_default().to_string_lossy());
    names.collect::<Vec<_>>().join(", ")
}
