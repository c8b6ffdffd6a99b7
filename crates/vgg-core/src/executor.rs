//! The operations that a network is made of, once for the CPU kernels and once for tensors of Burn.
//!
//! `network.rs` and `gain_line.rs` walk the graph with these operations and know nothing of devices.

mod exhausted;
mod host;
mod range;
mod tensors;

use std::sync::Arc;

use graph::NodeId;
use ndarray::{Array2, ArrayView4};

use crate::Checkpoint;
use crate::device::{Cause, Device, Kind};
use crate::route::Step;

/// A value of a batch where its device keeps it: feature maps, or units as maps of 1×1.
#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "a handful of maps is alive at a time, and each stands for megabytes")]
pub(crate) enum Map {
    /// Channels last, in memory.
    Host(Arc<kernels::Maps>),
    /// Channels first, `[pictures, channels, height, width]`.
    Tensor(burn::tensor::Tensor<4>),
}

impl Map {
    /// Pictures of the batch.
    fn pictures(&self) -> usize {
        match self {
            Self::Host(maps) => maps.pictures(),
            Self::Tensor(tensor) => tensor.dims()[0],
        }
    }

    /// Values of one picture.
    pub(crate) fn units(&self) -> usize {
        match self {
            Self::Host(maps) => maps.picture_len(),
            Self::Tensor(tensor) => tensor.dims()[1..].iter().product(),
        }
    }

    /// Values of the whole batch.
    pub(crate) fn len(&self) -> usize {
        self.pictures() * self.units()
    }
}

/// The device failed while it computed.
#[derive(Debug, thiserror::Error)]
#[error("{device} stopped: {reason}. {}", cause.remedy())]
pub struct ComputeError {
    /// The device.
    pub device: String,
    /// What its driver said.
    pub reason: String,
    /// What that stands for.
    pub cause: Cause,
}

impl ComputeError {
    /// A failure that is told apart by what the driver said.
    pub(crate) fn new(device: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        let reason = headline(&reason.to_string());
        Self { device: device.into(), cause: Cause::of_message(&reason), reason }
    }
}

/// A driver's message without the stack of calls that CubeCL puts behind it.
fn headline(message: &str) -> String {
    let frame = |line: &&str| line.split_once(':').is_some_and(|(number, _)| number.trim().parse::<u32>().is_ok());
    let said = message.lines().map(str::trim).take_while(|line| !frame(line)).filter(|line| !line.is_empty());
    said.collect::<Vec<_>>().join(" ")
}

/// The operations. A map must come from the executor that it is given to, and factors from an intervention that fits the
/// network: there is one per channel. Nodes are those of the network's graph.
pub(crate) trait Executor: Send + Sync {
    /// Pictures `[pictures, 3, side, side]` as a map.
    fn upload(&self, pictures: ArrayView4<'_, f32>) -> Map;
    /// A step: its operation on the values that its node reads, its activation, the factors, its pool.
    fn step(&self, step: Step, inputs: &[&Map], factors: Option<&[f32]>) -> Map;
    /// A map with its channels multiplied.
    fn scaled(&self, map: &Map, factors: &[f32]) -> Map;
    /// `W ∗ v` of a convolution or dense layer without its bias, where v is the input with all channels but those of a
    /// group set to 0; the whole input where no group is given.
    fn direction(&self, node: NodeId, input: &Map, group: Option<&[usize]>) -> Map;
    /// The activation and the pool of a step on a point of its operation's line: `f(intact + (slope − 1) · direction)`.
    fn line_point(&self, step: Step, intact: &Map, direction: &Map, slope: f32) -> Map;
    /// Spatial mean of every channel: a map of `[pictures, channels, 1, 1]`.
    fn means(&self, map: &Map) -> Map;
    /// Maps in memory, each flattened channel first to `[pictures × units]`. This is where a program waits for the
    /// device, so what can be read together is. Fails where any value since the last call left the range of its type.
    fn download(&self, maps: Vec<Map>) -> Result<Vec<Array2<f32>>, ComputeError>;
    /// Gives memory that no map uses back to the driver.
    fn reclaim(&self);
}

/// Puts the weights on a device.
pub(crate) fn place(checkpoint: &Checkpoint, device: &Device) -> Box<dyn Executor> {
    match &device.kind {
        Kind::Host => Box::new(host::HostExecutor::new(checkpoint)),
        Kind::Burn(burn, faults) => Box::new(tensors::TensorExecutor::new(checkpoint, device, burn, faults.clone())),
    }
}

/// The same executor on a device whose memory is enough for that many pictures.
pub(crate) fn exhausted_above(pictures: usize, executor: Box<dyn Executor>) -> Box<dyn Executor> {
    Box::new(exhausted::Exhausted { most: pictures, executor })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_in_one_line_with_its_remedy() {
        let error = ComputeError::new("gpu", "out of device memory allocating 5 bytes\n\n   0: a::b\n      at c.rs:1");
        assert_eq!(error.cause, Cause::OutOfMemory);
        let text = error.to_string();
        assert!(text.contains("allocating 5 bytes. A smaller `--memory`") && !text.contains("a::b"), "{text}");
        assert!(ComputeError::new("gpu", "The device is poisoned").to_string().contains("Start again"));
    }
}
