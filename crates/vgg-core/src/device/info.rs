//! What is known of a processor, for people and manifests.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What an adapter is. The order is the order of preference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AdapterKind {
    /// A GPU with memory of its own.
    Discrete,
    /// A GPU that shares the processor's memory.
    Integrated,
    /// A part of a GPU that a host lends to a guest.
    Virtual,
    /// A software rasteriser: right, and slower than the CPU kernels.
    Software,
    /// No adapter: the CPU.
    #[default]
    Cpu,
}

/// What is written into a manifest about the processor. Fields that older manifests lack have defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// `cpu`, `flex` or `wgpu`.
    pub backend: String,
    /// The processor's own name.
    pub adapter: String,
    /// `Vulkan`, `Metal` or `Dx12`; empty on the CPU.
    #[serde(default)]
    pub api: String,
    /// Graphics API and driver with version; empty on the CPU.
    pub driver: String,
    /// What the adapter is.
    #[serde(default)]
    pub kind: AdapterKind,
    /// Bytes of memory that the adapter has, where its driver tells.
    #[serde(default)]
    pub memory: Option<u64>,
    /// Bytes of the largest buffer; `None` on the CPU.
    #[serde(default)]
    pub buffer_limit: Option<u64>,
    /// Bytes that the adapter lets a shader bind at once; `None` on the CPU.
    pub binding_limit: Option<u64>,
    /// Whether shaders can compute in float16.
    #[serde(default)]
    pub f16: bool,
}

impl AdapterKind {
    /// In words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Discrete => "discrete GPU",
            Self::Integrated => "integrated GPU",
            Self::Virtual => "virtual GPU",
            Self::Software => "software rasteriser (taken only when it is named; slower than cpu)",
            Self::Cpu => "CPU",
        }
    }
}

impl DeviceInfo {
    pub(super) fn cpu(backend: &str, adapter: &str, driver: String) -> Self {
        Self {
            backend: backend.into(),
            adapter: adapter.into(),
            api: String::new(),
            driver,
            kind: AdapterKind::Cpu,
            memory: None,
            buffer_limit: None,
            binding_limit: None,
            f16: false,
        }
    }

    /// Bytes of the largest tensor that the device can hold and read; nothing where only memory limits it.
    pub fn tensor_limit(&self) -> Option<u64> {
        [self.binding_limit, self.buffer_limit].into_iter().flatten().min()
    }
}

impl fmt::Display for DeviceInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.backend, self.adapter)?;
        if self.driver.is_empty() { Ok(()) } else { write!(f, " ({})", self.driver) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_an_older_manifest_is_read() {
        let old = r#"{"backend": "wgpu", "adapter": "x", "driver": "Vulkan, y", "binding_limit": 5}"#;
        let info: DeviceInfo = serde_json::from_str(old).expect("defaults for what is missing");
        assert_eq!((info.binding_limit, info.memory, info.f16), (Some(5), None, false));
        let new = serde_json::to_string(&info).expect("plain values");
        assert_eq!(serde_json::from_str::<DeviceInfo>(&new).expect("just written"), info);
    }

    #[test]
    fn a_tensor_fits_into_a_buffer_and_a_binding() {
        let info =
            DeviceInfo { buffer_limit: Some(3), binding_limit: Some(5), ..DeviceInfo::cpu("", "", String::new()) };
        assert_eq!(info.tensor_limit(), Some(3));
        assert_eq!(DeviceInfo { buffer_limit: None, binding_limit: None, ..info }.tensor_limit(), None);
    }
}
