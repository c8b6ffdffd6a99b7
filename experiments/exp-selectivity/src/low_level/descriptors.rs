//! What a picture is like before anything in it is recognised.
//!
//! Mean and standard deviation of luminance (ITU-R 601), of the opponent colours red–green and blue–yellow and of
//! saturation; the slope of the power spectrum; and a GIST-like descriptor: the energy of log-Gabor filters of three
//! scales and four orientations, averaged over a grid of 4 × 4 fields (after Oliva & Torralba 2001, Int J Comput Vis 42:
//! 145–175; filters and their numbers are our choice).

use std::f64::consts::PI;
use std::ops::Range;

use super::spectrum::{Spectrum, frequency};

/// Side of the square picture in pixels.
pub const SIDE: usize = 128;
/// Centre frequencies in cycles per picture.
const SCALES: [f64; 3] = [8.0, 16.0, 32.0];
const ORIENTATIONS: usize = 4;
/// Fields along each side.
const GRID: usize = 4;
/// Ratio of spread to centre frequency of a log-Gabor filter: about one and a half octaves.
const BANDWIDTH: f64 = 0.65;
const GIST: usize = SCALES.len() * ORIENTATIONS * GRID * GRID;

/// Groups of descriptors by their place, all together first.
pub const GROUPS: [(&str, Range<usize>); 6] = [
    ("all", 0..9 + GIST),
    ("luminance", 0..1),
    ("contrast", 1..2),
    ("colour", 2..8),
    ("spectrum", 8..9),
    ("GIST-like", 9..9 + GIST),
];

/// The filters, made once.
pub struct Descriptors {
    filters: Vec<Vec<f32>>,
}

impl Descriptors {
    /// Makes the filters.
    pub fn new() -> Self {
        let orientations = (0..ORIENTATIONS).map(|number| number as f64 * PI / ORIENTATIONS as f64);
        let filters = orientations.flat_map(|angle| SCALES.map(|centre| filter(centre, angle))).collect();
        Self { filters }
    }

    /// The descriptors of a picture `[3, SIDE, SIDE]` with values from 0 to 1, red, green, blue.
    pub fn of(&self, picture: &[f32]) -> Vec<f64> {
        let plane = SIDE * SIDE;
        let (red, green, blue) = (&picture[..plane], &picture[plane..2 * plane], &picture[2 * plane..]);
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
        let spectrum = Spectrum::of(&centred);
        values.push(if contrast > 0.0 { spectrum.slope() } else { 0.0 });
        self.filters.iter().for_each(|filter| values.extend(fields(&spectrum.filtered(filter))));
        values
    }
}

fn mean_and_sd(values: &[f32]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / n;
    let variance = values.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

/// A log-Gabor filter (Field 1987, J Opt Soc Am A 4: 2379–2394) that passes one side of the spectrum.
fn filter(centre: f64, angle: f64) -> Vec<f32> {
    let value = |index: usize| {
        let (y, x) = (frequency(index / SIDE), frequency(index % SIDE));
        let radius = x.hypot(y);
        if radius == 0.0 {
            return 0.0;
        }
        let turn = y.atan2(x) - angle;
        let offset = turn.sin().atan2(turn.cos());
        let spread = PI / (2.0 * ORIENTATIONS as f64);
        let radial = ((radius / centre).ln() / BANDWIDTH.ln()).powi(2) / 2.0;
        (-radial - (offset / spread).powi(2) / 2.0).exp() as f32
    };
    (0..SIDE * SIDE).map(value).collect()
}

/// Means over the fields of the grid.
fn fields(values: &[f32]) -> Vec<f64> {
    let field = SIDE / GRID;
    let mut means = vec![0.0; GRID * GRID];
    for (index, &value) in values.iter().enumerate() {
        means[index / SIDE / field * GRID + index % SIDE / field] += f64::from(value) / (field * field) as f64;
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_picture_has_its_colour_and_nothing_else() {
        let plane = SIDE * SIDE;
        let picture: Vec<f32> = [1.0, 0.5, 0.0].into_iter().flat_map(|value| vec![value; plane]).collect();
        let found = Descriptors::new().of(&picture);
        assert_eq!(found.len(), GROUPS[0].1.end);
        for (place, expected) in [(0, 0.5925), (1, 0.0), (2, 0.5), (4, -0.75), (6, 1.0), (9, 0.0)] {
            assert!((found[place] - expected).abs() < 1e-5, "{place}: {}", found[place]);
        }
    }

    #[test]
    fn upright_stripes_drive_the_filter_of_their_frequency_where_they_are() {
        let stripe = |index: usize| {
            let (row, column) = (index % (SIDE * SIDE) / SIDE, index % SIDE);
            let wave = (std::f32::consts::TAU * 16.0 * column as f32 / SIDE as f32).cos();
            if row < SIDE / 2 { 0.5 + 0.4 * wave } else { 0.5 }
        };
        let found = Descriptors::new().of(&(0..3 * SIDE * SIDE).map(stripe).collect::<Vec<_>>());
        let gist = &found[GROUPS[5].1.clone()];
        // Orientation 0 comes first; its second scale is 16 cycles per picture.
        let energy = |filter: usize, row: usize| gist[filter * GRID * GRID + row * GRID + 1];
        assert!(energy(1, 0) > 2.0 * energy(0, 0) && energy(1, 0) > 2.0 * energy(2, 0), "scale");
        assert!(energy(1, 0) > 5.0 * energy(7, 0), "orientation");
        assert!(energy(1, 0) > 5.0 * energy(1, 3), "place");
    }
}
