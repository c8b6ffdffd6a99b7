//! The files that can be fetched by name.

use std::path::PathBuf;

use serde::Deserialize;

use crate::hash;
use crate::preprocessing::{Evidence, PreprocessingChoice};

/// A file whose size and hash are known before it is downloaded.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinnedFile {
    /// What a user asks for.
    pub name: String,
    /// The name that it has on the disk.
    pub file: String,
    /// Where it comes from.
    pub url: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256, hexadecimal.
    pub sha256: String,
    /// The licence under which it is offered.
    pub licence: String,
    /// One line about it.
    pub about: String,
    /// How its makers prepare pictures.
    pub preprocessing: PreprocessingChoice,
}

#[derive(Deserialize)]
struct Catalog {
    file: Vec<PinnedFile>,
}

/// All files that are known by name.
pub fn pinned_files() -> Vec<PinnedFile> {
    let catalog: Catalog = toml::from_str(include_str!("../data/files.toml")).expect("the table is tested");
    catalog.file
}

/// What is known of a file by its size and hash, and the hash, if it had to be computed.
pub(crate) fn recognise(files: &[PathBuf]) -> std::io::Result<Option<(Option<Evidence>, String)>> {
    recognise_among(&pinned_files(), files)
}

fn recognise_among(known: &[PinnedFile], files: &[PathBuf]) -> std::io::Result<Option<(Option<Evidence>, String)>> {
    let [file] = files else { return Ok(None) };
    let size = file.metadata()?.len();
    if known.iter().all(|known| known.size != size) {
        return Ok(None);
    }
    let hash = hash::sha256(files)?;
    let same = known.iter().find(|known| known.sha256 == hash);
    let evidence = same.map(|known| Evidence::Known { name: known.name.clone(), choice: known.preprocessing });
    Ok(Some((evidence, hash)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_well_formed() {
        let files = pinned_files();
        for file in &files {
            assert_eq!(file.sha256.len(), 64, "{}", file.name);
            assert!(file.sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)), "{}", file.name);
            assert!(file.url.starts_with("https://") && file.url.ends_with(&file.file), "{}", file.name);
            assert!(file.preprocessing != PreprocessingChoice::Auto, "{}", file.name);
            assert!(file.size > 1 << 20 && !file.licence.is_empty(), "{}", file.name);
            assert_eq!(files.iter().filter(|other| other.name == file.name || other.file == file.file).count(), 1);
        }
    }

    #[test]
    fn torchvisions_hash_begins_as_its_name_says() {
        let file = pinned_files().into_iter().find(|file| file.name == "torchvision-vgg16").expect("a row");
        assert!(file.file.contains(&file.sha256[..8]));
    }

    #[test]
    fn a_file_is_known_by_its_content_alone() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).expect("a writable folder");
            folder.path().join(name)
        };
        let pinned = PinnedFile {
            size: 3,
            // printf abc | sha256sum
            sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".into(),
            ..pinned_files().swap_remove(0)
        };
        let (same, other, longer) = (write("renamed", "abc"), write("other", "abd"), write("longer", "abcd"));
        let recognised =
            |file: PathBuf| recognise_among(std::slice::from_ref(&pinned), &[file]).expect("a readable file");
        let (evidence, hash) = recognised(same).expect("the size of a known file");
        assert!(matches!(evidence, Some(Evidence::Known { choice: PreprocessingChoice::Torchvision, .. })));
        assert_eq!(hash, pinned.sha256);
        assert!(recognised(other).expect("the size of a known file").0.is_none());
        assert!(recognised(longer).is_none());
    }
}
