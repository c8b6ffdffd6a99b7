//! Reads VGG-16 weights from ONNX, PyTorch, safetensors and NumPy files.
//!
//! [`import`] opens a file, proves that it is a VGG-16 — a graph by walking it, a state dict by the names of its
//! tensors — and maps exactly 32 tensors (26 without dense layers) into a [`vgg_core::Checkpoint`], which
//! [`vgg_core::weights::save`] writes. What a file does not prove (mostly the preprocessing, sometimes the size of the
//! pictures) is asked for and never guessed. [`fetch`] downloads a pinned file. Everything read here comes from strangers: no
//! path, size or offset in a file is trusted.

#![warn(missing_docs)]

mod import;
mod preprocessing;

mod arithmetic;
mod batch_norm;
mod graph;
mod hash;
mod naming;
mod onnx;
mod parts;
mod source_file;
mod state_dict;
mod tensor;

mod arrays;
mod compare;
mod describe;

mod catalog;
mod fetch;

mod error;

pub use arrays::{read_pictures, read_rows};
pub use catalog::{PinnedFile, pinned_files};
pub use compare::{Difference, Ranked, best, compare};
pub use describe::{describe, summary};
pub use error::{Flaw, ImportError};
pub use fetch::{FetchError, Fetched, fetch};
pub use import::{ImportOptions, Imported, import, read_classes};
pub use preprocessing::PreprocessingChoice;
