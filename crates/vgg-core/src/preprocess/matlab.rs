//! MATLAB's `imresize` with its cubic filter, as it resizes pictures of 8 bits.
//!
//! Keys' cubic with a = −0.5, widened with the reduction, its weights divided by their sum; beyond an edge the picture is
//! mirrored, the pixels of the edge included. The direction that shrinks more (or grows less) goes first, rows before
//! columns where both change alike, and results are rounded to 8 bits after each direction. Source: MathWorks'
//! documentation of `imresize` ("bicubic", "Antialiasing") and the port github.com/fatheral/matlab_imresize, which states
//! edges, order and rounding. A result that lies between two levels goes up, as MATLAB's `uint8` documents it.

use image::RgbImage;

use super::resample::{Axis, cubic};

/// Half of the filter's width, in pixels of the larger picture.
const SUPPORT: f64 = 2.0;

/// The source pixels that one result pixel is made of, and their weights, which sum to one.
type Kernel = Vec<(usize, f64)>;

/// Pixels of 8 bits, three per place.
struct Bytes {
    width: usize,
    values: Vec<u8>,
}

/// The window of the resized picture, row by row, three bytes per pixel.
pub(super) fn resample(picture: &RgbImage, across: Axis, down: Axis) -> Vec<u8> {
    let (columns, rows) = (kernels(across), kernels(down));
    let source = Bytes { width: across.source as usize, values: picture.as_raw().clone() };
    // result / source of both directions, compared without division.
    let scaled = |axis: &Axis, other: &Axis| u128::from(axis.result) * u128::from(other.source);
    if scaled(&down, &across) <= scaled(&across, &down) {
        source.shortened(&rows).narrowed(&columns).values
    } else {
        source.narrowed(&columns).shortened(&rows).values
    }
}

impl Bytes {
    /// One row per kernel.
    fn shortened(&self, rows: &[Kernel]) -> Self {
        let stride = self.width * 3;
        let mut values = Vec::with_capacity(rows.len() * stride);
        let mut sums = vec![0.0; stride];
        for kernel in rows {
            sums.fill(0.0);
            for &(row, weight) in kernel {
                let bytes = &self.values[row * stride..][..stride];
                sums.iter_mut().zip(bytes).for_each(|(sum, &byte)| *sum += weight * f64::from(byte));
            }
            values.extend(sums.iter().map(|&sum| rounded(sum)));
        }
        Self { width: self.width, values }
    }

    /// One column per kernel.
    fn narrowed(&self, columns: &[Kernel]) -> Self {
        let mut values = Vec::with_capacity(self.values.len() / self.width * columns.len());
        for row in self.values.chunks_exact(self.width * 3) {
            for kernel in columns {
                let mut sums = [0.0; 3];
                for &(column, weight) in kernel {
                    let pixel = &row[column * 3..][..3];
                    sums.iter_mut().zip(pixel).for_each(|(sum, &byte)| *sum += weight * f64::from(byte));
                }
                values.extend(sums.map(rounded));
            }
        }
        Self { width: columns.len(), values }
    }
}

/// Halves go up. A sum that is whole or half but for the rounding of its terms is taken for that.
fn rounded(sum: f64) -> u8 {
    (sum + 0.5 + 1e-9).floor().clamp(0.0, 255.0) as u8
}

/// One kernel per wanted pixel of an axis.
fn kernels(axis: Axis) -> Vec<Kernel> {
    let stretch = f64::from(axis.source) / axis.result as f64;
    let wanted = axis.start..axis.start + u64::from(axis.count);
    wanted.map(|index| kernel(index, stretch, axis.source)).collect()
}

fn kernel(index: u64, stretch: f64, source: u32) -> Kernel {
    let wide = stretch.max(1.0);
    let centre = (index as f64 + 0.5) * stretch - 0.5;
    let (first, last) = ((centre - SUPPORT * wide).floor() as i64, (centre + SUPPORT * wide).ceil() as i64);
    let weighed = (first..=last).map(|place| (mirrored(place, source), cubic((place as f64 - centre) / wide)));
    let kernel: Kernel = weighed.filter(|&(_, weight)| weight != 0.0).collect();
    let total: f64 = kernel.iter().map(|&(_, weight)| weight).sum();
    kernel.into_iter().map(|(place, weight)| (place, weight / total)).collect()
}

/// The place in 0 … n−1, n−1 … 0, 0 … n−1 and so on in both directions.
fn mirrored(place: i64, source: u32) -> usize {
    let period = 2 * i64::from(source);
    let place = place.rem_euclid(period);
    place.min(period - 1 - place) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_mirrored_with_their_own_pixels() {
        let places: Vec<usize> = (-4..8).map(|place| mirrored(place, 3)).collect();
        assert_eq!(places, [2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0, 1]);
        assert_eq!([-2, -1, 0, 1, 2].map(|place| mirrored(place, 1)), [0; 5]);
    }

    #[test]
    fn halves_go_up_and_nothing_leaves_8_bits() {
        assert_eq!([-3.0, -0.5, 0.49, 0.5, 1.5, 254.5, 300.0].map(rounded), [0, 0, 0, 1, 2, 255, 255]);
    }
}
