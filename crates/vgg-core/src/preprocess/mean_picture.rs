//! The mean of the pictures that a network was trained on, pixel by pixel: what some networks subtract where others
//! subtract a mean colour.

use std::fmt;
use std::sync::Arc;

use super::PreprocessingError;
use crate::weights::bytes_sha256;

/// A mean picture. Copies share its values.
///
/// # Shapes
/// `[3, side, side]`, channels in the order of the weights, row by row, on the scale of pixels that are scaled already.
#[derive(Clone, PartialEq)]
pub struct MeanPicture {
    side: u32,
    values: Arc<[f32]>,
}

impl MeanPicture {
    /// A mean picture of `side` × `side` pixels.
    ///
    /// # Errors
    /// Another number of values than `3 · side · side`, or a value that is NaN or infinite.
    pub fn new(side: u32, values: Vec<f32>) -> Result<Self, PreprocessingError> {
        let expected = 3 * u64::from(side) * u64::from(side);
        if side == 0 || values.len() as u64 != expected {
            let found = values.len();
            return Err(PreprocessingError(format!("a mean image of 3 × {side}×{side} pixels, but {found} values")));
        }
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            let side = side as usize;
            let (channel, pixel) = (at / (side * side), at % (side * side));
            let place = format!("channel {channel}, row {}, column {}", pixel / side, pixel % side);
            return Err(PreprocessingError(format!("the mean image is {} at {place}; it must be finite", values[at])));
        }
        Ok(Self { side, values: values.into() })
    }

    /// Pixels along a side.
    pub fn side(&self) -> u32 {
        self.side
    }

    /// All values, `[3, side, side]`.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The values of a channel, row by row.
    pub fn channel(&self, channel: usize) -> &[f32] {
        let plane = (self.side as usize).pow(2);
        &self.values[channel * plane..][..plane]
    }

    /// The mean over all pixels of each channel, in the order of the weights.
    pub fn colour(&self) -> [f32; 3] {
        [0, 1, 2].map(|channel| {
            let plane = self.channel(channel);
            (plane.iter().map(|&value| f64::from(value)).sum::<f64>() / plane.len() as f64) as f32
        })
    }

    /// The colour of every pixel, where all pixels have the same.
    pub fn plain(&self) -> Option<[f32; 3]> {
        let colour = [0, 1, 2].map(|channel| self.channel(channel)[0]);
        let plain = (0..3).all(|channel| self.channel(channel).iter().all(|&value| value == colour[channel]));
        plain.then_some(colour)
    }

    /// SHA-256 of the values as little-endian float32, hexadecimal.
    pub fn sha256(&self) -> String {
        bytes_sha256(&self.values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())
    }
}

/// By its hash, so that what follows from it can be named by it.
impl fmt::Debug for MeanPicture {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "MeanPicture({0}×{0}, sha256 {1})", self.side, self.sha256())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_picture_is_refused() {
        let check = |side, values: Vec<f32>, message: &str| {
            assert_eq!(MeanPicture::new(side, values).expect_err(message).to_string(), message);
        };
        check(2, vec![0.0; 11], "preprocessing: a mean image of 3 × 2×2 pixels, but 11 values");
        check(0, vec![], "preprocessing: a mean image of 3 × 0×0 pixels, but 0 values");
        let mut values = vec![0.0; 27];
        values[9 + 3 + 2] = f32::NAN;
        check(3, values, "preprocessing: the mean image is NaN at channel 1, row 1, column 2; it must be finite");
    }

    #[test]
    fn a_plain_picture_is_a_colour() {
        let plain: Vec<f32> = (0..12).map(|at| (at / 4) as f32).collect();
        let picture = MeanPicture::new(2, plain.clone()).expect("a picture");
        assert_eq!((picture.plain(), picture.colour()), (Some([0.0, 1.0, 2.0]), [0.0, 1.0, 2.0]));
        let mut spotted = plain;
        spotted[11] = 6.0;
        let spotted = MeanPicture::new(2, spotted).expect("a picture");
        assert_eq!((spotted.plain(), spotted.colour()), (None, [0.0, 1.0, 3.0]));
        assert_ne!(format!("{picture:?}"), format!("{spotted:?}"));
    }
}
