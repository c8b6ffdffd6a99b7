//! Labelled frames of videos, or single pictures, in any number of classes: what EmoNet's figure is computed from.
//!
//! A [`FrameSpec`] says where a set lies; [`load`] reads it. No video is decoded here: frames are picture files, and the
//! table says which video each is from, so that frames of one video never meet in training and test.
//!
//! # The table
//!
//! One row per frame, in text with any delimiter, encoding and line ending, or in a workbook. It has four columns, whose
//! headings are found in any case and order, and which `columns` names where they are called otherwise.
//!
//! | column | headings that are known | what it holds |
//! |---|---|---|
//! | `path` | path, file, filename, frame, image | the picture file, inside the folder `images` |
//! | `label` | label, emotion, category, class | the class; case, spaces, underscores and hyphens do not matter |
//! | `group` | group, group id, video, video id, clip, clip id | the video; `0042.mp4`, `0042` and `42` are one |
//! | `split` | split, partition | `train` (`training`) or `test` (`testing`, `hold-out`) |
//!
//! ```text
//! path,label,video,split
//! 0001/00005.jpg,Joy,0001.mp4,train
//! 0001/00010.jpg,Joy,0001.mp4,train
//! 0002/00005.jpg,Empathic Pain,0002.mp4,test
//! ```
//!
//! What stands in place of a column is said, never assumed:
//!
//! - no `group`: `group = "each"` makes every frame a group of its own;
//! - no `split`: `split = { train = "…", test = "…" }` names two lists of groups (columns `video` and, if it should be
//!   compared, `emotion`), as the published split of EmoNet's videos is; or `test_share = 0.2` and `seed = 1` draw the
//!   groups at random within each class.
//!
//! `classes = "emonet"` gives EmoNet's 20 classes in the order of its outputs, a list gives any others, and without it
//! the labels of the table are the classes, in alphabetical order. A label that is no class is refused, or left out and
//! counted with `other_labels = "leave-out"`. `censored` is a list of groups to leave out (a column `video`, or the two
//! columns of the published list).
//!
//! Refused, with file, row, value and remedy: a group with two labels or on both sides, a frame that stands twice, a file
//! that is missing or cannot be read, a class without frames on both sides, and everything that can be read in two ways.

mod classes;
mod spec;

mod files;
mod groups;
mod lists;
mod load;
mod parts;
mod rows;
mod words;

mod notes;
mod set;

pub use classes::{Classes, EMONET_CLASSES};
pub use load::load;
pub(crate) use notes::counts;
pub use notes::{ClassCounts, FrameNotes, LeftOut};
pub(crate) use parts::drawn;
pub use set::{Frame, FrameSet, Part};
pub use spec::{ClassList, FrameColumns, FrameSpec, Grouping, OtherLabels, SplitFiles};
