//! What `--device list` prints.

use std::fmt::Write;

use bytesize::ByteSize;

use super::{AdapterKind, Device, DeviceInfo, adapters};

/// The processors of this machine as text: what to give to `--device`, and what each can do.
pub fn listing() -> String {
    let found = adapters();
    let mut text = String::new();
    for (number, adapter) in found.iter().enumerate() {
        let _ = write!(text, "{}", entry(&format!("gpu:{number}"), &adapter.info));
    }
    if found.is_empty() {
        text.push_str("no GPU    (is a Vulkan, Metal or DX12 driver installed?)\n");
    }
    for (name, device) in [("cpu", Device::cpu()), ("flex", Device::flex())] {
        let _ = write!(text, "{}", entry(name, device.info()));
    }
    text
}

fn entry(name: &str, info: &DeviceInfo) -> String {
    let mut lines = vec![("kind", info.kind.describe().to_string())];
    if info.kind != AdapterKind::Cpu {
        lines.push(("driver", info.driver.clone()));
        lines.push(("memory", memory(info)));
        lines.push(("limits", limits(info)));
        lines.push(("float16", if info.f16 { "yes" } else { "no" }.into()));
    } else if !info.driver.is_empty() {
        lines.push(("uses", info.driver.clone()));
    }
    let mut text = format!("{name:<9} {}\n", info.adapter);
    for (label, value) in lines {
        let _ = writeln!(text, "          {label:<8} {value}");
    }
    text
}

fn memory(info: &DeviceInfo) -> String {
    match (info.memory, info.kind) {
        (None, _) => "unknown (the driver's interface does not tell)".into(),
        (Some(bytes), AdapterKind::Discrete) => size(bytes),
        (Some(bytes), _) => format!("{}, shared with the processor", size(bytes)),
    }
}

fn limits(info: &DeviceInfo) -> String {
    let told = |limit: Option<u64>| limit.map_or("unknown".into(), size);
    format!("buffers of {}, bindings of {}", told(info.buffer_limit), told(info.binding_limit))
}

fn size(bytes: u64) -> String {
    ByteSize(bytes).display().iec().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adapter_is_told_with_all_that_is_known() {
        let info = DeviceInfo {
            adapter: "Radeon".into(),
            api: "Vulkan".into(),
            driver: "Vulkan, radv Mesa 25".into(),
            kind: AdapterKind::Discrete,
            memory: Some(8 << 30),
            buffer_limit: Some(2 << 30),
            binding_limit: Some(128 << 20),
            f16: true,
            ..Device::cpu().info().clone()
        };
        let text = entry("gpu:1", &info);
        for part in ["gpu:1", "Radeon", "discrete", "radv", "8.0 GiB", "buffers of 2.0 GiB", "128.0 MiB", "yes"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(entry("gpu:0", &DeviceInfo { memory: None, ..info }).contains("unknown"));
    }

    #[test]
    fn the_processor_is_always_listed() {
        let text = listing();
        assert!(text.contains("\ncpu ") || text.starts_with("cpu "), "{text}");
    }
}
