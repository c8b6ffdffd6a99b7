//! Picture sets as researchers hold them, with every trap of their file formats. The files are written by the tests or
//! lie in assets/fixtures; all ids, words and ratings are invented.

#![allow(clippy::unwrap_used)]

mod copies;
mod decoding;
mod frames;
mod iaps;
mod labels;
mod names;
mod naps;
mod oasis;
mod problems;
mod real;
mod slips;
mod support;
mod table;
mod tables;
mod workbooks;
