//! What a sweep costs, told before it starts.

use bytesize::ByteSize;
use vgg_core::device::{AdapterKind, DeviceInfo, Precision};
use vgg_core::{Architecture, Checkpoint};

use crate::preparation::EMOTIONS;

/// Memory for batches beside the weights, where nothing is known of the device's.
const BATCH_BYTES: u64 = 1 << 30;
/// The share of its own memory that a GPU is asked for: other programs use it too, and its allocator leaves gaps.
const OWN_SHARE: f64 = 0.6;
/// The same of memory that the processor shares with it.
const SHARED_SHARE: f64 = 0.25;
/// Feature maps of the widest layer that are alive at once: input, intact and changed sums, a direction, what is being
/// computed and what it is computed from.
const MAPS_ALIVE: usize = 6;
const LARGEST_BATCH: u64 = 128;
/// What [`Load::multiplications`] assumes.
pub const ASSUMPTION: &str =
    "(as if each emotion had a third of each layer's channels; where it has none, a chunk takes no time)";

/// Memory for weights and batches on a device.
#[derive(Clone, Debug, Default)]
pub struct Budget {
    /// Bytes that the user allows.
    pub asked: Option<u64>,
    /// The device, where one computes.
    pub device: Option<DeviceInfo>,
    /// What its numbers are.
    pub precision: Precision,
}

/// `--memory` is too small for the network.
#[derive(Debug, thiserror::Error)]
#[error(
    "--memory {asked}: the weights of this network take {weights} on this device and one picture takes {picture}; give at \
     least {least}, or leave the option out"
)]
pub struct TooSmall {
    asked: ByteSize,
    weights: ByteSize,
    picture: ByteSize,
    least: ByteSize,
}

impl Budget {
    /// Bytes of weights on the device.
    pub fn weight_bytes(&self, checkpoint: &Checkpoint) -> u64 {
        let graph = checkpoint.architecture.graph();
        let values = |id| {
            let [outputs, inputs, height, width] = graph.kernel_shape(id).unwrap_or_default();
            // The CPU keeps 3×3 kernels as 6×6 (winograd).
            let taps = if self.on_cpu() && (height, width) == (3, 3) { 36 } else { height * width };
            outputs * inputs * taps
        };
        self.bytes_per_value() * graph.ids().map(values).sum::<usize>() as u64
    }

    /// Bytes of feature maps that one picture needs.
    pub fn bytes_per_picture(&self, architecture: &Architecture) -> u64 {
        self.bytes_per_value() * (MAPS_ALIVE * architecture.widest()) as u64
    }

    /// Pictures per batch: what fits into the memory, and into what the device can bind at once.
    ///
    /// # Errors
    /// Memory that the user named is too small for one picture. What is assumed of a device is no error: it may do.
    pub fn batch_size(&self, checkpoint: &Checkpoint) -> Result<usize, TooSmall> {
        let (weights, picture) = (self.weight_bytes(checkpoint), self.bytes_per_picture(&checkpoint.architecture));
        let for_batches = match self.asked {
            Some(asked) if asked < weights + picture => {
                let [asked, weights, picture, least] = [asked, weights, picture, weights + picture].map(ByteSize);
                return Err(TooSmall { asked, weights, picture, least });
            }
            Some(asked) => asked - weights,
            None => self.assumed().map_or(BATCH_BYTES, |bytes| bytes.saturating_sub(weights)),
        };
        let map = self.bytes_per_value() * checkpoint.architecture.widest() as u64;
        let bound = self.device.as_ref().and_then(DeviceInfo::tensor_limit).map_or(u64::MAX, |limit| limit / map);
        Ok((for_batches / picture).min(bound).clamp(1, LARGEST_BATCH) as usize)
    }

    /// What may be taken of a GPU's memory, where its driver tells how much there is.
    fn assumed(&self) -> Option<u64> {
        let device = self.device.as_ref()?;
        let share = match device.kind {
            AdapterKind::Discrete => OWN_SHARE,
            AdapterKind::Integrated | AdapterKind::Virtual | AdapterKind::Software => SHARED_SHARE,
            AdapterKind::Cpu => return None,
        };
        device.memory.map(|memory| (share * memory as f64) as u64)
    }

    fn on_cpu(&self) -> bool {
        self.device.as_ref().is_none_or(|device| device.backend == "cpu")
    }

    fn bytes_per_value(&self) -> u64 {
        match self.precision {
            Precision::F32 => 4,
            Precision::F16 => 2,
        }
    }
}

