//! The operations on tensors of Burn: any GPU through wgpu, or Burn's own CPU backend.
//!
//! Every operation is queued and none waits; only [`Executor::download`] does. Tensors hold float32 or float16; what is
//! read is float32.

mod fixed;
mod kernels;
mod plain;

use burn::tensor::{Device as BurnDevice, FloatDType, Tensor, TensorData};
use graph::NodeId;
use ndarray::{Array2, ArrayView4};

use self::fixed::FixedOperations;
use self::plain::PlainOperations;
use super::{ComputeError, Executor, Map, range};
use crate::Checkpoint;
use crate::device::{Device, Faults, Precision};
use crate::route::Step;

/// Bytes that are gathered on the device before they are read. A transfer of this size takes far longer than the wait
/// for it, and devices with little memory have room for it.
const TRANSFER_BYTES: usize = 16 << 20;

/// Weights as tensors on one device.
pub(super) struct TensorExecutor {
    placement: Placement,
    precision: Precision,
    name: String,
    faults: Faults,
    operations: Box<dyn Operations>,
}

/// The operations of a network, which Burn's CPU backend and GPUs compute by different means. What they stand for is told
/// at [`Executor`].
trait Operations: Send + Sync {
    fn step(&self, step: Step, inputs: &[&Tensor<4>], factors: Option<&[f32]>) -> Tensor<4>;
    fn scaled(&self, map: &Tensor<4>, factors: &[f32]) -> Tensor<4>;
    /// `W ∗ input`, without the bias.
    fn direction(&self, node: NodeId, input: &Tensor<4>) -> Tensor<4>;
    fn line_point(&self, step: Step, intact: &Tensor<4>, direction: &Tensor<4>, slope: f32) -> Tensor<4>;
    /// In float32, since a map has more positions than float16 has digits.
    fn means(&self, map: &Tensor<4>) -> Tensor<4>;
    /// One number, which is not 0 where a value left the range of its type since the last call.
    fn left_range(&self) -> Tensor<1>;
}

/// Where tensors lie and what they hold.
#[derive(Clone)]
struct Placement {
    device: BurnDevice,
    dtype: FloatDType,
    /// Bytes of the largest tensor.
    limit: u64,
}

impl TensorExecutor {
    pub(super) fn new(checkpoint: &Checkpoint, device: &Device, burn: &BurnDevice, faults: Faults) -> Self {
        let dtype = match device.precision() {
            Precision::F32 => FloatDType::F32,
            Precision::F16 => FloatDType::F16,
        };
        let limit = device.info().tensor_limit().unwrap_or(u64::MAX);
        let placement = Placement { device: burn.clone(), dtype, limit };
        let operations: Box<dyn Operations> = match device.info().backend.as_str() {
            "wgpu" => Box::new(FixedOperations::new(checkpoint, placement.clone())),
            _ => Box::new(PlainOperations::new(checkpoint, placement.clone())),
        };
        Self { placement, precision: device.precision(), name: device.info().to_string(), faults, operations }
    }

    fn error(&self, reason: impl std::fmt::Display) -> ComputeError {
        ComputeError::new(self.name.clone(), reason)
    }

    /// What was computed, unless the driver reported a fault meanwhile: then nothing can be trusted.
    fn read(&self, tensor: Tensor<1>) -> Result<Vec<f32>, ComputeError> {
        let values = tensor.try_to_vec_as::<f32>().map_err(|reason| self.error(reason));
        let Some((cause, reason)) = self.faults.take() else { return values };
        let fault = ComputeError { cause, ..self.error(reason) };
        // Both may tell of the same event; a device that is gone explains everything else.
        Err(values.err().filter(|error| error.cause < fault.cause).unwrap_or(fault))
    }

