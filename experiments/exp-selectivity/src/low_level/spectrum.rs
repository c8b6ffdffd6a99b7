//! The slope of a picture's power spectrum.

use super::fourier::{Planes, frequency};

/// Slope of log power against log frequency, over the mean power of rings one cycle per picture wide, from 2 cycles up to the
/// highest frequency; 0 for a plain picture.
///
/// # Shapes
/// - `spectrum`: `[side × side]`, turned or not
pub fn slope(spectrum: &Planes, side: usize) -> f64 {
    let mut rings = vec![(0.0, 0.0); side / 2 + 1];
    for (index, power) in spectrum.power().enumerate() {
        let radius = frequency(index / side, side).hypot(frequency(index % side, side)).round() as usize;
        if let Some(ring) = rings.get_mut(radius) {
            *ring = (ring.0 + f64::from(power), ring.1 + 1.0);
        }
    }
    let points: Vec<(f64, f64)> = (2..rings.len())
        .filter(|&radius| rings[radius].0 > 0.0)
        .map(|radius| ((radius as f64).log10(), (rings[radius].0 / rings[radius].1).log10()))
        .collect();
    line(&points)
}

/// The slope of the least-squares line; 0 where all points are above each other.
fn line(points: &[(f64, f64)]) -> f64 {
    let n = points.len().max(1) as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0 / n, sum.1 + point.1 / n));
    let (xx, xy) = points
        .iter()
        .fold((0.0, 0.0), |sum, point| (sum.0 + (point.0 - x).powi(2), sum.1 + (point.0 - x) * (point.1 - y)));
    if xx > 0.0 { xy / xx } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::super::fourier::Fourier;
    use super::*;

    const SIDE: usize = 64;

    #[test]
    fn a_point_is_white_and_a_plain_picture_has_no_slope() {
        let slope_of = |values: &[f32]| slope(&Fourier::new(SIDE).spectrum(values), SIDE);
        let mut point = vec![0.0; SIDE * SIDE];
        point[77] = 1.0;
        assert!(slope_of(&point).abs() < 1e-4);
        assert_eq!(slope_of(&vec![0.0; SIDE * SIDE]), 0.0);
    }

    #[test]
    fn power_that_falls_with_the_square_of_frequency_has_the_slope_minus_two() {
        let amplitude = |index: usize| {
            let radius = frequency(index / SIDE, SIDE).hypot(frequency(index % SIDE, SIDE)).round().max(1.0);
            1.0 / radius as f32
        };
        let spectrum = Planes { re: (0..SIDE * SIDE).map(amplitude).collect(), im: vec![0.0; SIDE * SIDE] };
        assert!((slope(&spectrum, SIDE) + 2.0).abs() < 1e-5);
    }
}
