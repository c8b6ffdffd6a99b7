//! The exact evaluation of all gains of a group of channels at once.
//!
//! Scaling a group of channels of layer l by a slope s gives the map `u + s·v`, where u holds the untouched channels
//! and v the group's. Max-pooling commutes with a non-negative factor per channel, and the next layer is linear before
//! its rectifier, so its pre-activation is `A + s·B` with `A = W∗pool(u) + b` and `B = W∗pool(v)`. Since `A + B` is the
//! intact pre-activation, which every group of that layer shares, a group costs one convolution of its own channels
//! (B) and every slope costs a multiplication and an addition before the rest of the network. A lesion is the point
//! s = 0.

use ndarray::Array2;

use crate::executor::Map;
use crate::network::{Activation, Network, PassError};
use crate::{Intervention, InterventionError};

/// Features that may wait on the device to be read, in values: 16 MB.
const QUEUED_VALUES: usize = 4 << 20;

/// Where the lines of one layer branch off: shared by all groups of channels of that layer.
pub struct Junction {
    layer: usize,
    /// The pooled activation: the input of the next stage.
    input: Map,
    /// `W∗x + b` of the next stage.
    intact: Map,
}

/// The line of one group of channels.
pub struct GainLine<'a> {
    network: &'a Network,
    junction: &'a Junction,
    direction: Map,
}

impl Network {
    /// Prepares the lines of the activation's layer for a batch.
    pub fn junction(&self, activation: &Activation) -> Junction {
        let layer = activation.layer;
        let input = self.executor.modulate(self.stages[layer], &activation.map, None);
        let intact = self.executor.preactivation(self.stages[layer + 1], &input);
        Junction { layer, input, intact }
    }

    /// The line of a group of channels of the junction's layer.
    ///
    /// # Panics
    /// If the layer has no such channel.
    pub fn gain_line<'a>(&'a self, junction: &'a Junction, group: &[usize]) -> GainLine<'a> {
        let direction = self.executor.direction(self.stages[junction.layer + 1], &junction.input, group);
        GainLine { network: self, junction, direction }
    }
}

impl GainLine<'_> {
    /// Features `[pictures × feature units]` with the group's slope at a value; 0 is the lesion, 1 the intact network.
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
    /// let pictures = Array4::from_elem((1, 3, side, side), 0.5);
    /// let junction = network.junction(&network.prefix(pictures.view(), 0));
    /// let line = network.gain_line(&junction, &[0]);
    /// // Three slopes, among them the lesion, for one convolution of channel 0.
    /// for slope in [0.0, 1.0, 2.5] {
    ///     assert_eq!(line.features(slope)?.nrows(), 1);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`GainLine::features_at`].
    pub fn features(&self, slope: f32) -> Result<Array2<f32>, PassError> {
        Ok(self.features_at(&[slope])?.pop().expect("one slope gives one array"))
    }

    /// The same for several slopes: the device is given all of them before the first result is waited for.
    ///
    /// # Errors
    /// The device failed, or a slope that is negative, infinite or NaN.
    pub fn features_at(&self, slopes: &[f32]) -> Result<Vec<Array2<f32>>, PassError> {
        if let Some(&slope) = slopes.iter().find(|slope| !(slope.is_finite() && **slope >= 0.0)) {
            return Err(InterventionError::Line { slope }.into());
        }
        let (mut features, mut queued) = (Vec::new(), Vec::new());
        for &slope in slopes {
            let map = self.point(slope);
            let full = map.len() * (queued.len() + 1) >= QUEUED_VALUES;
            queued.push(map);
            if full {
                features.extend(self.network.executor.download(std::mem::take(&mut queued))?);
            }
        }
        features.extend(self.network.executor.download(queued)?);
        Ok(features)
    }

    fn point(&self, slope: f32) -> Map {
        let Self { network, junction, direction } = self;
        let next = junction.layer + 1;
        let map = network.executor.line_point(network.stages[next], &junction.intact, direction, slope);
        network.walk(map, next + 1, &Intervention::none())
    }
}
