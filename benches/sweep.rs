//! A sweep of 51 slopes of a third of a layer's channels, three ways: a full pass per condition, the part after the
//! layer per condition, and the exact gain line. Demonstration network, 32 pictures, CPU.

mod common;

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use vgg_core::device::Device;
use vgg_core::{Architecture, GainRelu, Intervention, Network, random};

const PICTURES: usize = 32;

fn slopes() -> impl Iterator<Item = f32> {
    (0..51).map(|step| 1.0 + step as f32 / 10.0)
}

fn sweeps(criterion: &mut Criterion) {
    println!("sgemm yardstick: {:.1} GFLOP/s on all processors", common::sgemm_gflops());
    let architecture = Architecture::vgg16_demo(8);
    let network = Network::new(&random::he_initialised(&architecture, 1), &Device::cpu()).expect("its own weights");
    let inputs = common::pictures(PICTURES, architecture.input_side());
    for (index, layer) in architecture.sites().iter().enumerate() {
        let members: Vec<usize> = (0..layer.channels).step_by(3).collect();
        let condition =
            |slope| Intervention::at(index, GainRelu::with_slope(layer.channels, &members, slope).expect("valid"));
        let mut group = criterion.benchmark_group(format!("sweep/{}", layer.name));
        group.sample_size(10).sampling_mode(SamplingMode::Flat).measurement_time(Duration::from_secs(1));
        group.throughput(Throughput::Elements((PICTURES * slopes().count()) as u64));
        group.bench_function("full", |bencher| {
            bencher.iter(|| {
                slopes().for_each(|slope| {
                    black_box(network.features(inputs.view(), &condition(slope)).expect("computes"));
                })
            });
        });
        group.bench_function("suffix", |bencher| {
            bencher.iter(|| {
                let activation = network.prefix(inputs.view(), index);
                slopes().for_each(|slope| {
                    drop(black_box(network.suffix(&activation, &condition(slope)).expect("computes")))
                });
            });
        });
        group.bench_function("line", |bencher| {
            bencher.iter(|| {
                let junction = network.junction(&network.prefix(inputs.view(), index));
                let line = network.gain_line(&junction, &members);
                slopes().for_each(|slope| drop(black_box(line.features(slope).expect("computes"))));
            });
        });
        group.finish();
    }
}

criterion_group!(benches, sweeps);
criterion_main!(benches);
