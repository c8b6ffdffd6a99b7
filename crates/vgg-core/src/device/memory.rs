//! How much memory an adapter has: Vulkan tells it, the other interfaces that wgpu reaches do not through wgpu.

use burn::tensor::wgpu::wgpu;

/// Bytes of the adapter's own memory; for an adapter that shares the processor's memory, what it may take of that.
/// `None` where the driver's interface does not tell.
#[cfg(any(windows, target_os = "linux"))]
pub(super) fn device_memory(adapter: &wgpu::Adapter) -> Option<u64> {
    /// `VK_MEMORY_HEAP_DEVICE_LOCAL_BIT`.
    const DEVICE_LOCAL: u32 = 1;
    // SAFETY: the guard lives to the end of this function, nothing of the adapter is destroyed or kept, and its heaps
    // are only read.
    let vulkan = unsafe { adapter.as_hal::<wgpu::hal::api::Vulkan>() }?;
    let instance = vulkan.shared_instance().raw_instance();
    // SAFETY: the physical device belongs to this instance.
    let memory = unsafe { instance.get_physical_device_memory_properties(vulkan.raw_physical_device()) };
    let heaps = memory.memory_heaps.iter().take(memory.memory_heap_count as usize);
    heaps.filter(|heap| heap.flags.as_raw() & DEVICE_LOCAL != 0).map(|heap| heap.size).max()
}

/// Metal and its relatives do not tell through wgpu.
#[cfg(not(any(windows, target_os = "linux")))]
pub(super) fn device_memory(_adapter: &wgpu::Adapter) -> Option<u64> {
    None
}
