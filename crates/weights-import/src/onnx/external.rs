//! Tensors that lie in files beside the model. A model is data from strangers, so what it says about files is confined
//! to its own folder: no absolute path, no `..`, no link that leads out.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use bytes::Bytes;
use onnx_ir::TensorProto;

use crate::error::Flaw;
use crate::source_file;

/// The data files of one model, each mapped once.
pub(super) struct ExternalFiles {
    folder: PathBuf,
    maps: BTreeMap<PathBuf, Bytes>,
}

impl ExternalFiles {
    /// Files in the folder of `model`.
    pub fn beside(model: &Path) -> Self {
        let folder = model.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Self { folder: folder.into(), maps: BTreeMap::new() }
    }

    /// The bytes of a tensor; `length` is what its shape needs, `None` where the element type is not read.
    pub fn window(&mut self, name: &str, tensor: &TensorProto, length: Option<usize>) -> Result<Bytes, Flaw> {
        let field = |key: &str| tensor.external_data.iter().find(|entry| entry.key == key).map(|entry| &*entry.value);
        let number = |key: &str| match field(key) {
            None => Ok(None),
            Some(text) => {
                let fault = |_| Flaw::data(name, format!("{key} \"{text}\" is not a number of bytes"));
                text.parse::<usize>().map(Some).map_err(fault)
            }
        };
        let location = field("location").ok_or_else(|| Flaw::data(name, "it names no file"))?;
        let start = number("offset")?.unwrap_or(0);
        let Some(length) = number("length")?.or(length) else { return Ok(Bytes::new()) };
        let bytes = self.open(location).map_err(|reason| Flaw::data(name, reason))?;
        match start.checked_add(length) {
            Some(end) if end <= bytes.len() => Ok(bytes.slice(start..end)),
            _ => {
                let size = bytes.len();
                let reason = format!("bytes {start} + {length} lie beyond the end of \"{location}\" ({size} bytes)");
                Err(Flaw::data(name, reason))
            }
        }
    }

    /// The files that were read, in order of name.
    pub fn into_paths(self) -> Vec<PathBuf> {
        self.maps.into_keys().collect()
    }

    fn open(&mut self, location: &str) -> Result<Bytes, String> {
        let path = self.confined(location)?;
        if let Some(bytes) = self.maps.get(&path) {
            return Ok(bytes.clone());
        }
        let bytes = source_file::map(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        self.maps.insert(path, bytes.clone());
        Ok(bytes)
    }

    /// The path of a data file, once it is certain that it lies in the folder of the model.
    fn confined(&self, location: &str) -> Result<PathBuf, String> {
        let refused = |why: &str| format!("file \"{location}\" is refused, {why}: it must lie beside the model");
        let relative = Path::new(location);
        let plain = relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if location.is_empty() || location.contains(['\\', '\0', ':']) || !plain {
            return Err(refused("its path is absolute or leads out of the folder"));
        }
        let path = self.folder.join(relative);
        let missing = |error| format!("file \"{location}\" is not beside the model ({error}); copy it there");
        let real = path.canonicalize().map_err(missing)?;
        let folder = self.folder.canonicalize().map_err(missing)?;
        if !real.starts_with(&folder) {
            return Err(refused("a link leads out of the folder"));
        }
        if !real.is_file() {
            return Err(refused("it is no plain file"));
        }
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(location: &str, message: &str) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("models")).expect("a writable folder");
        std::fs::create_dir(folder.path().join("models/inside")).expect("a writable folder");
        std::fs::write(folder.path().join("secret"), "secret").expect("a writable folder");
        std::fs::write(folder.path().join("models/plain"), "data").expect("a writable folder");
        #[cfg(unix)]
        std::os::unix::fs::symlink("../secret", folder.path().join("models/link")).expect("a writable folder");
        let mut files = ExternalFiles::beside(&folder.path().join("models/model.onnx"));
        match files.open(location) {
            Ok(bytes) => assert_eq!((&bytes[..], message), (&b"data"[..], "")),
            Err(error) => assert!(!message.is_empty() && error.contains(message), "{location}: {error}"),
        }
    }

    #[test]
    fn only_files_in_the_folder_are_opened() {
        check("plain", "");
        check("./plain", "");
        check("", "absolute or leads out");
        check("/etc/passwd", "absolute or leads out");
        check("../secret", "absolute or leads out");
        check("inside/../../secret", "absolute or leads out");
        check("..\\secret", "absolute or leads out");
        check("C:\\secret", "absolute or leads out");
        check("absent", "not beside the model");
        check("inside", "no plain file");
        #[cfg(unix)]
        check("link", "a link leads out of the folder");
    }
}
