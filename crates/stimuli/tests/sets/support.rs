//! A folder with pictures and a norm table, for one test.

use std::path::{Path, PathBuf};

use image::{Rgb, RgbImage};
use stimuli::{Emotion, Kind, PictureSet, SetSpec, StimuliError};
use tempfile::TempDir;

/// The fixtures that are stored in the repository.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/fixtures").join(name)
}

/// A picture set in a temporary folder, which lives as long as this value.
pub struct Case {
    folder: TempDir,
    pub spec: SetSpec,
}

impl Case {
    /// A set of that kind with these picture files and this norm table.
    pub fn new(kind: Kind, pictures: &[&str], table: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (images, ratings) = (folder.path().join("images"), folder.path().join("norms.txt"));
        std::fs::create_dir(&images).unwrap();
        std::fs::write(&ratings, table).unwrap();
        let kind = serde_json::to_string(&kind).unwrap();
        let spec: SetSpec =
            serde_json::from_str(&format!(r#"{{"name": "test", "kind": {kind}, "images": "", "ratings": ""}}"#))
                .unwrap();
        let case = Self { folder, spec: SetSpec { images, ratings, ..spec } };
        pictures.iter().for_each(|name| case.picture(name));
        case
    }

    /// A set whose norm table is a fixture.
    pub fn with_fixture(kind: Kind, pictures: &[&str], name: &str) -> Self {
        let mut case = Self::new(kind, pictures, "");
        case.spec.ratings = fixture(name);
        case
    }

    /// Adds a small picture file; the extension decides its format.
    pub fn picture(&self, name: &str) {
        let path = self.spec.images.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let pixels = RgbImage::from_pixel(3, 2, Rgb([200, 100, 50]));
        // `image` knows no extension in capitals on its own.
        let format = image::ImageFormat::from_extension(path.extension().unwrap()).unwrap();
        pixels.save_with_format(path, format).unwrap();
    }

    /// Adds any other file to the picture folder.
    pub fn file(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.spec.images.join(name), bytes).unwrap();
    }

    /// Puts another norm table in the place of the first, and gives the message of loading it.
    pub fn message_of(&self, table: impl AsRef<[u8]>) -> String {
        std::fs::write(&self.spec.ratings, table).unwrap();
        self.message()
    }

    /// Adds a label file.
    pub fn labels(&mut self, text: &str) {
        let path = self.folder.path().join("labels.csv");
        std::fs::write(&path, text).unwrap();
        self.spec.labels = Some(path);
    }

    /// Loads the set, which must be in order.
    pub fn load(&self) -> PictureSet {
        stimuli::load(&self.spec, false).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Loads what can be used of the set.
    pub fn load_incomplete(&self) -> PictureSet {
        stimuli::load(&self.spec, true).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The message of the error that loading gives, without the temporary folder.
    pub fn message(&self) -> String {
        let error: StimuliError = stimuli::load(&self.spec, false).expect_err("the set is not in order");
        error.to_string().replace(&format!("{}/", self.folder.path().display()), "")
    }
}

/// Id, valence and category of every picture, for comparison.
pub fn summary(set: &PictureSet) -> Vec<(&str, Option<f64>, Option<Emotion>)> {
    set.pictures.iter().map(|picture| (picture.id.as_str(), picture.valence, picture.category)).collect()
}

pub const PLEASANT: Option<Emotion> = Some(Emotion::Pleasant);
pub const NEUTRAL: Option<Emotion> = Some(Emotion::Neutral);
pub const UNPLEASANT: Option<Emotion> = Some(Emotion::Unpleasant);
