//! What happens on devices that this machine does not have: with small limits, and lost in mid-run. They are made of the
//! first adapter of the machine (lavapipe where there is no GPU), through the same interfaces of wgpu and Burn.

use burn::tensor::Device as BurnDevice;
use burn::tensor::wgpu::{WgpuSetup, wgpu};
use graph::VggTable;
use ndarray::{Array2, Array4};

use super::adapters::LOADER;
use super::{Cause, Device, DeviceChoice, adapters, open, ready};
use crate::{Architecture, Checkpoint, Intervention, Network, PassError, random};

/// A device of its own, or nothing, said aloud, where the machine has no adapter; see [`made`].
fn trial(change: impl FnOnce(&mut wgpu::Limits)) -> Option<(Device, wgpu::Device)> {
    let made = made(change);
    if made.is_none() {
        eprintln!("skipped: no adapter of wgpu on this machine");
    }
    made
}

/// A device of its own, whose limits are changed by a closure, and its handle in wgpu.
fn made(change: impl FnOnce(&mut wgpu::Limits)) -> Option<(Device, wgpu::Device)> {
    let info = adapters().into_iter().next()?.info;
    let _one_at_a_time = LOADER.lock().expect("no test panics with it");
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let found = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()));
    let adapter = found.into_iter().next()?;
    let mut limits = adapter.limits();
    change(&mut limits);
    let wanted = wgpu::DeviceDescriptor {
        required_features: adapter.features() - wgpu::Features::MAPPABLE_PRIMARY_BUFFERS,
        required_limits: limits,
        // SAFETY: the features are those that Burn asks for, and only Burn uses them.
        experimental_features: unsafe { wgpu::ExperimentalFeatures::enabled() },
        ..Default::default()
    };
    let (device, queue) = pollster::block_on(adapter.request_device(&wanted)).expect("limits below the adapter's");
    let backend = adapter.get_info().backend;
    let setup = WgpuSetup { instance, adapter, device: device.clone(), queue, backend };
    let burn = BurnDevice::wgpu_options().setup(setup.clone()).init().expect("a device of its own");
    Some((ready(burn, &setup, info), device))
}

/// The tiny network with a wider fc6 (75 KiB, where a map of one picture has 4 KiB).
fn network() -> Checkpoint {
    let table = VggTable { groups: &[(4, 2), (6, 2)], hidden: &[200, 8] };
    random::he_initialised(&Architecture::vgg("wide", 16, &table, 5).expect("a network"), 3)
}

fn features(device: &Device, pictures: usize) -> Result<Array2<f32>, crate::ComputeError> {
    let network = Network::new(&network(), device).expect("fits");
    let inputs =
        Array4::from_shape_fn((pictures, 3, 16, 16), |(n, c, y, x)| ((n * 7 + c * 5 + y * 3 + x) % 13) as f32 / 6.0);
    match network.features(inputs.view(), &Intervention::none()) {
        Ok(features) => Ok(features),
        Err(PassError::Compute(error)) => Err(error),
        Err(PassError::Intervention(error)) => panic!("there is none: {error}"),
    }
}

#[test]
fn a_device_is_opened_with_all_that_its_adapter_allows() {
    let Some(adapter) = adapters().into_iter().next() else {
        eprintln!("skipped: no adapter of wgpu on this machine");
        return;
    };
    let device = open(&DeviceChoice::Number(0)).expect("the first adapter");
    // What wgpu gives to a program that does not ask: every adapter of today allows more.
    let unasked = wgpu::Limits::default();
    let given = (device.info().buffer_limit, device.info().binding_limit);
    assert_eq!(given, (adapter.info.buffer_limit, adapter.info.binding_limit));
    assert!(given.0 > Some(unasked.max_buffer_size) || given.1 > Some(unasked.max_storage_buffer_binding_size));
}

#[test]
fn a_network_runs_within_small_limits_and_gives_the_same() {
    let limit = 1 << 15;
    let small = trial(|limits| limits.max_storage_buffer_binding_size = limit);
    let Some((small, _)) = small else { return };
    assert_eq!(small.info().tensor_limit(), Some(limit));
    let Checkpoint { architecture, weights, .. } = network();
    let kernels = architecture.graph().ids().filter_map(|id| Some(weights.of(id)?.kernel.len()));
    assert!(4 * kernels.max().expect("layers") as u64 > limit, "nothing would be cut");
    let (found, expected) = (features(&small, 1).expect("fits"), features(&Device::cpu(), 1).expect("the CPU"));
    let scale = expected.iter().fold(0.0f32, |most, value| most.max(value.abs()));
    assert!((&found - &expected).iter().all(|difference| difference.abs() <= 2e-4 * scale));
}

#[test]
fn a_map_beyond_the_limits_is_lack_of_memory_and_fewer_pictures_help() {
    let Some((small, _)) = trial(|limits| limits.max_storage_buffer_binding_size = 1 << 15) else { return };
    let error = features(&small, 64).expect_err("64 pictures of 4 KiB and more in 32 KiB");
    assert_eq!(error.cause, Cause::OutOfMemory, "{error}");
    features(&small, 1).expect("the device goes on");
}

#[test]
fn a_lost_device_is_one_error() {
    let Some((device, handle)) = trial(|_| {}) else { return };
    features(&device, 1).expect("still there");
    handle.destroy();
    let _ = handle.poll(wgpu::PollType::wait_indefinitely());
    let error = features(&device, 1).expect_err("gone");
    assert_eq!(error.cause, Cause::DeviceLost, "{error}");
    assert!(!error.to_string().contains('\n'), "{error}");
}
