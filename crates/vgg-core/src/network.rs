//! A network on a device: the full pass, the pass with taps, the prefix up to a layer and the suffix from it.
//!
//! The trip through the network is `upload → stage → … → features`, and a prefix and a suffix are the two halves of
//! the same trip, so that their composition is the full pass to the last bit.

use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::{Array2, ArrayView4};

use crate::checkpoint::Mismatch;
use crate::device::{Device, DeviceInfo};
use crate::executor::{self, ComputeError, Executor, Map, Stage};
use crate::{Architecture, Checkpoint, Intervention, InterventionError, Preprocessing};

/// A network whose weights lie on a device, ready for forward passes.
pub struct Network {
    architecture: Architecture,
    preprocessing: Preprocessing,
    device: DeviceInfo,
    pub(crate) stages: Vec<Stage>,
    pub(crate) executor: Box<dyn Executor>,
    room: AtomicUsize,
    on_lack: Box<dyn Fn(usize, usize) + Send + Sync>,
}

/// The rectified feature maps of one layer for a batch, before pooling and without any intervention.
#[derive(Clone)]
pub struct Activation {
    pub(crate) layer: usize,
    pub(crate) map: Map,
}

/// What one pass through the untouched network gives.
///
/// # Shapes
/// - `responses`: one array `[pictures × channels]` per layer, the spatial mean of each rectified map before pooling
/// - `features`: `[pictures × feature units]`, what recognition heads read
pub struct Tapped {
    /// Responses, Liu et al. 2024 eq. 2.
    pub responses: Vec<Array2<f32>>,
    /// Features of fc7, or the pooled last maps of a network without dense layers.
    pub features: Array2<f32>,
}

