//! Affective picture sets: pictures with their published norms, the emotion categories that follow from them, and
//! stratified splits.
//!
//! A [`SetSpec`] says where a set lies; [`load`] reads its norms (IAPS, NAPS, OASIS or any table), matches them with
//! the picture folder and sorts the pictures into [`Emotion`]s. What cannot be used is listed by name.
//! [`synthetic`] draws two sets that need no files.

#![warn(missing_docs)]

mod emotion;
mod picture;
mod spec;

mod folder;
mod iaps;
mod labels;
mod load;
mod matching;
mod names;
mod naps;
mod norms;
mod oasis;
mod reader;
mod slips;
mod table;

pub mod categories;
pub mod copies;
pub mod decode;
pub mod frames;
pub mod splits;
pub mod synthetic;

pub mod seed;

mod error;
mod notes;

pub use emotion::{Emotion, UnknownEmotion};
pub use error::StimuliError;
pub use load::load;
pub use notes::{Problems, Published, SetNotes};
pub use picture::{Picture, PictureSet, PictureSource};
pub use reader::read_workbooks_in_a_child;
pub use spec::{Columns, Kind, SetSpec, Unlabelled};
