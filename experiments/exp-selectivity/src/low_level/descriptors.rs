//! What a picture is like before anything in it is recognised.
//!
//! Mean and standard deviation of luminance (ITU-R 601), of the opponent colours red–green and blue–yellow and of
//! saturation; the slope of the power spectrum; and the GIST descriptor.

use std::ops::Range;

use super::fourier::Fourier;
use super::gist::{self, Gist};
use super::spectrum::slope;

/// Side of the square picture in pixels, for everything but GIST.
pub const SIDE: usize = 128;

/// Groups of descriptors by their place, all together first.
pub const GROUPS: [(&str, Range<usize>); 6] = [
    ("all", 0..9 + gist::LENGTH),
    ("luminance", 0..1),
    ("contrast", 1..2),
    ("colour", 2..8),
    ("spectrum", 8..9),
    ("GIST", 9..9 + gist::LENGTH),
];

/// Filters and transforms, made once.
pub struct Descriptors {
    fourier: Fourier,
    gist: Gist,
}

impl Descriptors {
    /// Makes them.
    pub fn new() -> Self {
        Self { fourier: Fourier::new(SIDE), gist: Gist::new() }
    }

    /// The descriptors of a picture with values from 0 to 1, red, green, blue.
    ///
    /// # Shapes
    /// - `small`: `[3, SIDE, SIDE]`
    /// - `large`: the same picture, `[3, gist::SIDE, gist::SIDE]`
    pub fn of(&self, small: &[f32], large: &[f32]) -> Vec<f64> {
        let plane = SIDE * SIDE;
        let (red, green, blue) = (&small[..plane], &small[plane..2 * plane], &small[2 * plane..]);
        let per_pixel = |value: fn(f32, f32, f32) -> f32| -> Vec<f32> {
            (0..plane).map(|pixel| value(red[pixel], green[pixel], blue[pixel])).collect()
        };
        let luminance = per_pixel(|red, green, blue| 0.299 * red + 0.587 * green + 0.114 * blue);
        let (mean, contrast) = mean_and_sd(&luminance);
        let mut values = vec![mean, contrast];
        for colour in [
            per_pixel(|red, green, _| red - green),
            per_pixel(|red, green, blue| blue - (red + green) / 2.0),
            per_pixel(|red, green, blue| red.max(green).max(blue) - red.min(green).min(blue)),
        ] {
            let (mean, sd) = mean_and_sd(&colour);
            values.extend([mean, sd]);
        }
        let centred: Vec<f32> = luminance.iter().map(|value| value - mean as f32).collect();
        values.push(if contrast > 0.0 { slope(&self.fourier.spectrum(&centred), SIDE) } else { 0.0 });
        values.extend(self.gist.of(large));
        values
    }
}

fn mean_and_sd(values: &[f32]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / n;
    let variance = values.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture in both sizes, from its value at a place between 0 and 1 down and across.
    fn both(value: impl Fn(usize, f32, f32) -> f32) -> [Vec<f32>; 2] {
        [SIDE, gist::SIDE].map(|side| {
            let at = |index: usize| {
                let (row, column) = (index % (side * side) / side, index % side);
                value(index / (side * side), row as f32 / side as f32, column as f32 / side as f32)
            };
            (0..3 * side * side).map(at).collect()
        })
    }

    #[test]
    fn a_plain_picture_has_its_colour_and_nothing_else() {
        let [small, large] = both(|channel, _, _| [1.0, 0.5, 0.0][channel]);
        let found = Descriptors::new().of(&small, &large);
        assert_eq!(found.len(), GROUPS[0].1.end);
        for (place, expected) in [(0, 0.5925), (1, 0.0), (2, 0.5), (4, -0.75), (6, 1.0), (9, 0.0)] {
            assert!((found[place] - expected).abs() < 1e-5, "{place}: {}", found[place]);
        }
    }

    #[test]
    fn upright_stripes_drive_the_filter_of_their_frequency_where_they_are() {
        let [small, large] = both(|_, row, column| {
            let wave = (std::f32::consts::TAU * 40.0 * column).cos();
            if row < 0.5 { 0.5 + 0.4 * wave } else { 0.5 }
        });
        let found = Descriptors::new().of(&small, &large);
        let gist = &found[GROUPS[5].1.clone()];
        // 40 cycles over 256 pixels are nearest to the second of the scales 77, 42, 22, 12; orientation 0 comes first.
        let energy = |scale: usize, orientation: usize, row: usize| gist[(scale * 8 + orientation) * 16 + 4 + row];
        assert!(energy(1, 0, 0) > 1.5 * energy(0, 0, 0) && energy(1, 0, 0) > 1.5 * energy(2, 0, 0), "scale");
        assert!(energy(1, 0, 0) > 5.0 * energy(1, 4, 0), "orientation");
        assert!(energy(1, 0, 0) > 5.0 * energy(1, 0, 3), "place");
    }
}