/// Why a pass under an intervention gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// The device.
    #[error(transparent)]
    Compute(#[from] ComputeError),
    /// An intervention that this network, or this part of it, cannot take.
    #[error(transparent)]
    Intervention(#[from] InterventionError),
}

impl Network {
    /// Puts weights on a device.
    ///
    /// # Errors
    /// Weights that do not fit their architecture.
    pub fn new(checkpoint: &Checkpoint, device: &Device) -> Result<Self, Mismatch> {
        checkpoint.validate()?;
        Ok(Self {
            architecture: checkpoint.architecture.clone(),
            preprocessing: checkpoint.preprocessing.clone(),
            device: device.info().clone(),
            stages: executor::stages(&checkpoint.architecture),
            executor: executor::place(checkpoint, device),
            room: AtomicUsize::new(usize::MAX),
            on_lack: Box::new(|_, _| {}),
        })
    }

    /// The table that this network was made from.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// How pictures are prepared for these weights.
    pub fn preprocessing(&self) -> &Preprocessing {
        &self.preprocessing
    }

    /// Where it computes.
    pub fn device(&self) -> &DeviceInfo {
        &self.device
    }

    /// Features of a batch `[pictures, 3, side, side]` under an intervention.
    ///
    /// # Errors
    /// The device failed, or the network has no such layer to intervene on.
    pub fn features(
        &self,
        pictures: ArrayView4<'_, f32>,
        intervention: &Intervention,
    ) -> Result<Array2<f32>, PassError> {
        intervention.validate(&self.architecture)?;
        Ok(self.read(self.walk(self.executor.upload(pictures), 0, intervention))?)
    }

    /// Class scores (logits) of a batch `[pictures, 3, side, side]`, as `[pictures × classes]`.
    ///
    /// # Errors
    /// The device failed, or the network has no class scores.
    pub fn logits(&self, pictures: ArrayView4<'_, f32>) -> Result<Array2<f32>, ComputeError> {
        let features = self.walk(self.executor.upload(pictures), 0, &Intervention::none());
        self.read(self.executor.scores(&features)?)
    }

    /// Responses of every layer and the features, in one pass.
    ///
    /// # Examples
    /// ```
    /// use ndarray::Array4;
    /// use vgg_core::device::Device;
    /// use vgg_core::random::he_initialised;
    /// use vgg_core::{Architecture, Network};
    ///
    /// let network = Network::new(&he_initialised(&Architecture::tiny(), 1), &Device::cpu())?;
    /// let side = network.architecture().input_side;
    /// let tapped = network.tapped(Array4::zeros((2, 3, side, side)).view())?;
    /// assert_eq!(tapped.responses.len(), network.architecture().layers().len());
    /// assert_eq!(tapped.features.nrows(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The device failed.
    pub fn tapped(&self, pictures: ArrayView4<'_, f32>) -> Result<Tapped, ComputeError> {
        let mut tapped = Vec::new();
        let mut map = self.executor.upload(pictures);
        for &stage in &self.stages {
            let rectified = self.executor.rectified(stage, &map);
            if matches!(stage, Stage::Conv { .. }) {
                tapped.push(self.executor.means(&rectified));
            }
            map = self.executor.modulate(stage, &rectified, None);
        }
        let responses = self.executor.download(tapped)?;
        Ok(Tapped { responses, features: self.read(map)? })
    }

    /// The activation of a layer (its position among [`Architecture::layers`]), with everything before it untouched.
    ///
    /// # Panics
    /// If the network has no such layer.
    pub fn prefix(&self, pictures: ArrayView4<'_, f32>, layer: usize) -> Activation {
        assert!(layer < self.architecture.layers().len(), "layer {layer} does not exist");
        let mut map = self.executor.upload(pictures);
        for &stage in &self.stages[..layer] {
            map = self.executor.advance(stage, &map, None);
        }
        Activation { layer, map: self.executor.rectified(self.stages[layer], &map) }
    }

    /// The activation of the layer after this one: a whole trip visits every layer once.
    ///
    /// # Panics
    /// If this is the last layer.
    pub fn next(&self, activation: &Activation) -> Activation {
        let layer = activation.layer + 1;
        assert!(layer < self.architecture.layers().len(), "layer {layer} does not exist");
        let input = self.executor.modulate(self.stages[activation.layer], &activation.map, None);
        Activation { layer, map: self.executor.rectified(self.stages[layer], &input) }
    }

    /// Features from a layer's activation on, under an intervention on that layer or later ones. Equal to
    /// [`Network::features`] to the last bit on the CPU.
    ///
    /// # Examples
    /// ```
    /// use ndarray::Array4;
    /// use vgg_core::device::Device;
    /// use vgg_core::random::he_initialised;
    /// use vgg_core::{Architecture, GainRelu, Intervention, Network};
    ///
    /// let network = Network::new(&he_initialised(&Architecture::tiny(), 1), &Device::cpu())?;
    /// let side = network.architecture().input_side;
    /// let pictures = Array4::from_elem((1, 3, side, side), 0.5);
    /// // Channels 0 and 1 of the second layer are silenced; what comes before it is computed once.
    /// let lesion = Intervention::at(1, GainRelu::lesion(network.architecture().layers()[1].channels, &[0, 1])?);
    /// let activation = network.prefix(pictures.view(), 1);
    /// assert_eq!(network.suffix(&activation, &lesion)?, network.features(pictures.view(), &lesion)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The device failed, or there is no such layer to intervene on, here or at all.
    pub fn suffix(&self, activation: &Activation, intervention: &Intervention) -> Result<Array2<f32>, PassError> {
        let layer = activation.layer;
        intervention.validate(&self.architecture)?;
        intervention.validate_from(layer)?;
        let map = self.executor.modulate(self.stages[layer], &activation.map, intervention.factors(layer));
        Ok(self.read(self.walk(map, layer + 1, intervention))?)
    }

    /// The same network, to which no more pictures than that are to be given at once.
    #[must_use]
    pub fn with_room_for(self, pictures: usize) -> Self {
        Self { room: AtomicUsize::new(pictures.max(1)), ..self }
    }

    /// Pictures that may be given at once, as far as is known.
    pub fn room(&self) -> usize {
        self.room.load(Ordering::Relaxed)
    }

    /// The same network, which says when memory runs out: with how many pictures, and for how many there is room now.
    #[must_use]
    pub fn on_lack_of_memory(self, say: impl Fn(usize, usize) + Send + Sync + 'static) -> Self {
        Self { on_lack: Box::new(say), ..self }
    }

    /// Notes that memory ran out with so many pictures, and gives what no activation uses back to the driver. From then
    /// on there is room for half as many; nothing where that is none.
    pub fn ran_out_with(&self, pictures: usize) -> Option<usize> {
        self.executor.reclaim();
        let half = pictures / 2;
        let room = (half > 0).then(|| self.room.fetch_min(half, Ordering::Relaxed).min(half))?;
        (self.on_lack)(pictures, room);
        Some(room)
    }

    /// The same network on a device whose memory is enough for that many pictures at once: every larger batch fails with
    /// [`Cause::OutOfMemory`](crate::device::Cause). For tests of what must go on then.
    #[must_use]
    pub fn with_memory_for(self, pictures: usize) -> Self {
        Self { executor: executor::exhausted_above(pictures, self.executor), ..self }
    }

    fn read(&self, map: Map) -> Result<Array2<f32>, ComputeError> {
        let mut arrays = self.executor.download(vec![map])?;
        Ok(arrays.pop().expect("one map gives one array"))
    }

    /// From the input of a stage to the features.
    pub(crate) fn walk(&self, mut map: Map, from: usize, intervention: &Intervention) -> Map {
        for &stage in &self.stages[from..] {
            let factors = stage.layer().and_then(|layer| intervention.factors(layer));
            map = self.executor.advance(stage, &map, factors);
        }
        map
    }
}

impl Activation {
    /// The layer's position among [`Architecture::layers`].
    pub fn layer(&self) -> usize {
        self.layer
    }
}
