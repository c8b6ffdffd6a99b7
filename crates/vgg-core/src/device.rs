//! Which processor computes: the CPU kernels of this project, or a GPU through Vulkan, Metal or DX12.
//!
//! A software rasteriser (lavapipe, WARP) is a GPU only when it is asked for by name or number: it is correct and
//! slower than the CPU kernels.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, OnceLock};

use burn::tensor::wgpu::{WgpuBackend, wgpu};
use burn::tensor::{Device as BurnDevice, DeviceKind};
use serde::{Deserialize, Serialize};

/// What a user asked for with `--device`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum DeviceChoice {
    /// A hardware GPU if there is one, otherwise the CPU.
    #[default]
    Auto,
    /// The CPU kernels of this project.
    Cpu,
    /// Burn's own CPU backend (flex): a second opinion on the numbers, slower.
    Flex,
    /// The best hardware GPU.
    Gpu,
    /// The adapter of that number in `--device list`.
    Number(usize),
    /// The first adapter whose name, driver or graphics API contains this text, in any case.
    Named(String),
}

/// A processor that is ready to compute.
#[derive(Clone, Debug)]
pub struct Device {
    pub(crate) kind: Kind,
    info: DeviceInfo,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// The kernels of the `winograd` crate.
    Host,
    /// Tensors of Burn on a device of Burn's.
    Burn(BurnDevice),
}

/// What is written into a manifest about the processor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// `cpu`, `flex` or `wgpu`.
    pub backend: String,
    /// The processor's own name.
    pub adapter: String,
    /// Graphics API and driver with version; empty on the CPU.
    pub driver: String,
    /// Bytes that the adapter lets a shader bind at once; `None` on the CPU.
    pub binding_limit: Option<u64>,
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
    /// The adapter is there and refuses.
    #[error("{adapter} could not be opened: {reason}. `--device cpu` works everywhere")]
    Refused {
        /// The adapter.
        adapter: String,
        /// What the driver said.
        reason: String,
    },
}

/// An adapter of this machine.
#[derive(Clone, Debug)]
pub struct Adapter {
    /// Name, driver and limits.
    pub info: DeviceInfo,
    /// Whether it is a software rasteriser.
    pub software: bool,
    kind: DeviceKind,
    api: WgpuBackend,
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text.trim().to_lowercase().as_str() {
            "" => return Err("expected auto, cpu, flex, gpu, gpu:<number> or a part of an adapter's name".into()),
            "auto" => Self::Auto,
            "cpu" => Self::Cpu,
            "flex" => Self::Flex,
            "gpu" => Self::Gpu,
            other => match other.strip_prefix("gpu:") {
                Some(number) => Self::Number(
                    number.parse().map_err(|_| format!("gpu:{number}: the part after the colon must be a number"))?,
                ),
                None => Self::Named(other.into()),
            },
        })
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Flex => f.write_str("flex"),
            Self::Gpu => f.write_str("gpu"),
            Self::Number(number) => write!(f, "gpu:{number}"),
            Self::Named(name) => f.write_str(name),
        }
    }
}

impl TryFrom<String> for DeviceChoice {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<DeviceChoice> for String {
    fn from(choice: DeviceChoice) -> Self {
        choice.to_string()
    }
}

impl Device {
    /// The CPU kernels of this project.
    pub fn cpu() -> Self {
        let driver = format!("{} threads", rayon::current_num_threads());
        let info = DeviceInfo { backend: "cpu".into(), adapter: "winograd".into(), driver, binding_limit: None };
        Self { kind: Kind::Host, info }
    }

    /// Burn's own CPU backend.
    pub fn flex() -> Self {
        let info = DeviceInfo {
            backend: "flex".into(),
            adapter: "burn-flex".into(),
            driver: String::new(),
            binding_limit: None,
        };
        Self { kind: Kind::Burn(BurnDevice::flex()), info }
    }

    /// Backend, adapter and driver, for people and manifests.
    pub fn info(&self) -> &DeviceInfo {
        &self.info
    }
}

impl fmt::Display for DeviceInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.backend, self.adapter)?;
        if self.driver.is_empty() { Ok(()) } else { write!(f, " ({})", self.driver) }
    }
}

