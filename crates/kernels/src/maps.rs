//! Feature maps, channels last.

use crate::error::{ShapeError, check_length, volume};

/// Feature maps of several pictures, channels last: `[pictures, height, width, channels]`, row-major.
///
/// The data never disagrees with the shape: fields are read through accessors and built by the constructors.
#[derive(Clone, Debug, PartialEq)]
pub struct Maps {
    pictures: usize,
    height: usize,
    width: usize,
    channels: usize,
    data: Vec<f32>,
}

impl Maps {
    /// Wraps values that are already `[pictures, height, width, channels]`.
    ///
    /// # Errors
    /// If a size is zero or the number of values differs from the product of the sizes.
    pub fn new(
        pictures: usize,
        height: usize,
        width: usize,
        channels: usize,
        data: Vec<f32>,
    ) -> Result<Self, ShapeError> {
        check_length("the maps", &[pictures, height, width, channels], data.len())?;
        Ok(Self { pictures, height, width, channels, data })
    }

    /// Maps full of zeros.
    ///
    /// # Errors
    /// If a size is zero or the product of the sizes overflows.
    pub fn zeros(pictures: usize, height: usize, width: usize, channels: usize) -> Result<Self, ShapeError> {
        let len = volume("the maps", &[pictures, height, width, channels])?;
        Ok(Self { pictures, height, width, channels, data: vec![0.0; len] })
    }

    /// Copies values laid out as `[pictures, channels, height, width]`.
    ///
    /// # Errors
    /// As [`Maps::new`].
    pub fn from_nchw(
        pictures: usize,
        channels: usize,
        height: usize,
        width: usize,
        data: &[f32],
    ) -> Result<Self, ShapeError> {
        check_length("the maps", &[pictures, channels, height, width], data.len())?;
        let mut maps = Self::zeros(pictures, height, width, channels)?;
        let size = channels * height * width;
        for (picture, source) in maps.data.chunks_exact_mut(size).zip(data.chunks_exact(size)) {
            transpose(source, height * width, picture);
        }
        Ok(maps)
    }

    /// The values as `[pictures, channels, height, width]`.
    pub fn to_nchw(&self) -> Vec<f32> {
        let mut data = vec![0.0; self.data.len()];
        let size = self.picture_len();
        for (target, picture) in data.chunks_exact_mut(size).zip(self.data.chunks_exact(size)) {
            transpose(picture, self.channels, target);
        }
        data
    }

    /// Every picture's values as one pixel of many channels, `[pictures, 1, 1, channels · height · width]`: channel by
    /// channel, each row by row, as PyTorch and ONNX flatten their maps.
    pub fn flatten(&self) -> Self {
        Self { pictures: self.pictures, height: 1, width: 1, channels: self.picture_len(), data: self.to_nchw() }
    }

    /// Number of pictures.
    pub fn pictures(&self) -> usize {
        self.pictures
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of channels.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// All sizes: `[pictures, height, width, channels]`.
    pub fn shape(&self) -> [usize; 4] {
        [self.pictures, self.height, self.width, self.channels]
    }

    /// The values, `[pictures, height, width, channels]`, row-major.
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// The values, to be changed in place.
    pub fn data_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// The values without the shape; each picture is a row of `height · width · channels` values.
    pub fn into_data(self) -> Vec<f32> {
        self.data
    }

    /// Values of one picture: `height · width · channels`.
    pub fn picture_len(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// Maps to be overwritten; they hold nothing yet.
    pub(crate) fn empty() -> Self {
        Self { pictures: 0, height: 0, width: 0, channels: 0, data: Vec::new() }
    }

    /// Gives the maps another shape, keeping the memory they have where it is large enough.
    ///
    /// The values are unspecified afterwards: the caller overwrites all of them.
    pub(crate) fn reshape_for_overwrite(&mut self, shape: [usize; 4]) -> Result<(), ShapeError> {
        let len = volume("the output", &shape)?;
        [self.pictures, self.height, self.width, self.channels] = shape;
        self.data.resize(len, 0.0);
        Ok(())
    }
}

/// Writes a row-major `[rows, columns]` matrix as `[columns, rows]`.
fn transpose(source: &[f32], columns: usize, target: &mut [f32]) {
    let rows = source.len() / columns;
    for (row, values) in source.chunks_exact(columns).enumerate() {
        for (column, &value) in values.iter().enumerate() {
            target[column * rows + row] = value;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn planes_and_back() {
        let planes: Vec<f32> = (0..2 * 3 * 4 * 5).map(|value| value as f32).collect();
        let maps = Maps::from_nchw(2, 3, 4, 5, &planes).unwrap();
        assert_eq!(maps.shape(), [2, 4, 5, 3]);
        assert_eq!(maps.data()[..3], [0.0, 20.0, 40.0]);
        assert_eq!(maps.to_nchw(), planes);
    }

    #[test]
    fn maps_are_flattened_channel_by_channel() {
        let maps = Maps::new(1, 1, 2, 3, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
        let flat = maps.flatten();
        assert_eq!((flat.shape(), flat.data()), ([1, 1, 1, 6], &[1.0, 4.0, 2.0, 5.0, 3.0, 6.0][..]));
    }

    #[test]
    fn wrong_shapes_are_refused() {
        assert!(matches!(Maps::new(1, 2, 2, 1, vec![0.0; 3]), Err(ShapeError::Length { expected: 4, found: 3, .. })));
        assert!(matches!(Maps::zeros(1, 0, 2, 1), Err(ShapeError::Empty { .. })));
        assert!(matches!(Maps::zeros(usize::MAX, 2, 2, 1), Err(ShapeError::TooLarge { .. })));
    }
}
