//! The devices that tests run on.

use std::str::FromStr;

use vgg_core::device::{self, Device, DeviceChoice};

/// The CPU, Burn's CPU backend, and the first wgpu adapter, software or not; another one, or none, by
/// `GAINLAB_TEST_DEVICE`.
pub fn devices() -> Vec<Device> {
    let mut devices = vec![Device::cpu(), device::open(&DeviceChoice::Flex).expect("flex")];
    match std::env::var("GAINLAB_TEST_DEVICE").unwrap_or_else(|_| "gpu:0".into()) {
        none if none == "none" => eprintln!("skipped: wgpu (GAINLAB_TEST_DEVICE=none)"),
        wanted => match device::open(&DeviceChoice::from_str(&wanted).expect("a device")) {
            Ok(device) => devices.push(device),
            Err(error) => eprintln!("skipped: wgpu ({error})"),
        },
    }
    devices
}
