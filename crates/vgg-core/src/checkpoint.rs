//! Weights as plain arrays, together with everything that must travel with them: architecture, preprocessing, origin.
//!
//! A checkpoint knows no device. `weights.rs` reads and writes it as a `.bpk` file, `network.rs` puts it on a device.

use ndarray::{Array1, Array2, Array4};
use serde::{Deserialize, Serialize};

use crate::{Architecture, Preprocessing};

/// The weights of a network, on no device in particular.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// The network that these weights fill.
    pub architecture: Architecture,
    /// How a decoded picture becomes the input that these weights were trained on.
    pub preprocessing: Preprocessing,
    /// Where the weights came from.
    pub origin: Origin,
    /// One entry per row of [`Architecture::layers`].
    pub convolutions: Vec<ConvWeights>,
    /// One entry per row of [`Architecture::dense_layers`].
    pub dense: Vec<DenseWeights>,
}

/// Where weights came from; written into every manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// `onnx`, `pytorch`, `safetensors`, `pretrained here`, `random`.
    pub format: String,
    /// File name or recipe, for people.
    pub source: String,
    /// SHA-256 of the source file, hexadecimal; empty where there was no file.
    pub sha256: String,
    /// Class names in the order of the class scores; empty where unknown.
    pub classes: Vec<String>,
}

/// Weights of one 3×3 convolution.
///
/// # Shapes
/// - `kernel`: `[channels_out, channels_in, 3, 3]`
/// - `bias`: `[channels_out]`
#[derive(Clone, Debug, PartialEq)]
pub struct ConvWeights {
    /// The kernel, output channel first.
    pub kernel: Array4<f32>,
    /// One bias per output channel.
    pub bias: Array1<f32>,
}

/// Weights of one dense layer: `y = x · matrix + bias`.
///
/// # Shapes
/// - `matrix`: `[inputs, outputs]`; the inputs of fc6 are ordered channel first (`channel × row × column`), as
///   PyTorch and ONNX flatten a feature map
/// - `bias`: `[outputs]`
#[derive(Clone, Debug, PartialEq)]
pub struct DenseWeights {
    /// The matrix, input first (the transpose of PyTorch's `Linear.weight`).
    pub matrix: Array2<f32>,
    /// One bias per output unit.
    pub bias: Array1<f32>,
}

/// A checkpoint whose arrays do not fit its architecture.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{layer}: expected {expected}, found {found}")]
pub struct Mismatch {
    /// The layer that does not fit.
    pub layer: String,
    /// What the architecture asks for.
    pub expected: String,
    /// What the arrays hold.
    pub found: String,
}

impl Checkpoint {
    /// Checks that pictures are cut to what the network takes, that every array has the shape its architecture asks
    /// for, and that every weight is finite.
    ///
    /// # Errors
    /// The preprocessing, or the first layer, that does not fit.
    pub fn validate(&self) -> Result<(), Mismatch> {
        self.check_preprocessing()?;
        let (layers, dense) = (self.architecture.layers(), self.architecture.dense_layers());
        check("convolutions", &layers.len(), &self.convolutions.len())?;
        check("dense layers", &dense.len(), &self.dense.len())?;
        for (layer, weights) in layers.iter().zip(&self.convolutions) {
            check(&layer.name, &[layer.channels, layer.inputs, 3, 3].as_slice(), &weights.kernel.shape())?;
            check(&layer.name, &[layer.channels].as_slice(), &weights.bias.shape())?;
            check_finite(&layer.name, weights.kernel.iter().chain(&weights.bias))?;
        }
        for (layer, weights) in dense.iter().zip(&self.dense) {
            check(&layer.name, &[layer.inputs, layer.outputs].as_slice(), &weights.matrix.shape())?;
            check(&layer.name, &[layer.outputs].as_slice(), &weights.bias.shape())?;
            check_finite(&layer.name, weights.matrix.iter().chain(&weights.bias))?;
        }
        Ok(())
    }

    fn check_preprocessing(&self) -> Result<(), Mismatch> {
        let mismatch =
            |expected: String, found: String| Err(Mismatch { layer: "preprocessing".into(), expected, found });
        let (crop, side) = (self.preprocessing.crop, self.architecture.input_side);
        if usize::try_from(crop) != Ok(side) {
            let expected = format!("a crop of {side}×{side} pixels, which is what the network takes");
            return mismatch(expected, format!("a crop of {crop}×{crop}"));
        }
        if let Err(error) = self.preprocessing.validate() {
            return mismatch("possible values".into(), error.fault().into());
        }
        Ok(())
    }
}

fn check<T: PartialEq + std::fmt::Debug>(layer: &str, expected: &T, found: &T) -> Result<(), Mismatch> {
    if expected == found {
        return Ok(());
    }
    Err(Mismatch { layer: layer.into(), expected: format!("{expected:?}"), found: format!("{found:?}") })
}

fn check_finite<'a>(layer: &str, mut weights: impl Iterator<Item = &'a f32>) -> Result<(), Mismatch> {
    match weights.find(|weight| !weight.is_finite()) {
        None => Ok(()),
        Some(weight) => {
            Err(Mismatch { layer: layer.into(), expected: "finite weights".into(), found: weight.to_string() })
        }
    }
}