/// What a chunk computes at a layer.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Pictures that pass.
    pub pictures: usize,
    /// Groups of channels, each with a gain line.
    pub groups: usize,
    /// Points on all lines together.
    pub points: usize,
}

impl Load {
    /// Multiplications for all pictures. How many channels are selective is not known before the preparation; a third is
    /// assumed, as if the emotions shared the channels evenly. Every batch is also read once with the network intact.
    pub fn multiplications(self, architecture: &Architecture, layer: usize) -> u64 {
        let cost = architecture.line_cost(layer);
        let lines = self.groups as u64 * (cost.linear / EMOTIONS as u64);
        self.pictures as u64 * (cost.before + cost.linear + lines + (self.points as u64 + 1) * cost.per_slope)
    }
}

/// Seconds in words.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use vgg_core::device::Device;
    use vgg_core::random;

    use super::*;

    #[test]
    fn the_last_layer_is_far_cheaper_than_the_first() {
        let load = Load { pictures: 1, groups: 101, points: 101 * 51 };
        let cost = |layer| load.multiplications(&Architecture::vgg16(1000), layer);
        assert_eq!(Load { pictures: 7, ..load }.multiplications(&Architecture::vgg16(1000), 3), 7 * cost(3));
        // Study, section 9: 694 against 1.06 for one group, of which the prefix is shared here.
        assert!(cost(0) > 40 * cost(12), "{} {}", cost(0), cost(12));
    }

    /// VGG-16 without its dense layers, so that a test need not make half a gigabyte.
    fn vgg16() -> Checkpoint {
        random::he_initialised(&Architecture::vgg16_notop(), 1)
    }

    fn gpu(kind: AdapterKind, memory: Option<u64>, limit: u64) -> Budget {
        let info = DeviceInfo { kind, memory, binding_limit: Some(limit), ..Device::cpu().info().clone() };
        let info = DeviceInfo { backend: "wgpu".into(), ..info };
        Budget { device: Some(info), ..Budget::default() }
    }

    const GIB: u64 = 1 << 30;

    #[test]
    fn without_a_word_the_cpu_takes_a_gibibyte_of_pictures() {
        let batch = Budget::default().batch_size(&vgg16()).expect("nothing was asked");
        assert_eq!(batch, 13, "6 maps of 64 × 224 × 224 float32 are 77 MB");
        let small = random::he_initialised(&Architecture::tiny(), 1);
        assert_eq!(Budget::default().batch_size(&small).expect("nothing was asked"), 128);
    }

    #[test]
    fn a_gpu_takes_what_its_memory_and_limits_allow() {
        let size = |budget: &Budget| budget.batch_size(&vgg16()).expect("nothing was asked");
        assert_eq!(size(&gpu(AdapterKind::Discrete, Some(8 * GIB), 2 * GIB)), 66);
        assert_eq!(size(&gpu(AdapterKind::Integrated, Some(8 * GIB), 2 * GIB)), 27, "shared memory is spared");
        assert_eq!(size(&gpu(AdapterKind::Discrete, Some(8 * GIB), 128 << 20)), 10, "a map of 10 pictures is 128 MB");
        assert_eq!(size(&gpu(AdapterKind::Discrete, None, 2 * GIB)), 13, "unknown");
        assert_eq!(size(&gpu(AdapterKind::Discrete, Some(GIB / 64), 2 * GIB)), 1, "the device has the last word");
    }

    #[test]
    fn what_the_user_allows_is_kept_and_half_the_bytes_are_twice_the_pictures() {
        let asked = Budget { asked: Some(GIB), ..gpu(AdapterKind::Discrete, Some(8 * GIB), 2 * GIB) };
        let bytes = |budget: &Budget, batch: u64| {
            budget.weight_bytes(&vgg16()) + batch * budget.bytes_per_picture(&Architecture::vgg16(1000))
        };
        let batch = asked.batch_size(&vgg16()).expect("fits") as u64;
        assert!(bytes(&asked, batch) <= GIB && bytes(&asked, batch + 1) > GIB, "{batch}");
        let half = Budget { precision: Precision::F16, ..asked };
        assert!(half.batch_size(&vgg16()).expect("fits") as u64 >= 2 * batch);
    }

    #[test]
    fn an_impossible_budget_is_one_error_with_the_remedy() {
        let error = Budget { asked: Some(1 << 20), ..Budget::default() }.batch_size(&vgg16()).expect_err("too small");
        let text = error.to_string();
        assert!(text.contains("--memory 1.0 MiB") && text.contains("at least"), "{text}");
    }
}
