//! How fast the layers of VGG-16 and of its demonstration network run, beside the machine's own peak.
//!
//! `cargo run -p kernels --release --example speed [vgg|demo|whole] [threads] [batch]`
//!
//! Prints GFLOP/s of the direct convolution's arithmetic divided by the least time of several runs: Winograd does
//! about a quarter of that arithmetic, so numbers above the peak are possible. `whole` prints only the least time of
//! the 13 convolutions of VGG-16 in milliseconds, for scripts.

use std::hint::black_box;
use std::time::{Duration, Instant};

use kernels::{Conv, Epilogue, Maps, Pool, Window};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

/// Groups of (channels, convolutions), as in VGG-16.
const VGG: [(usize, usize); 5] = [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)];

/// Time spent on each measurement.
const PATIENCE: Duration = Duration::from_millis(400);

type Failure = Box<dyn std::error::Error + Send + Sync>;

struct Layer {
    name: String,
    conv: Conv,
    side: usize,
    pool: Pool,
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize| arguments.get(index).map(|text| text.parse::<usize>()).transpose();
    let threads = number(1)?.unwrap_or(1);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    pool.install(|| match arguments.first().map_or("vgg", String::as_str) {
        "vgg" => table(&network(224, 1)?, number(2)?.unwrap_or(1)),
        "demo" => table(&network(64, 8)?, number(2)?.unwrap_or(64)),
        "whole" => whole(&network(224, 1)?, number(2)?.unwrap_or(1)),
        other => Err(format!("unknown measurement {other}: vgg, demo or whole").into()),
    })
}

/// The convolutions of VGG-16 for pictures of `side` pixels, with the channels divided by `divisor`.
fn network(side: usize, divisor: usize) -> Result<Vec<Layer>, Failure> {
    let (mut layers, mut inputs, mut side) = (Vec::new(), 3, side);
    for (group, (channels, count)) in VGG.into_iter().enumerate() {
        let channels = channels / divisor;
        for index in 0..count {
            let scale = (6.0 / (9 * inputs) as f32).sqrt();
            let kernel: Vec<f32> = noise(channels * inputs * 9).map(|value| value * scale).collect();
            let conv = Conv::new(&kernel, &vec![0.1; channels], channels, inputs, Window::square(3).padding(1), 1)?;
            let name = format!("conv{}_{}", group + 1, index + 1);
            let pool = if index + 1 == count { Pool::Max2 } else { Pool::None };
            layers.push(Layer { name, conv, side, pool });
            inputs = channels;
        }
        side /= 2;
    }
    Ok(layers)
}

/// Values from −1 to 1 by a fixed recurrence.
fn noise(len: usize) -> impl Iterator<Item = f32> {
    let mut state = 1u32;
    (0..len).map(move |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    })
}

fn table(layers: &[Layer], pictures: usize) -> Result<(), Failure> {
    let peak = peak();
    println!("{} threads, {pictures} pictures, peak {peak:.0} GFLOP/s", rayon::current_num_threads());
    println!("{:10} {:>14} {:>9} {:>9} {:>8}", "layer", "shape", "ms", "GFLOP/s", "of peak");
    let (mut time, mut work) = (0.0, 0.0);
    for layer in layers {
        let (channels, side) = (layer.conv.channels_in(), layer.side);
        let input = Maps::new(pictures, side, side, channels, noise(pictures * side * side * channels).collect())?;
        let mut output = Maps::zeros(1, 1, 1, 1)?;
        let seconds = least(|| layer.conv.forward_into(&input, Epilogue::RELU, layer.pool, &mut output))?;
        let flops = (18 * pictures * side * side * channels * layer.conv.channels_out()) as f64;
        let shape = format!("{side}²·{channels}→{}", layer.conv.channels_out());
        report(&layer.name, &shape, seconds, flops, peak);
        (time, work) = (time + seconds, work + flops);
    }
    report("all", "", time, work, peak);
    Ok(())
}

fn report(name: &str, shape: &str, seconds: f64, flops: f64, peak: f64) {
    let rate = flops / seconds / 1e9;
    println!("{name:10} {shape:>14} {:9.3} {rate:9.1} {:7.0}%", seconds * 1e3, 100.0 * rate / peak);
}

fn whole(layers: &[Layer], pictures: usize) -> Result<(), Failure> {
    let mut maps =
        (Maps::new(pictures, 224, 224, 3, noise(pictures * 224 * 224 * 3).collect())?, Maps::zeros(1, 1, 1, 1)?);
    let picture = maps.0.clone();
    let seconds = least(|| {
        maps.0.clone_from(&picture);
        layers.iter().try_for_each(|layer| {
            layer.conv.forward_into(&maps.0, Epilogue::RELU, layer.pool, &mut maps.1)?;
            std::mem::swap(&mut maps.0, &mut maps.1);
            Ok::<(), kernels::ShapeError>(())
        })
    })?;
    println!("{:.3}", seconds * 1e3);
    Ok(())
}

/// Least time of a run, in seconds.
fn least<E>(mut work: impl FnMut() -> Result<(), E>) -> Result<f64, E> {
    work()?;
    let (start, mut least, mut runs) = (Instant::now(), f64::INFINITY, 0);
    while start.elapsed() < PATIENCE || runs < 5 {
        let run = Instant::now();
        work()?;
        least = least.min(run.elapsed().as_secs_f64());
        runs += 1;
    }
    Ok(least)
}

/// Fused multiply-adds on registers alone: GFLOP/s of all threads together.
fn peak() -> f64 {
    let rate = || (0..20).map(|_| Arch::new().dispatch(Peak)).fold(0.0, f64::max);
    (0..rayon::current_num_threads()).into_par_iter().map(|_| rate()).sum()
}

struct Peak;

impl WithSimd for Peak {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        const STEPS: usize = 200_000;
        let (factor, term) = (simd.splat_f32s(black_box(0.5)), simd.splat_f32s(black_box(1.0)));
        let mut sums = [simd.splat_f32s(0.0); 12];
        let start = Instant::now();
        for _ in 0..STEPS {
            for sum in &mut sums {
                *sum = simd.mul_add_e_f32s(*sum, factor, term);
            }
        }
        let seconds = start.elapsed().as_secs_f64();
        black_box(sums);
        (STEPS * sums.len() * 2 * S::F32_LANES) as f64 / seconds / 1e9
    }
}
