//! Which processor computes: the CPU kernels of this project, or a GPU through Vulkan, Metal or DX12.
//!
//! A software rasteriser (lavapipe, WARP) is a GPU only when it is asked for by name or number: it is correct and
//! slower than the CPU kernels.

mod adapters;
mod choice;
mod environment;
mod faults;
mod info;
mod listing;
mod memory;
#[cfg(test)]
mod trials;

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock};

use burn::tensor::wgpu::WgpuSetup;
use burn::tensor::{Device as BurnDevice, FloatDType};

pub use adapters::{Adapter, adapters};
pub use choice::{DeviceChoice, Precision};
pub use environment::without_screen;
pub use faults::Cause;
pub(crate) use faults::Faults;
pub use info::{AdapterKind, DeviceInfo};
pub use listing::listing;

/// A processor that is ready to compute.
#[derive(Clone, Debug)]
pub struct Device {
    pub(crate) kind: Kind,
    info: DeviceInfo,
    precision: Precision,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// The `kernels` crate.
    Host,
    /// Tensors of Burn on a device of Burn's, and what its driver reports outside of calls.
    Burn(BurnDevice, Faults),
}

/// Why a device could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// No adapter fits what was asked for.
    #[error("--device {asked}: {reason}. Adapters of this machine: {found}. `--device cpu` works everywhere")]
    NotFound {
        /// What the user wrote.
        asked: String,
        /// Why nothing fits.
        reason: String,
        /// The adapters there are.
        found: String,
    },
    /// [`DeviceChoice::List`] asks for no device.
    #[error("`--device list` names no device; it is for looking")]
    Listed,
    /// The device cannot compute in float16.
    #[error("--precision f16: {device} computes in float32 only; leave the option out, or choose another --device")]
    NoFloat16 {
        /// The device.
        device: String,
    },
    /// The adapter is there and refuses.
    #[error("{adapter} could not be opened: {reason}. `--device cpu` works everywhere")]
    Refused {
        /// The adapter.
        adapter: String,
        /// What the driver said.
        reason: String,
    },
}

impl Device {
    /// The CPU kernels of this project.
    pub fn cpu() -> Self {
        let threads = format!("{} threads", rayon::current_num_threads());
        Self { kind: Kind::Host, info: DeviceInfo::cpu("cpu", "kernels", threads), precision: Precision::F32 }
    }

    /// Burn's own CPU backend.
    pub fn flex() -> Self {
        let kind = Kind::Burn(BurnDevice::flex(), Faults::default());
        Self { kind, info: DeviceInfo::cpu("flex", "burn-flex", String::new()), precision: Precision::F32 }
    }

    /// Backend, adapter and driver, for people and manifests.
    pub fn info(&self) -> &DeviceInfo {
        &self.info
    }

    /// What networks on this device compute with.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// The same device with other numbers.
    ///
    /// # Errors
    /// float16 where the device has none.
    pub fn with_precision(self, precision: Precision) -> Result<Self, DeviceError> {
        let f16 = match &self.kind {
            Kind::Host => false,
            Kind::Burn(device, _) => self.info.f16 && device.supports_dtype(FloatDType::F16),
        };
        if precision == Precision::F16 && !f16 {
            return Err(DeviceError::NoFloat16 { device: self.info.to_string() });
        }
        Ok(Self { precision, ..self })
    }
}

/// Opens the device that a user asked for.
///
/// # Examples
/// ```
/// use vgg_core::device::{self, DeviceChoice};
///
/// let device = device::open(&"cpu".parse::<DeviceChoice>()?)?;
/// assert_eq!(device.info().backend, "cpu");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// No adapter fits, or the one that fits refuses; the message lists the adapters of this machine.
pub fn open(choice: &DeviceChoice) -> Result<Device, DeviceError> {
    let hardware = |adapters: Vec<Adapter>| adapters.into_iter().find(|adapter| !adapter.is_software());
    match choice {
        DeviceChoice::List => Err(DeviceError::Listed),
        DeviceChoice::Cpu => Ok(Device::cpu()),
        DeviceChoice::Flex => Ok(Device::flex()),
        DeviceChoice::Auto => hardware(adapters()).map_or_else(|| Ok(Device::cpu()), open_adapter),
        DeviceChoice::Gpu => pick(choice, "there is no hardware GPU", hardware),
        DeviceChoice::Number(number) => {
            pick(choice, "there is no adapter of that number", |adapters| adapters.into_iter().nth(*number))
        }
        DeviceChoice::Named(part) => pick(choice, "no adapter has that in its name", |adapters| {
            adapters.into_iter().find(|adapter| adapter.info.to_string().to_lowercase().contains(part))
        }),
    }
}

fn pick(
    choice: &DeviceChoice,
    reason: &str,
    select: impl FnOnce(Vec<Adapter>) -> Option<Adapter>,
) -> Result<Device, DeviceError> {
    let all = adapters();
    let found = match all.iter().map(|adapter| adapter.info.to_string()).collect::<Vec<_>>().join("; ") {
        none if none.is_empty() => "none (is a Vulkan, Metal or DX12 driver installed?)".into(),
        some => some,
    };
    let error = || DeviceError::NotFound { asked: choice.to_string(), reason: reason.into(), found };
    open_adapter(select(all).ok_or_else(error)?)
}

fn open_adapter(adapter: Adapter) -> Result<Device, DeviceError> {
    // Burn sets a runtime up once per process and adapter, and refuses a second time; so the first one is kept.
    static OPENED: OnceLock<Mutex<HashMap<String, Device>>> = OnceLock::new();
    let opened = OPENED.get_or_init(Mutex::default);
    let mut opened = opened.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let name = format!("{:?} {:?}", adapter.api, adapter.kind);
    if let Some(device) = opened.get(&name) {
        return Ok(device.clone());
    }
    let (burn, setup) = BurnDevice::wgpu_options()
        .device_kind(adapter.kind)
        .graphics_api(adapter.api)
        .init_with_setup()
        .map_err(|reason| DeviceError::Refused { adapter: adapter.info.to_string(), reason: reason.to_string() })?;
    let device = ready(burn, &setup, adapter.info);
    opened.insert(name, device.clone());
    Ok(device)
}

/// The device with the limits that it was really given, which are what a network must keep to.
fn ready(burn: BurnDevice, setup: &WgpuSetup, info: DeviceInfo) -> Device {
    let limits = setup.device.limits();
    let (buffer_limit, binding_limit) = (limits.max_buffer_size, limits.max_storage_buffer_binding_size);
    let info = DeviceInfo { buffer_limit: Some(buffer_limit), binding_limit: Some(binding_limit), ..info };
    Device { kind: Kind::Burn(burn, Faults::watch(&setup.device)), info, precision: Precision::F32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_is_always_there() {
        assert_eq!(open(&DeviceChoice::Cpu).expect("the CPU").info().backend, "cpu");
    }

    #[test]
    fn a_missing_adapter_is_an_error_with_a_remedy() {
        for choice in [DeviceChoice::Named("no such adapter".into()), DeviceChoice::Number(99)] {
            let error = open(&choice).expect_err("not there").to_string();
            assert!(error.contains(&choice.to_string()) && error.contains("--device cpu"), "{error}");
        }
    }

    #[test]
    fn auto_never_takes_a_software_rasteriser() {
        let chosen = open(&DeviceChoice::Auto).expect("the CPU at least");
        let software = adapters().into_iter().any(|a| a.is_software() && a.info == *chosen.info());
        assert!(!software, "{}", chosen.info());
    }
}
