//! The error of layers of VGG-16's size against float64, at pixels drawn at random.
#![allow(clippy::unwrap_used)]

use kernels::{Conv, Epilogue, Maps, Pool, Window};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Largest error allowed, relative to the largest activation: measured are 1e-7 to 3e-6, growing slowly with the number
/// of channels.
const TOLERANCE: f64 = 1e-5;

/// Pixels drawn per layer.
const PIXELS: usize = 40;

fn check(side: usize, channels_in: usize, channels_out: usize) {
    let mut random = ChaCha8Rng::seed_from_u64(side as u64);
    let scale = (6.0 / (9 * channels_in) as f32).sqrt();
    let kernel: Vec<f32> = (0..channels_out * channels_in * 9).map(|_| random.random_range(-scale..scale)).collect();
    // Rectified inputs, as every layer but the first sees them.
    let values: Vec<f32> = (0..side * side * channels_in).map(|_| random.random_range(-1f32..1.0).max(0.0)).collect();
    let conv = Conv::new(&kernel, &vec![0.0; channels_out], channels_out, channels_in, Window::square(3).padding(1), 1)
        .unwrap();
    let input = Maps::new(1, side, side, channels_in, values).unwrap();
    let output = conv.forward(&input, Epilogue::LINEAR, Pool::None).unwrap();
    let largest = output.data().iter().fold(0f32, |largest, value| largest.max(value.abs()));
    let mut worst = 0f64;
    for _ in 0..PIXELS {
        let (y, x) = (random.random_range(0..side), random.random_range(0..side));
        for (channel, filter) in kernel.chunks_exact(channels_in * 9).enumerate() {
            let found = output.data()[(y * side + x) * channels_out + channel];
            worst = worst.max((f64::from(found) - by_definition(&input, filter, y, x)).abs());
        }
    }
    let error = worst / f64::from(largest);
    println!("{side}²·{channels_in} → {channels_out}: {error:.1e}");
    assert!(error < TOLERANCE, "{side}²·{channels_in} → {channels_out}: {error:e}");
}

fn by_definition(input: &Maps, filter: &[f32], y: usize, x: usize) -> f64 {
    let [_, height, width, channels] = input.shape();
    let mut sum = 0.0;
    for (dy, dx) in (0..9).map(|tap| (tap / 3, tap % 3)) {
        if (1..=height).contains(&(y + dy)) && (1..=width).contains(&(x + dx)) {
            let pixel = &input.data()[((y + dy - 1) * width + x + dx - 1) * channels..][..channels];
            let weights = filter[dy * 3 + dx..].iter().step_by(9);
            sum += pixel.iter().zip(weights).map(|(&value, &w)| f64::from(value) * f64::from(w)).sum::<f64>();
        }
    }
    sum
}

#[test]
fn layers_of_vgg16() {
    let layers = [(224, 3, 64), (224, 64, 64), (112, 64, 128), (112, 128, 128), (56, 128, 256), (56, 256, 256)];
    let deep = [(28, 256, 512), (28, 512, 512), (14, 512, 512)];
    for (side, channels_in, channels_out) in layers.into_iter().chain(deep) {
        check(side, channels_in, channels_out);
    }
}

#[test]
fn layers_of_the_demonstration_network() {
    let layers =
        [(64, 3, 8), (64, 8, 8), (32, 8, 16), (32, 16, 16), (16, 16, 32), (16, 32, 32), (8, 64, 64), (4, 64, 64)];
    for (side, channels_in, channels_out) in layers {
        check(side, channels_in, channels_out);
    }
}
