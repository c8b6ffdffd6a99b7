//! A folder with frames, their table and lists of groups, for one test.

use std::path::Path;

use image::{Rgb, RgbImage};
use stimuli::frames::{self, Frame, FrameSet, FrameSpec, Part};
use tempfile::TempDir;

/// A set of frames in a temporary folder, which lives as long as this value.
pub struct Case {
    folder: TempDir,
    pub spec: FrameSpec,
}

impl Case {
    /// A set with these frames and this table, and these further keys of its configuration.
    pub fn new(frames: &[&str], table: impl AsRef<[u8]>, keys: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (images, path) = (folder.path().join("images"), folder.path().join("frames.csv"));
        std::fs::create_dir(&images).unwrap();
        std::fs::write(&path, table).unwrap();
        let spec = toml::from_str(&format!("name = 'clips'\nimages = ''\ntable = ''\n{keys}")).unwrap();
        let case = Self { folder, spec: FrameSpec { images, table: path, ..spec } };
        frames.iter().for_each(|name| write_frame(&case.spec.images.join(name)));
        case
    }

    /// A set of eight frames: four clips of two frames each, two of joy and two of fear.
    pub fn eight(table: &str, keys: &str) -> Self {
        Self::new(&EIGHT, table, keys)
    }

    /// Adds a frame.
    pub fn frame(&self, name: &str) {
        write_frame(&self.spec.images.join(name));
    }

    /// Adds a file beside the table, and gives its path.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> std::path::PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Loads the set, which must be in order.
    pub fn load(&self) -> FrameSet {
        frames::load(&self.spec).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The message of the error that loading gives, without the temporary folder.
    pub fn message(&self) -> String {
        let error = frames::load(&self.spec).expect_err("the set is not in order");
        error.to_string().replace(&format!("{}/", self.folder.path().display()), "")
    }
}

pub const EIGHT: [&str; 8] = ["a1.png", "a2.png", "b1.png", "b2.png", "c1.png", "c2.png", "d1.png", "d2.png"];

/// A table of the eight frames in which nothing is wrong.
pub const TABLE: &str = "path,label,group,split\na1.png,Joy,A,train\na2.png,Joy,A,train\nb1.png,Joy,B,test\n\
    b2.png,Joy,B,test\nc1.png,Fear,C,train\nc2.png,Fear,C,train\nd1.png,Fear,D,test\nd2.png,Fear,D,test\n";

/// The same without sides.
pub const UNSPLIT: &str = "path,emotion,video\na1.png,Joy,0001.mp4\na2.png,Joy,0001.mp4\nb1.png,Joy,0002.mp4\n\
    b2.png,Joy,0002.mp4\nc1.png,Fear,0013.mp4\nc2.png,Fear,0013.mp4\nd1.png,Fear,0104.mp4\nd2.png,Fear,0104.mp4\n";

/// Writes a small picture file.
pub fn write_frame(path: &Path) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    RgbImage::from_pixel(3, 2, Rgb([200, 100, 50])).save(path).unwrap();
}

/// Id, class, group and side of every frame, for comparison.
pub fn summary(set: &FrameSet) -> Vec<(&str, &str, &str, Part)> {
    let class = |frame: &Frame| set.classes.name(frame.class).unwrap();
    let group = |frame: &Frame| set.groups[frame.group].as_str();
    set.frames.iter().map(|frame| (frame.id.as_str(), class(frame), group(frame), frame.part)).collect()
}
