//! `arrays/emonet.npz`: what people who use EmoNet to describe pictures need, for every frame in the order of `frames.csv`.

use std::io::Cursor;

use anyhow::{Context, Result};
use ndarray::Array2;
use ndarray_npy::NpzWriter;
use vgg_core::head::readout::probabilities;

use crate::passed::Passed;
use crate::scored::Scored;

/// The file: for every layer its spatial means (a dense layer's units, before their activation), `features` after it,
/// `logits` and `probabilities`.
///
/// # Errors
/// Memory for the compressed file.
pub fn npz(passed: &Passed, shown: &Scored) -> Result<Vec<u8>> {
    let mut writer = NpzWriter::new_compressed(Cursor::new(Vec::new()));
    let mut add = |name: &str, array: &Array2<f32>| writer.add_array(name, array).with_context(|| name.to_string());
    for layer in &passed.layers {
        add(&layer.name, &layer.means)?;
    }
    add("features", &passed.features)?;
    add("logits", &shown.scores)?;
    add("probabilities", &probabilities(shown.scores.view()).mapv(|p| p as f32))?;
    Ok(writer.finish().context("arrays/emonet.npz")?.into_inner())
}
