//! Our side of the comparison with other programs: VGG-16 with random weights on the CPU.
//!
//! `peer forward BATCH ROUNDS` prints a line `wall_ms cpu_ms` per pass; `peer sweep FIRST LAST PICTURES SLOPES` prints
//! one for the whole sweep over the layers FIRST to LAST (from 1), by gain lines. The scripts beside this file call it.

use std::time::Instant;

use ndarray::Array4;
use vgg_core::device::Device;
use vgg_core::{Architecture, Intervention, Network, random};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize| -> Result<usize, Failure> {
        Ok(arguments
            .get(index)
            .ok_or("usage: peer forward BATCH ROUNDS | peer sweep FIRST LAST PICTURES SLOPES")?
            .parse()?)
    };
    let network = Network::new(&random::he_initialised(&Architecture::vgg16(1000), 1), &Device::cpu())?;
    match arguments.first().map(String::as_str) {
        Some("forward") => {
            let inputs = pictures(number(1)?);
            network.features(inputs.view(), &Intervention::none())?;
            for _ in 0..number(2)? {
                timed(|| {
                    network.features(inputs.view(), &Intervention::none())?;
                    Ok(())
                })?;
            }
            Ok(())
        }
        Some("sweep") => {
            let inputs = pictures(number(3)?);
            timed(|| sweep(&network, &inputs, [number(1)? - 1, number(2)? - 1], number(4)?))
        }
        _ => number(usize::MAX).map(drop),
    }
}

fn pictures(count: usize) -> Array4<f32> {
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
        let members: Vec<usize> = (0..network.architecture().layers()[layer].channels).step_by(3).collect();
        let junction = network.junction(&activation);
        let line = network.gain_line(&junction, &members);
        for step in 0..slopes {
            line.features(1.0 + 5.0 * step as f32 / (slopes.max(2) - 1) as f32)?;
        }
    }
    Ok(())
}

fn timed(mut work: impl FnMut() -> Result<(), Failure>) -> Result<(), Failure> {
    let (wall, cpu) = (Instant::now(), cpu_ms());
    work()?;
    println!("{:.3} {:.3}", wall.elapsed().as_secs_f64() * 1e3, cpu_ms() - cpu);
    Ok(())
}

/// Processor time of this process over all threads, in steps of 10 ms; Linux only, 0 elsewhere.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, after)| after);
    let ticks: f64 = after_name.split_whitespace().skip(11).take(2).filter_map(|text| text.parse::<f64>().ok()).sum();
    ticks * 10.0
}
