//! The Fourier transform of a square picture, and filters on it.

use microfft::Complex32;
use microfft::complex::cfft_128;

use super::descriptors::SIDE;

/// A picture in the frequency domain, row by row.
pub struct Spectrum(Vec<Complex32>);

impl Spectrum {
    /// The transform of real values.
    pub fn of(values: &[f32]) -> Self {
        Self(transform(values.iter().map(|&value| Complex32::new(value, 0.0)).collect()))
    }

    /// Slope of log power against log frequency, over the mean power of rings one cycle per picture wide, from 2 cycles
    /// up to the highest frequency; 0 for a plain picture.
    pub fn slope(&self) -> f64 {
        let mut rings = vec![(0.0, 0.0); SIDE / 2 + 1];
        for (index, value) in self.0.iter().enumerate() {
            let radius = frequency(index / SIDE).hypot(frequency(index % SIDE)).round() as usize;
            if let Some(ring) = rings.get_mut(radius) {
                *ring = (ring.0 + f64::from(value.norm_sqr()), ring.1 + 1.0);
            }
        }
        let points: Vec<(f64, f64)> = (2..rings.len())
            .filter(|&radius| rings[radius].0 > 0.0)
            .map(|radius| ((radius as f64).log10(), (rings[radius].0 / rings[radius].1).log10()))
            .collect();
        slope(&points)
    }

    /// Amplitude (the local energy, where the filter passes one side of the spectrum) after a filter.
    pub fn filtered(&self, filter: &[f32]) -> Vec<f32> {
        // The forward transform of the conjugate is the conjugate of the inverse one, of the same amplitude.
        let product = self.0.iter().zip(filter).map(|(value, factor)| value.conj() * *factor).collect();
        let scale = (SIDE * SIDE) as f32;
        transform(product).into_iter().map(|value| value.norm_sqr().sqrt() / scale).collect()
    }
}

/// Cycles per picture of a row or column of the spectrum, negative in its second half.
pub fn frequency(index: usize) -> f64 {
    if index <= SIDE / 2 { index as f64 } else { index as f64 - SIDE as f64 }
}

/// Rows, then columns.
fn transform(values: Vec<Complex32>) -> Vec<Complex32> {
    transposed(&along_rows(&transposed(&along_rows(&values))))
}

fn along_rows(values: &[Complex32]) -> Vec<Complex32> {
    let mut row = [Complex32::new(0.0, 0.0); SIDE];
    let transformed = |part: &[Complex32]| {
        row.copy_from_slice(part);
        cfft_128(&mut row).to_vec()
    };
    values.chunks_exact(SIDE).flat_map(transformed).collect()
}

fn transposed(values: &[Complex32]) -> Vec<Complex32> {
    (0..SIDE * SIDE).map(|index| values[index % SIDE * SIDE + index / SIDE]).collect()
}

fn slope(points: &[(f64, f64)]) -> f64 {
    let n = points.len().max(1) as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0 / n, sum.1 + point.1 / n));
    let (xx, xy) = points
        .iter()
        .fold((0.0, 0.0), |sum, point| (sum.0 + (point.0 - x).powi(2), sum.1 + (point.0 - x) * (point.1 - y)));
    if xx > 0.0 { xy / xx } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_is_one_pair_of_frequencies_with_its_amplitude() {
        let wave = |index: usize| (std::f32::consts::TAU * 5.0 * (index % SIDE) as f32 / SIDE as f32).cos();
        let spectrum = Spectrum::of(&(0..SIDE * SIDE).map(wave).collect::<Vec<_>>());
        let half = (SIDE * SIDE) as f32 / 2.0;
        assert!((spectrum.0[5].norm_sqr().sqrt() / half - 1.0).abs() < 1e-4, "half of the power on each side");
        let one_side: Vec<f32> = (0..SIDE * SIDE).map(|index| if index == 5 { 2.0 } else { 0.0 }).collect();
        assert!(spectrum.filtered(&one_side).iter().all(|amplitude| (amplitude - 1.0).abs() < 1e-4));
    }

    #[test]
    fn a_point_is_white_and_a_plain_picture_has_no_slope() {
        let mut point = vec![0.0; SIDE * SIDE];
        point[77] = 1.0;
        assert!(Spectrum::of(&point).slope().abs() < 1e-4);
        assert_eq!(Spectrum::of(&vec![0.0; SIDE * SIDE]).slope(), 0.0);
    }
}
