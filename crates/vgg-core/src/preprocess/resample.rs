//! Pillow's antialiased bilinear resampling, bit for bit.
//!
//! A triangle filter that widens with the reduction, in fixed point with 22 fractional bits, first along rows and then
//! along columns, with 8-bit pixels in between: `ImagingResample` in Pillow's `src/libImaging/Resample.c`. Only the
//! pixels of one window of the result are computed; they do not depend on the others.

use image::RgbImage;

/// Fractional bits of a weight.
const PRECISION: u32 = 32 - 8 - 2;

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
pub(super) fn resample(picture: &RgbImage, across: Axis, down: Axis) -> Vec<u8> {
    let (columns, rows) = (kernels(across), kernels(down));
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
fn kernels(axis: Axis) -> Vec<Kernel> {
    let scale = f64::from(axis.source) / axis.result as f64;
    (axis.start..axis.start + u64::from(axis.count)).map(|index| kernel(index, scale, axis.source)).collect()
}

fn kernel(index: u64, scale: f64, source: u32) -> Kernel {
    let support = scale.max(1.0);
    let center = (index as f64 + 0.5) * scale;
    // Truncation towards zero after adding a half, as the C code does it.
    let start = (center - support + 0.5).max(0.0) as usize;
    let end = ((center + support + 0.5) as usize).min(source as usize);
    let triangle = |pixel: usize| {
        let distance = ((pixel as f64 - center + 0.5) * (1.0 / support)).abs();
        if distance < 1.0 { 1.0 - distance } else { 0.0 }
    };
    let weights: Vec<f64> = (start..end).map(triangle).collect();
    let total: f64 = weights.iter().sum();
    let fixed = |weight: f64| (0.5 + weight * (1.0 / total) * f64::from(1 << PRECISION)) as i32;
    Kernel { start, weights: weights.into_iter().map(fixed).collect() }
}
