//! Pillow's resampling, bit for bit.
//!
//! A filter that widens with the reduction (so it is antialiased), in fixed point with 22 fractional bits, first along
//! rows and then along columns, with 8-bit pixels in between: `ImagingResample` in Pillow's `src/libImaging/Resample.c`.
//! (Pillow 13 goes along columns first where the height shrinks much more than the width; versions before it never do.)
//! The nearest pixel is another function there, `ImagingScaleAffine` in `Geometry.c`. Only the pixels of one window of
//! the result are computed; they do not depend on the others.

use std::f64::consts::PI;

use image::RgbImage;
use serde::{Deserialize, Serialize};

/// Fractional bits of a weight.
const PRECISION: u32 = 32 - 8 - 2;

/// How the pixels of a resized picture are made of those of the picture; the first four under Pillow's names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Filter {
    /// A triangle: torchvision's default.
    #[default]
    Bilinear,
    /// Keys' cubic with a = −0.5.
    Bicubic,
    /// A sinc, windowed to three lobes.
    Lanczos,
    /// The pixel at the place, not antialiased.
    Nearest,
    /// MATLAB's `imresize`, which has the same cubic but mirrors edges, and differs in order and rounding.
    MatlabBicubic,
}

/// A window of one axis of the resized picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Axis {
    /// Pixels of the source along this axis.
    pub source: u32,
    /// Pixels of the whole result along this axis.
    pub result: u64,
    /// First pixel of the result that is wanted.
    pub start: u64,
    /// How many pixels of the result are wanted.
    pub count: u32,
}

/// The source pixels that one result pixel is made of.
struct Kernel {
    /// First source pixel.
    start: usize,
    /// Fixed-point weights of it and its followers, which sum to one.
    weights: Vec<i32>,
}

/// The window of the resized picture, row by row, three bytes per pixel.
pub(super) fn resample(picture: &RgbImage, across: Axis, down: Axis, filter: Filter) -> Vec<u8> {
    if filter == Filter::MatlabBicubic {
        return super::matlab::resample(picture, across, down);
    }
    let (columns, rows) = (kernels(across, filter), kernels(down, filter));
    let first = rows.first().map_or(0, |kernel| kernel.start);
    let last = rows.last().map_or(0, |kernel| kernel.start + kernel.weights.len());
    let source_stride = across.source as usize * 3;
    let stride = columns.len() * 3;
    let mut narrowed = Vec::with_capacity((last - first) * stride);
    for row in picture.as_raw().chunks_exact(source_stride).take(last).skip(first) {
        narrowed.extend(columns.iter().flat_map(|kernel| kernel.pixel(&row[kernel.start * 3..], 3)));
    }
    let mut result = Vec::with_capacity(rows.len() * stride);
    for kernel in &rows {
        let from = (kernel.start - first) * stride;
        result.extend((0..columns.len()).flat_map(|column| kernel.pixel(&narrowed[from + column * 3..], stride)));
    }
    result
}

impl Kernel {
    /// The weighted sum of pixels that lie `stride` bytes apart, per channel.
    fn pixel(&self, bytes: &[u8], stride: usize) -> [u8; 3] {
        let mut sums = [1i32 << (PRECISION - 1); 3];
        for (index, weight) in self.weights.iter().enumerate() {
            for (sum, byte) in sums.iter_mut().zip(&bytes[index * stride..]) {
                *sum += i32::from(*byte) * weight;
            }
        }
        sums.map(|sum| (sum >> PRECISION).clamp(0, 255) as u8)
    }
}

/// One kernel per wanted pixel of an axis.
fn kernels(axis: Axis, filter: Filter) -> Vec<Kernel> {
    let scale = f64::from(axis.source) / axis.result as f64;
    let Some(curve) = filter.curve() else { return nearest(axis, scale) };
    let wanted = axis.start..axis.start + u64::from(axis.count);
    wanted.map(|index| curve.kernel(index, scale, axis.source)).collect()
}

/// The pixel at each place. The places are summed up step by step, as the C code does it, because the last digits of a
/// product would choose another pixel where a place is the border between two.
fn nearest(axis: Axis, scale: f64) -> Vec<Kernel> {
    let mut place = scale * 0.5;
    (0..axis.start).for_each(|_| place += scale);
    let mut kernel = || {
        let start = (place as usize).min(axis.source as usize - 1);
        place += scale;
        Kernel { start, weights: vec![1 << PRECISION] }
    };
    (0..axis.count).map(|_| kernel()).collect()
}

/// A filter as a function of the distance from the centre, and half of its width, in pixels of the larger picture.
struct Curve {
    support: f64,
    at: fn(f64) -> f64,
}

impl Filter {
    /// Nothing for a filter that weighs no pixels, or is computed elsewhere.
    fn curve(self) -> Option<Curve> {
        match self {
            Self::Bilinear => Some(Curve { support: 1.0, at: triangle }),
            Self::Bicubic => Some(Curve { support: 2.0, at: cubic }),
            Self::Lanczos => Some(Curve { support: 3.0, at: lanczos }),
            Self::Nearest | Self::MatlabBicubic => None,
        }
    }
}

impl Curve {
    fn kernel(&self, index: u64, scale: f64, source: u32) -> Kernel {
        let stretch = scale.max(1.0);
        let support = self.support * stretch;
        let center = (index as f64 + 0.5) * scale;
        // Truncation towards zero after adding a half, as the C code does it.
        let start = (center - support + 0.5).max(0.0) as usize;
        let end = ((center + support + 0.5) as usize).min(source as usize);
        let weight = |pixel: usize| (self.at)((pixel as f64 - center + 0.5) * (1.0 / stretch));
        let weights: Vec<f64> = (start..end).map(weight).collect();
        let total: f64 = weights.iter().sum();
        Kernel { start, weights: weights.into_iter().map(|weight| fixed(weight * (1.0 / total))).collect() }
    }
}

/// Rounded away from zero where it lies between two numbers.
fn fixed(weight: f64) -> i32 {
    let half = if weight < 0.0 { -0.5 } else { 0.5 };
    (half + weight * f64::from(1 << PRECISION)) as i32
}

fn triangle(x: f64) -> f64 {
    (1.0 - x.abs()).max(0.0)
}

/// Keys' cubic with a = −0.5.
pub(super) fn cubic(x: f64) -> f64 {
    const A: f64 = -0.5;
    let x = x.abs();
    if x < 1.0 {
        ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        (((x - 5.0) * x + 8.0) * x - 4.0) * A
    } else {
        0.0
    }
}

fn lanczos(x: f64) -> f64 {
    let sinc = |x: f64| if x == 0.0 { 1.0 } else { (x * PI).sin() / (x * PI) };
    if (-3.0..3.0).contains(&x) { sinc(x) * sinc(x / 3.0) } else { 0.0 }
}
