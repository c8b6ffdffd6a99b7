//! The GIST descriptor (Oliva & Torralba 2001, Int J Comput Vis 42: 145–175), with the settings of its authors' program LMgist.
//!
//! A grey picture of 256 × 256 is whitened and divided by its local contrast, and passed through 32 Gabor filters of four
//! scales and eight orientations; kept is the mean amplitude after each filter in 4 × 4 fields, 512 numbers in all. Filters
//! live in the frequency domain: with r cycles per pixel and angle θ, the one of scale s and orientation o is
//! `exp(−3.5 (r / r_s − 1)² − 2π θ_o²)`, `r_s = 0.3 / 1.85^s`, θ_o the angle from −π o / 8. Edges are mirrored.

use std::f64::consts::{LN_2, PI};

use super::fourier::{Fourier, Planes};

/// Side of the square picture in pixels.
pub const SIDE: usize = 256;
/// Numbers of a descriptor.
pub const LENGTH: usize = SCALES * ORIENTATIONS * FIELDS * FIELDS;
const SCALES: usize = 4;
const ORIENTATIONS: usize = 8;
/// Fields along each side.
const FIELDS: usize = 4;
/// Where the prefilter's Gaussian has fallen to one half, in cycles per picture.
const CYCLES: f64 = 4.0;
/// Mirrored pixels around the picture for the prefilter, and for the filters.
const EDGE: usize = 5;
const EXTENSION: usize = 32;
/// What is added to the local contrast, so that plain regions are not blown up.
const CONTRAST: f32 = 0.2;

/// The filters, made once.
pub struct Gist {
    prefilter: (Fourier, Vec<f32>),
    fourier: Fourier,
    filters: Vec<Vec<f32>>,
}

impl Gist {
    /// Makes the filters.
    pub fn new() -> Self {
        let around = Fourier::new(SIDE + 2 * EDGE);
        let low = around.filter(|x, y| (-(x * x + y * y) * LN_2 / (CYCLES * CYCLES)).exp());
        let fourier = Fourier::new(SIDE + 2 * EXTENSION);
        let each = (0..SCALES).flat_map(|scale| (0..ORIENTATIONS).map(move |orientation| (scale, orientation)));
        let filters = each.map(|(scale, orientation)| gabor(&fourier, scale, orientation)).collect();
        Self { prefilter: (around, low), fourier, filters }
    }

    /// The descriptor of a picture `[3, SIDE, SIDE]` with values from 0 to 1: for each scale, from the finest, each
    /// orientation, and there each field, column by column.
    pub fn of(&self, picture: &[f32]) -> Vec<f64> {
        let flat = self.prefiltered(&grey(picture));
        let spectrum = self.fourier.spectrum(&mirrored(&flat, SIDE, EXTENSION));
        let inside = EXTENSION..EXTENSION + SIDE;
        let energies = |filter: &Vec<f32>| fields(&self.fourier.filtered(&spectrum, filter, inside.clone()));
        self.filters.iter().flat_map(energies).collect()
    }

    /// Whitened, and divided by the local standard deviation.
    fn prefiltered(&self, grey: &[f32]) -> Vec<f32> {
        let (fourier, low) = &self.prefilter;
        let side = SIDE + 2 * EDGE;
        let logs: Vec<f32> = grey.iter().map(|value| value.ln_1p()).collect();
        let mut values = mirrored(&logs, SIDE, EDGE);
        let smooth = fourier.filtered(&fourier.spectrum(&values), low, 0..side);
        values.iter_mut().zip(smooth.re).for_each(|(value, smooth)| *value -= smooth);
        let squares: Vec<f32> = values.iter().map(|value| value * value).collect();
        let local: Vec<f32> = fourier.filtered(&fourier.spectrum(&squares), low, 0..side).power().collect();
        let even = |index: usize| {
            let place = (index / SIDE + EDGE) * side + index % SIDE + EDGE;
            values[place] / (CONTRAST + local[place].sqrt().sqrt())
        };
        (0..SIDE * SIDE).map(even).collect()
    }
}

