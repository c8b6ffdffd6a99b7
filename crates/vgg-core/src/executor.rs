//! The few operations that a network is made of, once for the CPU kernels and once for tensors of Burn.
//!
//! `network.rs` and `gain_line.rs` walk the stages with these operations and know nothing of devices.

mod host;
mod tensors;

use ndarray::{Array2, ArrayView4};

use crate::device::{Device, Kind};
use crate::{Architecture, Checkpoint};

/// A feature map of a batch, or its units after the first dense layer, where its device keeps it.
#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "a handful of maps is alive at a time, and each stands for megabytes")]
pub(crate) enum Map {
    /// Channels last, in memory.
    Host(winograd::Maps),
    /// Channels first, `[pictures, channels, height, width]`.
    Tensor(burn::tensor::Tensor<4>),
}

/// One step of the network up to the features that heads read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The convolution of that position, with a 2×2 max-pool behind it or not.
    Conv { layer: usize, pooled: bool },
    /// The hidden dense layer of that position (0 is fc6).
    Dense(usize),
    /// The pooled last map as it is: what a network without dense layers gives to the heads.
    Flatten,
}

/// The device failed while it computed.
#[derive(Debug, thiserror::Error)]
#[error("{device} stopped: {reason}. A smaller batch (`--set batch=…`) or `--device cpu` may help")]
pub struct ComputeError {
    /// The device.
    pub device: String,
    /// What its driver said.
    pub reason: String,
}

/// The operations. A map must come from the executor that it is given to.
pub(crate) trait Executor: Send + Sync {
    /// Pictures `[pictures, 3, side, side]` as a map.
    fn upload(&self, pictures: ArrayView4<'_, f32>) -> Map;
    /// `W ∗ x + b` of a stage.
    fn preactivation(&self, stage: Stage, input: &Map) -> Map;
    /// `factor · max(0, W ∗ x + b)` of a stage, before any pooling.
    fn rectified(&self, stage: Stage, input: &Map, factors: Option<&[f32]>) -> Map;
    /// The same and the stage's pooling: the input of the next stage.
    fn advance(&self, stage: Stage, input: &Map, factors: Option<&[f32]>) -> Map;
    /// A rectified map with its channels multiplied, then pooled if the stage is.
    fn modulate(&self, stage: Stage, rectified: &Map, factors: Option<&[f32]>) -> Map;
    /// `W ∗ v`, where v is the input with all channels but a group set to 0; no bias.
    fn direction(&self, stage: Stage, input: &Map, group: &[usize]) -> Map;
    /// `max(0, intact + (slope − 1) · direction)` and the stage's pooling.
    fn line_point(&self, stage: Stage, intact: &Map, direction: &Map, slope: f32) -> Map;
    /// Spatial mean of every channel, `[pictures × channels]`.
    fn means(&self, map: &Map) -> Result<Array2<f32>, ComputeError>;
    /// A map without spatial extent, or flattened channel first, `[pictures × units]`.
    fn rows(&self, map: &Map) -> Result<Array2<f32>, ComputeError>;
    /// Class scores from features, `[pictures × classes]`.
    fn scores(&self, features: &Map) -> Result<Array2<f32>, ComputeError>;
}

/// Puts the weights on a device.
pub(crate) fn place(checkpoint: &Checkpoint, device: &Device) -> Box<dyn Executor> {
    match &device.kind {
        Kind::Host => Box::new(host::HostExecutor::new(checkpoint)),
        Kind::Burn(burn) => Box::new(tensors::TensorExecutor::new(checkpoint, burn, device.info())),
    }
}

/// The stages from the first convolution to the features.
pub(crate) fn stages(architecture: &Architecture) -> Vec<Stage> {
    let convolutions =
        architecture.layers().into_iter().enumerate().map(|(layer, row)| Stage::Conv { layer, pooled: row.pooled });
    let tail: Vec<Stage> = match architecture.hidden.len() {
        0 => vec![Stage::Flatten],
        hidden => (0..hidden).map(Stage::Dense).collect(),
    };
    convolutions.chain(tail).collect()
}
