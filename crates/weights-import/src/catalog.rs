//! The files that can be fetched by name.

use serde::Deserialize;

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
            assert!(file.size > 1 << 20 && !file.licence.is_empty(), "{}", file.name);
            assert_eq!(files.iter().filter(|other| other.name == file.name || other.file == file.file).count(), 1);
        }
    }

    #[test]
    fn torchvisions_hash_begins_as_its_name_says() {
        let file = pinned_files().into_iter().find(|file| file.name == "torchvision-vgg16").expect("a row");
        assert!(file.file.contains(&file.sha256[..8]));
    }
}
