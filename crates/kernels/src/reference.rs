//! The definitions in float64, as loops, for tests.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::epilogue::{Activation, Epilogue, Pool};
use crate::maps::Maps;

/// Values from −1 to 1.
pub(crate) fn noise(seed: u64, len: usize) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..len).map(|_| random.random_range(-1.0..1.0)).collect()
}

/// A kernel, a bias and an input of a layer `[pictures, height, width, in] → out`.
pub(crate) struct Layer {
    pub(crate) kernel: Vec<f32>,
    pub(crate) bias: Vec<f32>,
    pub(crate) gains: Vec<f32>,
    pub(crate) input: Maps,
    pub(crate) channels_out: usize,
}

impl Layer {
    pub(crate) fn random(seed: u64, [pictures, height, width, channels_in]: [usize; 4], channels_out: usize) -> Self {
        let input = noise(seed, pictures * height * width * channels_in);
        // The scale of He's initialization keeps the outputs near the inputs in size, as in a trained network.
        let scale = (6.0 / (9.0 * channels_in as f32)).sqrt();
        let kernel = noise(seed + 1, channels_out * channels_in * 9).into_iter().map(|w| w * scale).collect();
        Self {
            kernel,
            bias: noise(seed + 2, channels_out),
            gains: noise(seed + 3, channels_out).into_iter().map(|g| 2.0 + 3.0 * g).collect(),
            input: Maps::new(pictures, height, width, channels_in, input).expect("the lengths fit"),
            channels_out,
        }
    }

    /// The layer by its definition, `[pictures, height, width, out]` after the epilogue.
    pub(crate) fn convolve(&self, epilogue: Epilogue<'_>) -> Vec<f64> {
        let [pictures, height, width, _] = self.input.shape();
        let mut sums = Vec::with_capacity(pictures * height * width * self.channels_out);
        for (picture, y, x) in places(pictures, height, width) {
            for output in 0..self.channels_out {
                let sum = f64::from(self.bias[output]) + self.taps(picture, y, x, output);
                sums.push(activate(sum, epilogue.activation(), output));
            }
        }
        match epilogue.pool() {
            Pool::None => sums,
            Pool::Max2 => pool(&sums, pictures, height, width, self.channels_out),
        }
    }

    fn taps(&self, picture: usize, y: usize, x: usize, output: usize) -> f64 {
        let [_, height, width, channels] = self.input.shape();
        let mut sum = 0.0;
        for (dy, dx) in (0..9).map(|tap| (tap / 3, tap % 3)) {
            if (1..=height).contains(&(y + dy)) && (1..=width).contains(&(x + dx)) {
                let pixel = ((picture * height + y + dy - 1) * width + x + dx - 1) * channels;
                for input in 0..channels {
                    let weight = self.kernel[(output * channels + input) * 9 + dy * 3 + dx];
                    sum += f64::from(weight) * f64::from(self.input.data()[pixel + input]);
                }
            }
        }
        sum
    }
}

pub(crate) fn activate(sum: f64, activation: Activation<'_>, output: usize) -> f64 {
    match activation {
        Activation::Linear => sum,
        Activation::Relu => sum.max(0.0),
        Activation::Gain(gains) => sum.max(0.0) * f64::from(gains[output]),
    }
}

fn places(pictures: usize, height: usize, width: usize) -> impl Iterator<Item = (usize, usize, usize)> {
    (0..pictures * height * width).map(move |at| (at / (height * width), at / width % height, at % width))
}

fn pool(values: &[f64], pictures: usize, height: usize, width: usize, channels: usize) -> Vec<f64> {
    let at = |picture, y, x, channel| values[((picture * height + y) * width + x) * channels + channel];
    let mut pooled = Vec::new();
    for (picture, y, x) in places(pictures, height / 2, width / 2) {
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
