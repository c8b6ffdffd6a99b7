//! The forward pass per device and batch, and per layer on the CPU.
//!
//! Pictures per second are criterion's "elem/s"; GFLOP/s is that times the direct arithmetic per picture, which the
//! first lines print together with the machine's own rate of matrix products.

mod common;

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use vgg_core::device::{self, Device, DeviceChoice};
use vgg_core::{Architecture, Checkpoint, Intervention, Network, random};

/// Set it to `1` to run VGG-16 on software adapters and on flex too, which takes very long.
const PATIENT: &str = "GAINLAB_BENCH_PATIENT";

fn devices() -> Vec<(Device, bool)> {
    let mut devices = vec![(Device::cpu(), true), (Device::flex(), false)];
    for (number, adapter) in device::adapters().iter().enumerate() {
        match device::open(&DeviceChoice::Number(number)) {
            Ok(device) => devices.push((device, !adapter.is_software())),
            Err(error) => eprintln!("skipped: {error}"),
        }
    }
    devices
}

fn passes(criterion: &mut Criterion) {
    println!("sgemm yardstick: {:.1} GFLOP/s on all processors", common::sgemm_gflops());
    let patient = std::env::var(PATIENT).is_ok_and(|value| value == "1");
    for (architecture, batches) in [(Architecture::vgg16_demo(8), [1, 8, 32]), (Architecture::vgg16(1000), [1, 8, 32])]
    {
        let work = architecture.multiplications();
        println!("{}: {:.3} GFLOP per picture", architecture.name(), 2.0 * work as f64 / 1e9);
        let large = architecture.input_side() > 100;
        let checkpoint = random::he_initialised(&architecture, 1);
        for (device, fast) in devices().iter().filter(|(_, fast)| *fast || !large || patient) {
            let seconds = if large || !fast { 12 } else { 4 };
            pass(criterion, &checkpoint, device, &batches, seconds);
        }
    }
}

fn pass(criterion: &mut Criterion, checkpoint: &Checkpoint, device: &Device, batches: &[usize], seconds: u64) {
    let network = Network::new(checkpoint, device).expect("its own weights");
    let name = format!("forward/{}/{}", checkpoint.architecture.name(), device.info());
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).sampling_mode(SamplingMode::Flat).measurement_time(Duration::from_secs(seconds));
    for &batch in batches {
        let inputs = common::pictures(batch, checkpoint.architecture.input_side());
        group.throughput(Throughput::Elements(batch as u64));
        group.bench_with_input(BenchmarkId::from_parameter(batch), &inputs, |bencher, inputs| {
            bencher.iter(|| black_box(network.features(inputs.view(), &Intervention::none()).expect("computes")));
        });
    }
    group.finish();
}

/// Time of each layer of VGG-16, one picture: the trip moves from one layer's activation to the next.
fn stages(criterion: &mut Criterion) {
    let architecture = Architecture::vgg16(1000);
    let network = Network::new(&random::he_initialised(&architecture, 1), &Device::cpu()).expect("its own weights");
    let inputs = common::pictures(1, architecture.input_side());
    let mut group = criterion.benchmark_group("stage/vgg16/cpu");
    group.sample_size(10).measurement_time(Duration::from_secs(2));
    let layers = architecture.sites();
    group.bench_function(&layers[0].name, |bencher| bencher.iter(|| black_box(network.prefix(inputs.view(), 0))));
    for (index, layer) in layers.iter().enumerate().skip(1) {
        let before = network.prefix(inputs.view(), index - 1);
        group.bench_function(&layer.name, |bencher| bencher.iter(|| black_box(network.next(&before))));
    }
    let last = network.prefix(inputs.view(), layers.len() - 1);
    group.bench_function("fc6-fc7", |bencher| {
        bencher.iter(|| black_box(network.suffix(&last, &Intervention::none()).expect("computes")));
    });
    group.finish();
}

criterion_group!(benches, passes, stages);
criterion_main!(benches);
