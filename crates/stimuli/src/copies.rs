//! Decoded copies of a picture set, as PNG files: decoders of JPEG differ by a few grey levels, and other programs
//! compute from the same pixels only if they read the same copies.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Cursor, ErrorKind, Write};
use std::path::{Component, Path, PathBuf};

use image::{ImageFormat, RgbImage};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::error::StimuliError;
use crate::names;
use crate::norms::without_extension;
use crate::picture::{Picture, PictureSet, PictureSource};

/// What a copy holds and where it comes from: a row of the table.
struct Copy {
    path: String,
    source: String,
    sha256: String,
    size: (u32, u32),
}

/// Writes every picture of a set to `<folder>/<set>/<id>.png`, whatever the ending of its id, and then
/// `<folder>/<set>.csv`, whose path is returned.
///
/// The table has the columns `path` (of the copy, inside its folder), `id`, `source` (the original), `sha256` (of the copy),
/// `width`, `height`, `category`, `arousal`, `object`, `object_category`, and `valence` where a picture has one. With the
/// folder `<folder>/<set>` and `columns.id = "id"` it is a set of kind `table`, on the scale of the original, whose pictures
/// have the same ids, norms, categories and, bit for bit, pixels.
///
/// Each file is written whole or not at all, the table last. A file that holds the right bytes already is kept.
///
/// # Errors
/// A picture that cannot be decoded; an id or name of the set that is no file name, or two that are one; a file that
/// stands in the way ([`StimuliError::Exists`]) or cannot be written.
pub fn write(set: &PictureSet, folder: &Path) -> Result<PathBuf, StimuliError> {
    let name = inside(set, &set.name)?;
    let paths = set
        .pictures
        .iter()
        .map(|picture| inside(set, without_extension(&picture.id)))
        .collect::<Result<Vec<_>, _>>()?;
    let mut seen = BTreeSet::new();
    if let Some(twice) = paths.iter().find(|path| !seen.insert(names::fold(path))) {
        return Err(refused(set, format!("two pictures would be written to '{twice}.png'; rename one of them")));
    }
    let pictures = folder.join(&name);
    let copies: Vec<Copy> = set
        .pictures
        .par_iter()
        .zip(&paths)
        .map(|(picture, path)| copy(picture, path, &pictures))
        .collect::<Result<_, _>>()?;
    let table = folder.join(format!("{name}.csv"));
    let text = in_csv(set, &copies).map_err(|source| StimuliError::Io { path: table.clone(), source })?;
    create(&table, &text)?;
    Ok(table)
}

/// The name as a path with forward slashes, if it leads to a place inside a folder.
fn inside(set: &PictureSet, name: &str) -> Result<String, StimuliError> {
    let path = Path::new(name);
    let leads_inside = path.components().all(|part| matches!(part, Component::Normal(_)));
    if name.is_empty() || !leads_inside || name.ends_with('/') {
        return Err(refused(set, format!("'{name}' cannot be the name of a file; rename it")));
    }
    Ok(name.to_owned())
}

fn refused(set: &PictureSet, reason: String) -> StimuliError {
    StimuliError::Spec { set: set.name.clone(), reason }
}

fn copy(picture: &Picture, name: &str, folder: &Path) -> Result<Copy, StimuliError> {
    let path = format!("{name}.png");
    let target = folder.join(&path);
    let (bytes, size) = picture.with_pixels(|pixels| (in_png(pixels), pixels.dimensions()))?;
    let bytes = bytes.map_err(|error| StimuliError::Picture { path: target.clone(), reason: error.to_string() })?;
    create(&target, &bytes)?;
    let source = match &picture.source {
        PictureSource::File(path) => path.display().to_string(),
        PictureSource::Synthetic(_) | PictureSource::Clip(_) => "synthetic".into(),
    };
    let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Copy { path, source, sha256, size })
}

fn in_png(pixels: &RgbImage) -> image::ImageResult<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

fn in_csv(set: &PictureSet, copies: &[Copy]) -> std::io::Result<Vec<u8>> {
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let has_valence = set.pictures.iter().any(|picture| picture.valence.is_some());
    let mut table = csv::Writer::from_writer(Vec::new());
    let header =
        ["path", "id", "source", "sha256", "width", "height", "category", "arousal", "object", "object_category"];
    table.write_record(header.into_iter().chain(has_valence.then_some("valence")))?;
    for (picture, copy) in set.pictures.iter().zip(copies) {
        // The word that leaves a picture out of all categories.
        let category = picture.category.map_or("unknown".into(), |emotion| emotion.to_string());
        let row = [
            copy.path.clone(),
            picture.id.clone(),
            copy.source.clone(),
            copy.sha256.clone(),
            copy.size.0.to_string(),
            copy.size.1.to_string(),
            category,
            number(picture.arousal),
            picture.object.clone().unwrap_or_default(),
            picture.object_category.clone().unwrap_or_default(),
        ];
        table.write_record(row.into_iter().chain(has_valence.then(|| number(picture.valence))))?;
    }
    table.into_inner().map_err(|error| error.into_error())
}

/// Writes a new file whole or not at all: beside its place, flushed, renamed. One that holds these bytes is kept.
fn create(path: &Path, bytes: &[u8]) -> Result<(), StimuliError> {
    let failed = |source| StimuliError::Io { path: path.to_owned(), source };
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(failed)?;
    if !path.exists() {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".part-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(folder).map_err(failed)?;
        file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
        match file.persist_noclobber(path) {
            Ok(_) => return Ok(()),
            // Another process was faster; what it wrote is looked at below.
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(error.error)),
        }
    }
    if fs::read(path).map_err(failed)? == bytes { Ok(()) } else { Err(StimuliError::Exists { path: path.to_owned() }) }
}
