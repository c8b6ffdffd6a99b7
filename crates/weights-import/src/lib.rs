//! Reads convolutional networks from ONNX, PyTorch, safetensors and NumPy files.
//!
//! [`import`] opens a file, finds out what network it is — from its graph, or in a state dict by the names and shapes of
//! its tensors — and gives every tensor its place in a [`vgg_core::Checkpoint`], which [`vgg_core::weights::save`]
//! writes. Known networks get their usual names whatever the file calls their layers. What a file does not prove (mostly
//! the preprocessing, sometimes the size of the pictures) is asked for and never guessed. [`fetch`] downloads a pinned
//! file. Everything read here comes from strangers: no path, size or offset in a file is trusted.

#![warn(missing_docs)]

mod import;
mod preprocessing;

mod archive;
mod arithmetic;
mod hash;
mod naming;
mod onnx;
mod recognise;
mod source_file;
mod state_dict;
mod tensor;
mod translate;

mod arrays;
mod compare;
mod describe;
mod emonet;
mod mean_image;

mod catalog;
mod fetch;

mod error;

pub use arrays::{read_pictures, read_rows};
pub use catalog::{PinnedFile, pinned_files};
pub use compare::{Difference, Ranked, best, compare};
pub use describe::{describe, other_sites, summary, tensors};
pub use emonet::{EMONET, EMONET_REFERENCES, EmonetReference};
pub use error::{Flaw, ImportError};
pub use fetch::{FetchError, Fetched, fetch};
pub use import::{ImportOptions, Imported, import, read_classes};
pub use mean_image::read_mean_image;
pub use preprocessing::{Colours, Preparation, PreprocessingChoice, Size};
