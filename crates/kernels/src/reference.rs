//! The definitions in float64, as loops, for tests.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::activation::Activation;
use crate::epilogue::{Epilogue, Pool};
use crate::maps::Maps;
use crate::window::{Rounding, Window};

/// Values from −1 to 1.
pub(crate) fn noise(seed: u64, len: usize) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..len).map(|_| random.random_range(-1.0..1.0)).collect()
}

/// Maps of `[pictures, height, width, channels]` with values from −1 to 1.
pub(crate) fn random_maps(seed: u64, [pictures, height, width, channels]: [usize; 4]) -> Maps {
    let values = noise(seed, pictures * height * width * channels);
    Maps::new(pictures, height, width, channels, values).expect("the lengths fit")
}

/// The upper left part of maps.
pub(crate) fn crop(maps: &Maps, height: usize, width: usize) -> Maps {
    let at = |picture, y, x, c| maps.data()[((picture * maps.height() + y) * maps.width() + x) * maps.channels() + c];
    let mut data = Vec::new();
    for (picture, y, x) in places(maps.pictures(), [height, width]) {
        data.extend((0..maps.channels()).map(|c| at(picture, y, x, c)));
    }
    Maps::new(maps.pictures(), height, width, maps.channels(), data).expect("the lengths fit")
}

/// A kernel, a bias and an input of a layer.
pub(crate) struct Layer {
    /// `[channels_out, channels_in / groups, height, width]`.
    pub(crate) kernel: Vec<f32>,
    pub(crate) bias: Vec<f32>,
    pub(crate) gains: Vec<f32>,
    pub(crate) input: Maps,
    pub(crate) channels_out: usize,
    pub(crate) window: Window,
    pub(crate) groups: usize,
}

impl Layer {
    /// A layer for an input of `[pictures, height, width, channels]`.
    pub(crate) fn random(seed: u64, shape: [usize; 4], channels_out: usize, window: Window, groups: usize) -> Self {
        let terms = shape[3] / groups * window.taps();
        // The scale of He's initialization keeps the outputs near the inputs in size, as in a trained network.
        let scale = (6.0 / terms as f32).sqrt();
        let kernel = noise(seed + 1, channels_out * terms).into_iter().map(|w| w * scale).collect();
        Self {
            kernel,
            bias: noise(seed + 2, channels_out),
            gains: noise(seed + 3, channels_out).into_iter().map(|g| 2.0 + 3.0 * g).collect(),
            input: random_maps(seed, shape),
            channels_out,
            window,
            groups,
        }
    }

    /// The layer by its definition, `[pictures, height, width, channels_out]` after the epilogue and the pool.
    pub(crate) fn convolve(&self, epilogue: Epilogue<'_>, pool: Pool) -> Vec<f64> {
        let [pictures, height, width, channels] = self.input.shape();
        let size = self.window.output_size([height, width], Rounding::Floor).expect("the window fits");
        let all: Vec<Vec<Tap>> = windows(&self.input, &self.window, Rounding::Floor).collect();
        let (per_group, outputs, taps) = (channels / self.groups, self.channels_out / self.groups, self.window.taps());
        let mut values = Vec::with_capacity(pictures * size[0] * size[1] * self.channels_out);
        for place in 0..pictures * size[0] * size[1] {
            for output in 0..self.channels_out {
                let mut sum = f64::from(self.bias[output]);
                for input in 0..per_group {
                    let window = &all[place * channels + output / outputs * per_group + input];
                    let filter = &self.kernel[(output * per_group + input) * taps..][..taps];
                    let terms = window.iter().zip(filter);
                    sum += terms
                        .map(|(tap, &weight)| f64::from(tap.pixel.unwrap_or(0.0)) * f64::from(weight))
                        .sum::<f64>();
                }
                values.push(finish(sum, epilogue, output));
            }
        }
        match pool {
            Pool::None => values,
            Pool::Max2 => max2(&values, pictures, size, self.channels_out),
        }
    }
}

/// One tap of a window: its row and column in the picture, and the pixel if it is inside.
#[derive(Clone, Copy)]
pub(crate) struct Tap {
    pub(crate) y: isize,
    pub(crate) x: isize,
    pub(crate) pixel: Option<f32>,
}

/// The taps of every window, in the order of the output `[pictures, height, width, channels]`.
pub(crate) fn windows(input: &Maps, window: &Window, rounding: Rounding) -> impl Iterator<Item = Vec<Tap>> {
    let [pictures, height, width, channels] = input.shape();
    let size = window.output_size([height, width], rounding).expect("the window fits");
    places(pictures, size).flat_map(move |(picture, y, x)| {
        (0..channels).map(move |channel| {
            let tap = |tap: usize| {
                let place = |at: usize, tap: usize, axis: usize| {
                    (at * window.stride[axis] + tap * window.dilation[axis]) as isize - window.padding[axis] as isize
                };
                let (y, x) = (place(y, tap / window.kernel[1], 0), place(x, tap % window.kernel[1], 1));
                let inside = (0..height as isize).contains(&y) && (0..width as isize).contains(&x);
                let index = |y: usize, x: usize| ((picture * height + y) * width + x) * channels + channel;
                Tap { y, x, pixel: inside.then(|| input.data()[index(y as usize, x as usize)]) }
            };
            (0..window.taps()).map(tap).collect()
        })
    })
}

/// `g · f(x)`.
pub(crate) fn finish(sum: f64, epilogue: Epilogue<'_>, output: usize) -> f64 {
    let value = activate(sum, epilogue.activation);
    epilogue.gain.map_or(value, |gains| value * f64::from(gains[output]))
}

pub(crate) fn activate(x: f64, activation: Activation) -> f64 {
    match activation {
        Activation::Linear => x,
        Activation::Relu => x.max(0.0),
        Activation::Clip { low, high } => x.max(f64::from(low)).min(f64::from(high)),
        Activation::LeakyRelu { slope } => x.max(0.0) + f64::from(slope) * x.min(0.0),
        Activation::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Activation::Silu => x / (1.0 + (-x).exp()),
        Activation::HardSigmoid { slope, offset } => (f64::from(slope) * x + f64::from(offset)).clamp(0.0, 1.0),
        Activation::HardSwish => x * (x / 6.0 + 0.5).clamp(0.0, 1.0),
    }
}

fn places(pictures: usize, [height, width]: [usize; 2]) -> impl Iterator<Item = (usize, usize, usize)> {
    (0..pictures * height * width).map(move |at| (at / (height * width), at / width % height, at % width))
}

fn max2(values: &[f64], pictures: usize, [height, width]: [usize; 2], channels: usize) -> Vec<f64> {
    let at = |picture, y, x, channel| values[((picture * height + y) * width + x) * channels + channel];
    let mut pooled = Vec::new();
    for (picture, y, x) in places(pictures, [height / 2, width / 2]) {
        for channel in 0..channels {
            let corners = [(0, 0), (0, 1), (1, 0), (1, 1)];
            let four = corners.map(|(dy, dx)| at(picture, 2 * y + dy, 2 * x + dx, channel));
            pooled.push(four.into_iter().fold(f64::NEG_INFINITY, f64::max));
        }
    }
    pooled
}

/// Largest difference, relative to the largest value of the truth.
pub(crate) fn relative_error(found: &[f32], truth: &[f64]) -> f64 {
    assert_eq!(found.len(), truth.len());
    let largest = truth.iter().fold(f64::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
    let worst = found.iter().zip(truth).map(|(&found, truth)| (f64::from(found) - truth).abs());
    worst.fold(0.0, |worst, error| if error > worst || error.is_nan() { error } else { worst }) / largest
}
