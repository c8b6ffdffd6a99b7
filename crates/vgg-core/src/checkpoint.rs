//! Weights as plain numbers, together with everything that must travel with them: architecture, preprocessing, origin.
//!
//! A checkpoint knows no device. `weights.rs` reads and writes it as a `.bpk` file, `network.rs` puts it on a device.

use graph::{Parameters, Weights};
use serde::{Deserialize, Serialize};

use crate::{Architecture, Preprocessing};

/// The weights of a network, on no device in particular.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// The network that these weights fill.
    pub architecture: Architecture,
    /// How a decoded picture becomes the input that these weights were trained on.
    pub preprocessing: Preprocessing,
    /// Where the weights came from.
    pub origin: Origin,
    /// Kernels and biases by node.
    pub weights: Weights,
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

/// A checkpoint whose parts do not fit one another.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum Mismatch {
    /// Weights and graph.
    #[error(transparent)]
    Weights(#[from] graph::WeightsError),
    /// Preprocessing and graph.
    #[error("preprocessing: expected {expected}, found {found}")]
    Preprocessing {
        /// What the network takes.
        expected: String,
        /// What the preprocessing makes.
        found: String,
    },
}

impl Checkpoint {
    /// Checks that pictures are cut to what the network takes, that every node has the weights that its operation asks
    /// for, and that every weight is finite.
    ///
    /// # Errors
    /// The preprocessing, or the first node, that does not fit.
    pub fn validate(&self) -> Result<(), Mismatch> {
        let mismatch = |expected: String, found: String| Err(Mismatch::Preprocessing { expected, found });
        let (crop, side) = (self.preprocessing.crop, self.architecture.input_side());
        if usize::try_from(crop) != Ok(side) {
            let expected = format!("a crop of {side}×{side} pixels, which is what the network takes");
            return mismatch(expected, format!("a crop of {crop}×{crop}"));
        }
        if let Err(error) = self.preprocessing.validate() {
            return mismatch("possible values".into(), error.fault().into());
        }
        Ok(self.weights.check_fits(self.architecture.graph())?)
    }

    /// The same with the weights of some nodes changed: the closure is given the name of every node that has weights.
    ///
    /// # Errors
    /// Weights that no longer fit.
    pub fn with_weights(self, mut change: impl FnMut(&str, &mut Parameters)) -> Result<Self, Mismatch> {
        let graph = self.architecture.graph();
        let mut named = Vec::new();
        for (id, parameters) in graph.ids().zip(self.weights.into_parts()) {
            let Some(mut parameters) = parameters else { continue };
            change(&graph.node(id).name, &mut parameters);
            named.push((graph.node(id).name.clone(), parameters));
        }
        let weights = Weights::new(graph, named)?;
        Ok(Self { weights, ..self })
    }
}
