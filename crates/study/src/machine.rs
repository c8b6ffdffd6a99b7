//! The machine at hand: who writes a file, and on which processor numbers are computed.

use std::time::SystemTime;

use vgg_core::device::{self, Device, DeviceChoice, DeviceError, DeviceInfo, Precision};

use crate::progress::Progress;

/// Variables by which Slurm, CUDA, ROCm and Level Zero say which GPUs a process may use.
const BINDINGS: [&str; 6] = [
    "CUDA_VISIBLE_DEVICES",
    "SLURM_JOB_GPUS",
    "SLURM_STEP_GPUS",
    "ROCR_VISIBLE_DEVICES",
    "GPU_DEVICE_ORDINAL",
    "ZE_AFFINITY_MASK",
];

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

/// Opens the device that a user asked for, in a precision, and says which it is.
///
/// # Errors
/// No adapter fits, or the one that fits refuses, or lacks the precision.
pub fn open_device(choice: &DeviceChoice, precision: Precision, progress: &Progress) -> Result<Device, DeviceError> {
    let device = device::open(choice)?.with_precision(precision)?;
    progress.say(&format!("device   {}", device.info()));
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if is_forgotten(choice, device.info(), is_set) {
        progress.warn(
            "this Slurm job computes on the CPU, and no GPU is bound to it: ask for one with --gres=gpu:1, or say --device cpu",
        );
    }
    Ok(device)
}

/// Whether a job may have meant to have a GPU: under Slurm, without a device by name, and without a GPU.
fn is_forgotten(choice: &DeviceChoice, info: &DeviceInfo, is_set: impl Fn(&str) -> bool) -> bool {
    let on_cpu = info.binding_limit.is_none();
    *choice == DeviceChoice::Auto && on_cpu && is_set("SLURM_JOB_ID") && !BINDINGS.into_iter().any(is_set)
}

/// The processor as far as it decides the numbers: on the CPU its model, since the kernels use the widest vectors that
/// it has, but not the number of threads; on a GPU adapter and driver.
pub fn device(info: &DeviceInfo) -> String {
    if info.binding_limit.is_none() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_without_a_gpu_is_warned_unless_it_wants_the_cpu() {
        let cpu = Device::cpu().info().clone();
        let slurm = |name: &str| name == "SLURM_JOB_ID";
        assert!(is_forgotten(&DeviceChoice::Auto, &cpu, slurm));
        assert!(!is_forgotten(&DeviceChoice::Cpu, &cpu, slurm));
        assert!(!is_forgotten(&DeviceChoice::Auto, &cpu, |_| false), "no Slurm");
        assert!(!is_forgotten(&DeviceChoice::Auto, &cpu, |name| slurm(name) || name == "SLURM_JOB_GPUS"));
        let gpu = DeviceInfo { binding_limit: Some(1 << 30), ..cpu };
        assert!(!is_forgotten(&DeviceChoice::Auto, &gpu, slurm));
    }

    #[test]
    fn the_number_of_threads_is_no_part_of_the_processor() {
        let mut info = Device::cpu().info().clone();
        let name = device(&info);
        info.driver = "64 threads".into();
        assert_eq!(device(&info), name);
        assert!(name.starts_with("cpu: kernels on "), "{name}");
    }
}
