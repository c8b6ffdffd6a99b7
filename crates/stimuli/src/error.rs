//! What can go wrong with a picture set. Every message names the file and says what to do.

use std::path::PathBuf;

use crate::notes::Problems;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum StimuliError {
    /// A file or folder cannot be read.
    #[error("cannot read {}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A picture file that is none, or is damaged, or is too large.
    #[error("cannot decode the picture {}: {reason}", .path.display())]
    Picture {
        /// The picture file.
        path: PathBuf,
        /// Why it cannot be used.
        reason: String,
    },
    /// A table that is not what the configuration says it is.
    #[error("{}: {reason}", .path.display())]
    Table {
        /// The table.
        path: PathBuf,
        /// What is wrong, and the remedy.
        reason: String,
    },
    /// A single cell of a table that cannot be used.
    #[error("{}, row {row}, column '{column}': '{value}' {reason}", .path.display())]
    Cell {
        /// The table.
        path: PathBuf,
        /// The row as an editor or spreadsheet program counts it, from 1.
        row: usize,
        /// The heading of the column.
        column: String,
        /// What the cell holds.
        value: String,
        /// What is wrong, and the remedy.
        reason: String,
    },
    /// A file that stands where another would be written.
    #[error("{} exists and holds something else; remove it, or write to another folder", .path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A picture set whose configuration contradicts itself.
    #[error("picture set '{set}': {reason}")]
    Spec {
        /// The name of the set.
        set: String,
        /// What is wrong, and the remedy.
        reason: String,
    },
    /// A set of frames that contradicts itself.
    #[error("set of frames '{set}': {reason}")]
    Frames {
        /// The name of the set.
        set: String,
        /// What is wrong, and the remedy.
        reason: String,
    },
    /// Pictures that cannot be used, by name.
    #[error(
        "picture set '{set}': {usable} pictures can be used, but not all is in order.\n{problems}\
         Put this right, or go on with the {usable} usable pictures: --allow-missing"
    )]
    Incomplete {
        /// The name of the set.
        set: String,
        /// How many pictures can be used.
        usable: usize,
        /// The others, by name.
        problems: Box<Problems>,
    },
    /// A set in which no picture can be used.
    #[error("picture set '{set}': no picture can be used.\n{problems}{hint}")]
    NothingUsable {
        /// The name of the set.
        set: String,
        /// The pictures, by name.
        problems: Box<Problems>,
        /// The likely reason.
        hint: String,
    },
    /// A category that is too small to be split.
    #[error("the category '{category}' has {count} pictures; a split needs at least {needed} (or none)")]
    TooFew {
        /// The category.
        category: String,
        /// How many pictures it has.
        count: usize,
        /// How many it needs.
        needed: usize,
    },
}