    /// Reads maps side by side, and with them whether anything left the range of its type on the way to them.
    fn read_together(&self, maps: &[Tensor<2>]) -> Result<Vec<Array2<f32>>, ComputeError> {
        let flat = |map: &Tensor<2>| map.clone().reshape([map.dims()[0] * map.dims()[1]]);
        let parts = [self.operations.left_range()].into_iter().chain(maps.iter().map(flat)).collect();
        let values = self.read(Tensor::cat(parts, 0))?;
        let (left, mut rest) = values.split_first().ok_or_else(|| self.error("too few values"))?;
        if *left != 0.0 {
            return Err(range::left(&self.name, self.precision));
        }
        let mut arrays = Vec::new();
        for map in maps {
            let [pictures, units] = map.dims();
            let (own, behind) = rest.split_at_checked(pictures * units).ok_or_else(|| self.error("too few values"))?;
            rest = behind;
            let array = Array2::from_shape_vec([pictures, units], own.to_vec()).map_err(|reason| self.error(reason))?;
            arrays.push(range::finite(array, &self.name, self.precision)?);
        }
        Ok(arrays)
    }
}

impl Placement {
    fn place<const D: usize>(&self, values: Vec<f32>, shape: [usize; D]) -> Tensor<D> {
        let tensor = Tensor::from_data(TensorData::new(values, shape), &self.device);
        if self.dtype == FloatDType::F32 { tensor } else { tensor.cast(self.dtype) }
    }

    /// Numbers that stay float32.
    fn floats(&self, values: &[f32]) -> Tensor<1> {
        Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), &self.device)
    }
}

impl Executor for TensorExecutor {
    fn upload(&self, pictures: ArrayView4<'_, f32>) -> Map {
        let (count, channels, height, width) = pictures.dim();
        Map::Tensor(self.placement.place(pictures.iter().copied().collect(), [count, channels, height, width]))
    }

    fn step(&self, step: Step, inputs: &[&Map], factors: Option<&[f32]>) -> Map {
        let inputs: Vec<&Tensor<4>> = inputs.iter().map(|map| inner(map)).collect();
        Map::Tensor(self.operations.step(step, &inputs, factors))
    }

    fn scaled(&self, map: &Map, factors: &[f32]) -> Map {
        Map::Tensor(self.operations.scaled(inner(map), factors))
    }

    /// A group is selected by a mask rather than by taking channels out, so that every group has the same shape and the
    /// GPU's kernels are compiled once.
    fn direction(&self, node: NodeId, input: &Map, group: Option<&[usize]>) -> Map {
        let input = inner(input);
        let Some(group) = group else { return Map::Tensor(self.operations.direction(node, input)) };
        let mut mask = vec![0.0; input.dims()[1]];
        group.iter().for_each(|&channel| mask[channel] = 1.0);
        Map::Tensor(self.operations.direction(node, &self.operations.scaled(input, &mask)))
    }

    fn line_point(&self, step: Step, intact: &Map, direction: &Map, slope: f32) -> Map {
        Map::Tensor(self.operations.line_point(step, inner(intact), inner(direction), slope))
    }

    fn means(&self, map: &Map) -> Map {
        Map::Tensor(self.operations.means(inner(map)))
    }

    fn download(&self, maps: Vec<Map>) -> Result<Vec<Array2<f32>>, ComputeError> {
        let (mut arrays, mut waiting, mut bytes) = (Vec::new(), Vec::new(), 0);
        for map in maps {
            let own = 4 * map.len();
            if !waiting.is_empty() && bytes + own > TRANSFER_BYTES {
                arrays.extend(self.read_together(&std::mem::take(&mut waiting))?);
                bytes = 0;
            }
            bytes += own;
            waiting.push(as_rows(inner(&map)).cast(FloatDType::F32));
        }
        if !waiting.is_empty() {
            arrays.extend(self.read_together(&waiting)?);
        }
        Ok(arrays)
    }

    fn reclaim(&self) {
        self.placement.device.memory_cleanup();
        // What the driver said while the failed work was thrown away concerns nothing that is still there.
        let _ = self.faults.take();
    }
}

fn inner(map: &Map) -> &Tensor<4> {
    match map {
        Map::Tensor(tensor) => tensor,
        Map::Host(_) => unreachable!("a map stays on the device that made it"),
    }
}

fn as_rows(map: &Tensor<4>) -> Tensor<2> {
    let [pictures, channels, height, width] = map.dims();
    map.clone().reshape([pictures, channels * height * width])
}

/// Maps as one vector for each picture.
fn flattened(map: &Tensor<4>) -> Tensor<4> {
    let [pictures, channels, height, width] = map.dims();
    map.clone().reshape([pictures, channels * height * width, 1, 1])
}