/// The mean of the colours, stretched to 0–255.
fn grey(picture: &[f32]) -> Vec<f32> {
    let plane = SIDE * SIDE;
    let mean = |pixel: usize| (picture[pixel] + picture[plane + pixel] + picture[2 * plane + pixel]) * (255.0 / 3.0);
    let values: Vec<f32> = (0..plane).map(mean).collect();
    let (low, high) = values.iter().fold((f32::MAX, f32::MIN), |(low, high), &v| (low.min(v), high.max(v)));
    // A picture of less than one level of contrast is not stretched.
    let range = (high - low).max(1.0);
    values.into_iter().map(|value| 255.0 * (value - low) / range).collect()
}

/// The picture with mirrored pixels around it, the edge itself twice.
fn mirrored(values: &[f32], side: usize, around: usize) -> Vec<f32> {
    let place = |index: usize| {
        let inside = index as i64 - around as i64;
        let last = side as i64 - 1;
        let turned = if inside < 0 { -1 - inside } else { inside };
        (if turned > last { 2 * last + 1 - turned } else { turned }) as usize
    };
    let whole = side + 2 * around;
    (0..whole * whole).map(|index| values[place(index / whole) * side + place(index % whole)]).collect()
}

fn gabor(fourier: &Fourier, scale: usize, orientation: usize) -> Vec<f32> {
    let centre = 0.3 / 1.85_f64.powi(scale as i32) * (SIDE + 2 * EXTENSION) as f64;
    let turn = PI / ORIENTATIONS as f64 * orientation as f64;
    fourier.filter(|x, y| {
        let angle = y.atan2(x) + turn;
        let angle = if angle > PI { angle - 2.0 * PI } else { angle };
        (-3.5 * (x.hypot(y) / centre - 1.0).powi(2) - 2.0 * PI * angle.powi(2)).exp()
    })
}

/// Mean amplitudes in the fields of the grid, column by column, of the columns inside.
fn fields(columns: &Planes) -> Vec<f64> {
    let field = SIDE / FIELDS;
    let mut sums = vec![0.0; FIELDS * FIELDS];
    let inside = columns.power().skip(EXTENSION * SIDE).take(SIDE * SIDE);
    for (index, power) in inside.enumerate() {
        sums[index % SIDE / field * FIELDS + index / SIDE / field] += f64::from(power.sqrt());
    }
    sums.into_iter().map(|sum| sum / (field * field) as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pictures of tests/golden/gist.py.
    fn picture(kind: &str) -> Vec<f32> {
        let value = |index: usize| {
            let (channel, y, x) = (index / (SIDE * SIDE), index / SIDE % SIDE, index % SIDE);
            let disc = if (x as i64 - 90).pow(2) + (y as i64 - 150).pow(2) < 3600 { 120 } else { 0 };
            match kind {
                "plain" => 0.5,
                "stripes" => ((x * 3 + y) % 32 + channel * 7) as f32 / 64.0,
                _ => ((x * y / 7 + x * 5 + y * 3 + channel * 40) % 131 + disc) as f32 / 255.0,
            }
        };
        (0..3 * SIDE * SIDE).map(value).collect()
    }

    #[test]
    fn descriptors_match_numpy() {
        let golden: serde_json::Value =
            serde_json::from_str(include_str!("../../../../tests/golden/gist.json")).expect("JSON");
        let gist = Gist::new();
        for kind in ["plain", "stripes", "disc"] {
            let expected: Vec<f64> = serde_json::from_value(golden["pictures"][kind].clone()).expect("numbers");
            let found = gist.of(&picture(kind));
            assert_eq!((found.len(), expected.len()), (LENGTH, LENGTH));
            let largest = expected.iter().fold(0.0, |largest: f64, value| largest.max(*value));
            for (place, (found, expected)) in found.iter().zip(&expected).enumerate() {
                // NumPy computes in float64, we in float32, whose rounding adds up over 320² terms as 1e-7 · log₂ 320².
                assert!((found - expected).abs() <= 1e-5 * largest, "{kind}, {place}: {found} {expected}");
            }
        }
    }

    #[test]
    fn edges_are_mirrored_with_the_edge_itself() {
        assert_eq!(mirrored(&[1.0, 2.0, 3.0, 4.0], 2, 1)[..8], [1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0]);
        assert_eq!(mirrored(&[1.0, 2.0, 3.0, 4.0], 2, 1)[8..], [3.0, 3.0, 4.0, 4.0, 3.0, 3.0, 4.0, 4.0]);
    }
}
