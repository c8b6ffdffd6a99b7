//! Our side of the comparison with other programs: VGG-16 with random weights, on any device. The scripts beside this
//! file call it.

use std::time::Instant;

use clap::{Parser, Subcommand};
use ndarray::Array4;
use vgg_core::device::{self, DeviceChoice, Precision};
use vgg_core::{Architecture, Intervention, Network, random};

type Failure = Box<dyn std::error::Error>;

/// Times VGG-16; every line of output is `wall_ms cpu_ms`, with a name behind it where there is one.
#[derive(Parser)]
struct Arguments {
    #[arg(long, default_value = "cpu")]
    device: DeviceChoice,
    #[arg(long, default_value = "f32")]
    precision: Precision,
    #[command(subcommand)]
    work: Work,
}

#[derive(Subcommand)]
enum Work {
    /// From the picture to fc7, after a pass that is not counted.
    Forward { pictures: usize, rounds: usize },
    /// All slopes at the layers FIRST to LAST (from 1), by gain lines.
    Sweep { first: usize, last: usize, pictures: usize, slopes: usize },
    /// What each layer takes, by the difference of the passes from it and from the next, medians of the rounds.
    Profile { pictures: usize, rounds: usize },
}

fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    let device = device::open(&arguments.device)?.with_precision(arguments.precision)?;
    let network = Network::new(&random::he_initialised(&Architecture::vgg16(1000), 1), &device)?;
    match arguments.work {
        Work::Forward { pictures, rounds } => forward(&network, &inputs(pictures), rounds),
        Work::Sweep { first, last, pictures, slopes } => {
            let inputs = inputs(pictures);
            // Kernels are compiled when they are first met, once per process.
            sweep(&network, &inputs, [first - 1, last - 1], 2)?;
            timed(|| sweep(&network, &inputs, [first - 1, last - 1], slopes)).map(tell)
        }
        Work::Profile { pictures, rounds } => profile(&network, &inputs(pictures), rounds),
    }
}

fn forward(network: &Network, inputs: &Array4<f32>, rounds: usize) -> Result<(), Failure> {
    let pass = || full(network, inputs);
    pass()?;
    for _ in 0..rounds {
        timed(pass).map(tell)?;
    }
    Ok(())
}

fn full(network: &Network, inputs: &Array4<f32>) -> Result<(), Failure> {
    network.features(inputs.view(), &Intervention::none())?;
    Ok(())
}

fn profile(network: &Network, inputs: &Array4<f32>, rounds: usize) -> Result<(), Failure> {
    let names: Vec<String> = network.architecture().site_names();
    let whole = median(rounds, || full(network, inputs))?;
    let (mut activation, mut before) = (network.prefix(inputs.view(), 0), whole);
    for (layer, name) in names.iter().enumerate() {
        if layer > 0 {
            activation = network.next(&activation);
        }
        let after = median(rounds, || {
            network.suffix(&activation, &Intervention::none())?;
            Ok(())
        })?;
        println!("{:.3} {:.3} {name}", before.0 - after.0, before.1 - after.1);
        before = after;
    }
    println!("{:.3} {:.3} pool5, fc6 and fc7", before.0, before.1);
    println!("{:.3} {:.3} all", whole.0, whole.1);
    Ok(())
}

fn median(rounds: usize, mut work: impl FnMut() -> Result<(), Failure>) -> Result<(f64, f64), Failure> {
    work()?;
    let mut times = (0..rounds.max(1)).map(|_| timed(&mut work)).collect::<Result<Vec<_>, _>>()?;
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(times[times.len() / 2])
}

fn inputs(count: usize) -> Array4<f32> {
    Array4::from_shape_fn((count, 3, 224, 224), |(n, c, y, x)| {
        ((n * 37 + c * 17 + y * 5 + x * 11) % 29) as f32 / 7.0 - 2.0
    })
}

/// One trip through the layers; at each of them every third channel at every slope.
fn sweep(network: &Network, inputs: &Array4<f32>, [first, last]: [usize; 2], slopes: usize) -> Result<(), Failure> {
    let mut activation = network.prefix(inputs.view(), first);
    for layer in first..=last {
        if layer > first {
            activation = network.next(&activation);
        }
        let members: Vec<usize> = (0..network.architecture().sites()[layer].channels).step_by(3).collect();
        let junction = network.junction(&activation);
        let line = network.gain_line(&junction, &members);
        for step in 0..slopes {
            line.features(1.0 + 5.0 * step as f32 / (slopes.max(2) - 1) as f32)?;
        }
    }
    Ok(())
}

/// Wall and processor milliseconds.
fn timed(mut work: impl FnMut() -> Result<(), Failure>) -> Result<(f64, f64), Failure> {
    let (wall, cpu) = (Instant::now(), cpu_ms());
    work()?;
    Ok((wall.elapsed().as_secs_f64() * 1e3, cpu_ms() - cpu))
}

fn tell((wall, cpu): (f64, f64)) {
    println!("{wall:.3} {cpu:.3}");
}

/// Processor time of this process over all threads, in steps of 10 ms; Linux only, 0 elsewhere.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, after)| after);
    let ticks: f64 = after_name.split_whitespace().skip(11).take(2).filter_map(|text| text.parse::<f64>().ok()).sum();
    ticks * 10.0
}