/// Opens the device that a user asked for.
///
/// # Errors
/// No adapter fits, or the one that fits refuses; the message lists the adapters of this machine.
pub fn open(choice: &DeviceChoice) -> Result<Device, DeviceError> {
    let hardware = |adapters: Vec<Adapter>| adapters.into_iter().find(|adapter| !adapter.software);
    match choice {
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

/// The adapters of this machine, hardware before software and discrete before integrated; the position in this list is
/// the number of `gpu:<number>`.
pub fn adapters() -> Vec<Adapter> {
    let apis = [
        (wgpu::Backends::VULKAN, WgpuBackend::Vulkan),
        (wgpu::Backends::METAL, WgpuBackend::Metal),
        (wgpu::Backends::DX12, WgpuBackend::Dx12),
    ];
    let mut found: Vec<Adapter> = apis.into_iter().flat_map(|(backends, api)| adapters_of(backends, api)).collect();
    found.sort_by_key(|adapter| match adapter.kind {
        DeviceKind::DiscreteGpu(_) => 0,
        DeviceKind::IntegratedGpu(_) => 1,
        DeviceKind::VirtualGpu(_) => 2,
        _ => 3,
    });
    found
}

fn adapters_of(backends: wgpu::Backends, api: WgpuBackend) -> Vec<Adapter> {
    // Drivers are loaded and unloaded with the instance, and the Vulkan loader does not survive two threads doing that.
    static LOADER: Mutex<()> = Mutex::new(());
    let _one_at_a_time = LOADER.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let mut counts = HashMap::new();
    let listed = pollster::block_on(instance.enumerate_adapters(backends));
    listed.iter().filter_map(|adapter| describe(adapter, api, &mut counts)).collect()
}

fn describe(
    adapter: &wgpu::Adapter,
    api: WgpuBackend,
    counts: &mut HashMap<wgpu::DeviceType, usize>,
) -> Option<Adapter> {
    let about = adapter.get_info();
    let count = counts.entry(about.device_type).or_default();
    let index = *count;
    *count += 1;
    let kind = match about.device_type {
        wgpu::DeviceType::DiscreteGpu => DeviceKind::DiscreteGpu(index),
        wgpu::DeviceType::IntegratedGpu => DeviceKind::IntegratedGpu(index),
        wgpu::DeviceType::VirtualGpu => DeviceKind::VirtualGpu(index),
        wgpu::DeviceType::Cpu if index == 0 => DeviceKind::Cpu,
        _ => return None,
    };
    let info = DeviceInfo {
        backend: "wgpu".into(),
        adapter: about.name,
        driver: format!("{:?}, {} {}", about.backend, about.driver, about.driver_info).trim().into(),
        binding_limit: Some(adapter.limits().max_storage_buffer_binding_size),
    };
    Some(Adapter { info, software: about.device_type == wgpu::DeviceType::Cpu, kind, api })
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
    let burn = BurnDevice::wgpu_options()
        .device_kind(adapter.kind)
        .graphics_api(adapter.api)
        .init()
        .map_err(|reason| DeviceError::Refused { adapter: adapter.info.to_string(), reason: reason.to_string() })?;
    let device = Device { kind: Kind::Burn(burn), info: adapter.info };
    opened.insert(name, device.clone());
    Ok(device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_reads_back_as_it_is_written() {
        for text in ["auto", "cpu", "flex", "gpu", "gpu:2", "radeon"] {
            assert_eq!(text.parse::<DeviceChoice>().expect("valid").to_string(), text);
        }
        assert_eq!(" LLVMpipe ".parse(), Ok(DeviceChoice::Named("llvmpipe".into())));
        assert!("gpu:x".parse::<DeviceChoice>().expect_err("no number").contains("must be a number"));
        assert!("".parse::<DeviceChoice>().is_err());
    }

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
        let software = adapters().into_iter().any(|a| a.software && a.info == *chosen.info());
        assert!(!software, "{}", chosen.info());
    }
}
