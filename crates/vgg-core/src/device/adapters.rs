//! The adapters of this machine, with their drivers and limits.

use std::collections::HashMap;
use std::sync::Mutex;

use burn::tensor::DeviceKind;
use burn::tensor::wgpu::{WgpuBackend, wgpu};

use super::memory::device_memory;
use super::{AdapterKind, DeviceInfo};

/// An adapter of this machine.
#[derive(Clone, Debug)]
pub struct Adapter {
    /// Name, driver, memory and limits.
    pub info: DeviceInfo,
    pub(super) kind: DeviceKind,
    pub(super) api: WgpuBackend,
}

impl Adapter {
    /// Whether it is a software rasteriser.
    pub fn is_software(&self) -> bool {
        self.info.kind == AdapterKind::Software
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
    found.sort_by_key(|adapter| adapter.info.kind);
    found
}

/// Drivers are loaded and unloaded with the instance, and the Vulkan loader does not survive two threads doing that.
pub(super) static LOADER: Mutex<()> = Mutex::new(());

fn adapters_of(backends: wgpu::Backends, api: WgpuBackend) -> Vec<Adapter> {
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
    let (kind, selector) = match about.device_type {
        wgpu::DeviceType::DiscreteGpu => (AdapterKind::Discrete, DeviceKind::DiscreteGpu(index)),
        wgpu::DeviceType::IntegratedGpu => (AdapterKind::Integrated, DeviceKind::IntegratedGpu(index)),
        wgpu::DeviceType::VirtualGpu => (AdapterKind::Virtual, DeviceKind::VirtualGpu(index)),
        wgpu::DeviceType::Cpu if index == 0 => (AdapterKind::Software, DeviceKind::Cpu),
        _ => return None,
    };
    let limits = adapter.limits();
    let info = DeviceInfo {
        backend: "wgpu".into(),
        driver: format!("{:?}, {} {}", about.backend, about.driver, about.driver_info).trim().into(),
        adapter: about.name,
        api: format!("{:?}", about.backend),
        kind,
        memory: device_memory(adapter),
        buffer_limit: Some(limits.max_buffer_size),
        binding_limit: Some(limits.max_storage_buffer_binding_size),
        f16: adapter.features().contains(wgpu::Features::SHADER_F16),
    };
    Some(Adapter { info, kind: selector, api })
}
