//! The machine at hand: who writes a file, and on which processor numbers are computed.

use std::time::SystemTime;

use vgg_core::device::DeviceInfo;

/// The machine's name.
pub fn host() -> String {
    let name = hostname::get().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // It becomes a part of file names.
    let plain = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    if name.is_empty() { "unknown".into() } else { name.chars().map(plain).collect() }
}

/// `host H, process P, since T`, for those who find a lock taken.
pub fn holder() -> String {
    let since = humantime::format_rfc3339_seconds(SystemTime::now());
    format!("host {}, process {}, since {since}", host(), std::process::id())
}

/// The processor as far as it decides the numbers: on the CPU its model, since the kernels use the widest vectors that
/// it has, but not the number of threads; on a GPU adapter and driver.
pub fn device(info: &DeviceInfo) -> String {
    if info.driver.ends_with("threads") || info.backend == "flex" {
        return format!("{}: {} on {}", info.backend, info.adapter, processor());
    }
    info.to_string()
}

/// The CPU's model where the operating system tells it, otherwise its architecture.
fn processor() -> String {
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    model.map_or_else(|| std::env::consts::ARCH.to_string(), |(_, model)| model.trim().to_string())
}
