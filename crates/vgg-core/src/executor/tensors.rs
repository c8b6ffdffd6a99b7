//! The operations on tensors of Burn: any GPU through wgpu, or Burn's own CPU backend.
//!
//! Every operation is queued and none waits; only [`Executor::download`] does. Tensors hold float32 or float16; what is
//! read is float32.

mod fixed;
mod kernels;
mod plain;

use burn::tensor::{Device as BurnDevice, FloatDType, Tensor, TensorData};
use ndarray::{Array2, ArrayRef, ArrayView4, Dimension};

use self::fixed::FixedLayers;
use self::plain::PlainLayers;
use super::{ComputeError, Executor, Map, ONLY_CONVOLUTIONS, Stage, range};
use crate::Checkpoint;
use crate::device::{Device, Faults, Precision};

/// Bytes that are gathered on the device before they are read. A transfer of this size takes far longer than the wait
/// for it, and devices with little memory have room for it.
const TRANSFER_BYTES: usize = 16 << 20;

/// Weights as tensors on one device.
pub(super) struct TensorExecutor {
    placement: Placement,
    precision: Precision,
    name: String,
    faults: Faults,
    layers: Box<dyn Layers>,
}

/// The layers of a network, of which Burn's CPU backend and GPUs compute the same by different means.
trait Layers: Send + Sync {
    fn preactivation(&self, stage: Stage, input: &Tensor<4>) -> Tensor<4>;
    fn rectified(&self, stage: Stage, input: &Tensor<4>) -> Tensor<4>;
    fn modulate(&self, stage: Stage, rectified: &Tensor<4>, factors: Option<&[f32]>) -> Tensor<4>;
    /// `W ∗ input`, without the bias.
    fn direction(&self, stage: Stage, input: &Tensor<4>) -> Tensor<4>;
    fn line_point(&self, stage: Stage, intact: &Tensor<4>, direction: &Tensor<4>, slope: f32) -> Tensor<4>;
    /// In float32, since a map has more positions than float16 has digits.
    fn means(&self, map: &Tensor<4>) -> Tensor<4>;
    /// Nothing where the network has no class scores.
    fn scores(&self, features: &Tensor<4>) -> Option<Tensor<4>>;
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
        let layers: Box<dyn Layers> = match device.info().backend.as_str() {
            "wgpu" => Box::new(FixedLayers::new(checkpoint, placement.clone())),
            _ => Box::new(PlainLayers::new(checkpoint, placement.clone())),
        };
        Self { placement, precision: device.precision(), name: device.info().to_string(), faults, layers }
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
        let parts = [self.layers.left_range()].into_iter().chain(maps.iter().map(flat)).collect();
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
    fn place<const D: usize>(&self, data: TensorData) -> Tensor<D> {
        let tensor = Tensor::from_data(data, &self.device);
        if self.dtype == FloatDType::F32 { tensor } else { tensor.cast(self.dtype) }
    }

    fn tensor<const D: usize, I: Dimension>(&self, array: &ArrayRef<f32, I>) -> Tensor<D> {
        let values: Vec<f32> = array.iter().copied().collect();
        self.place(TensorData::new(values, array.shape().to_vec()))
    }

    /// Factors of channels, to multiply maps by.
    fn factors(&self, factors: &[f32]) -> Tensor<4> {
        self.place(TensorData::new(factors.to_vec(), [1, factors.len(), 1, 1]))
    }

    /// Numbers that stay float32.
    fn floats(&self, values: &[f32]) -> Tensor<1> {
        Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), &self.device)
    }
}

impl Executor for TensorExecutor {
    fn upload(&self, pictures: ArrayView4<'_, f32>) -> Map {
        Map::Tensor(self.placement.tensor(&pictures))
    }

    fn preactivation(&self, stage: Stage, input: &Map) -> Map {
        Map::Tensor(self.layers.preactivation(stage, inner(input)))
    }

    fn rectified(&self, stage: Stage, input: &Map) -> Map {
        Map::Tensor(self.layers.rectified(stage, inner(input)))
    }

    fn advance(&self, stage: Stage, input: &Map, factors: Option<&[f32]>) -> Map {
        self.modulate(stage, &self.rectified(stage, input), factors)
    }

    fn modulate(&self, stage: Stage, rectified: &Map, factors: Option<&[f32]>) -> Map {
        assert!(factors.is_none() || stage.layer().is_some(), "{ONLY_CONVOLUTIONS}");
        Map::Tensor(self.layers.modulate(stage, inner(rectified), factors))
    }

    /// The group is selected by a mask rather than by taking channels out, so that every group has the same shape and
    /// the GPU's kernels are compiled once.
    fn direction(&self, stage: Stage, input: &Map, group: &[usize]) -> Map {
        let input = inner(input);
        let mut mask = vec![0.0; input.dims()[1]];
        for &channel in group {
            mask[channel] = 1.0;
        }
        Map::Tensor(self.layers.direction(stage, &(input.clone() * self.placement.factors(&mask))))
    }

    fn line_point(&self, stage: Stage, intact: &Map, direction: &Map, slope: f32) -> Map {
        Map::Tensor(self.layers.line_point(stage, inner(intact), inner(direction), slope))
    }

    fn means(&self, map: &Map) -> Map {
        Map::Tensor(self.layers.means(inner(map)))
    }

    fn scores(&self, features: &Map) -> Result<Map, ComputeError> {
        let scores = self.layers.scores(inner(features));
        scores.map(Map::Tensor).ok_or_else(|| self.error("the network has no class scores"))
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

fn as_units(map: &Tensor<4>) -> Tensor<4> {
    let [pictures, channels, height, width] = map.dims();
    map.clone().reshape([pictures, channels * height * width, 1, 1])
}
