//! Windows of a picture with zeros around it.

use crate::scratch::Buffer;

/// A window of a picture; it may reach past the picture's edges.
#[derive(Clone, Copy)]
pub(crate) struct Window<'a> {
    /// The picture, `[height, width, channels]`.
    pub(crate) picture: &'a [f32],
    /// Height, width and channels of the picture.
    pub(crate) shape: [usize; 3],
    /// Row of the picture below the first row of the window, which is the row above it.
    pub(crate) top: usize,
    /// Column of the picture right of the first column of the window, which is the column left of it.
    pub(crate) left: usize,
    /// Rows of the window.
    pub(crate) rows: usize,
    /// Columns of the window.
    pub(crate) columns: usize,
}

impl<'a> Window<'a> {
    /// The pixels of row `y` of the window that are inside the picture, and how many columns of the window are left of
    /// them.
    #[inline(always)]
    pub(crate) fn row(self, y: usize) -> (usize, &'a [f32]) {
        let [height, width, channels] = self.shape;
        let skipped = usize::from(self.left == 0);
        let (first, last) = (self.left + skipped - 1, (self.left + self.columns - 1).min(width));
        if !(1..=height).contains(&(self.top + y)) || first >= last {
            return (skipped, &[]);
        }
        let row = &self.picture[(self.top + y - 1) * width * channels..][..width * channels];
        (skipped, &row[first * channels..last * channels])
    }

    /// Copies the window with zeros outside the picture: `[rows, columns, channels]`.
    #[inline(always)]
    pub(crate) fn copy(self, buffer: &mut Buffer) -> &[f32] {
        let channels = self.shape[2];
        let line = self.columns * channels;
        let copy = buffer.get(self.rows * line);
        for (y, target) in copy.chunks_exact_mut(line).enumerate() {
            let (skipped, pixels) = self.row(y);
            let (before, after) = target.split_at_mut(skipped * channels);
            let (inside, after) = after.split_at_mut(pixels.len());
            before.fill(0.0);
            inside.copy_from_slice(pixels);
            after.fill(0.0);
        }
        copy
    }
}
