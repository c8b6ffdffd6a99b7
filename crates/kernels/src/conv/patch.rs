//! Patches of a picture with zeros around it.

use crate::scratch::Buffer;

/// A patch of a picture; it may reach past the picture's edges.
#[derive(Clone, Copy)]
pub(crate) struct Patch<'a> {
    /// The picture, `[height, width, channels]`.
    pub(crate) picture: &'a [f32],
    /// Height, width and channels of the picture.
    pub(crate) shape: [usize; 3],
    /// Row of the picture at the first row of the patch; negative where the patch starts above the picture.
    pub(crate) top: isize,
    /// Column of the picture at the first column of the patch.
    pub(crate) left: isize,
    /// Columns of the patch.
    pub(crate) columns: usize,
}

impl<'a> Patch<'a> {
    /// The pixels of row `y` of the patch that are inside the picture, and how many columns of the patch are left of
    /// them.
    #[inline(always)]
    pub(crate) fn row(self, y: usize) -> (usize, &'a [f32]) {
        let [height, width, channels] = self.shape;
        let row = self.top + y as isize;
        let first = self.left.max(0) as usize;
        let last = (self.left + self.columns as isize).clamp(0, width as isize) as usize;
        if !(0..height as isize).contains(&row) || first >= last {
            return (0, &[]);
        }
        let pixels = &self.picture[row as usize * width * channels..][..width * channels];
        ((first as isize - self.left) as usize, &pixels[first * channels..last * channels])
    }

    /// Copies row `y` of the patch with zeros outside the picture: `[columns, channels]`.
    #[inline(always)]
    pub(crate) fn copy_row(self, y: usize, target: &mut [f32]) {
        let (skipped, pixels) = self.row(y);
        let (before, after) = target.split_at_mut(skipped * self.shape[2]);
        let (inside, after) = after.split_at_mut(pixels.len());
        before.fill(0.0);
        inside.copy_from_slice(pixels);
        after.fill(0.0);
    }

    /// Copies `rows` rows of the patch with zeros outside the picture: `[rows, columns, channels]`.
    #[inline(always)]
    pub(crate) fn copy(self, rows: usize, buffer: &mut Buffer) -> &[f32] {
        let line = self.columns * self.shape[2];
        let copy = buffer.get(rows * line);
        for (y, target) in copy.chunks_exact_mut(line).enumerate() {
            self.copy_row(y, target);
        }
        copy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_past_every_edge_is_the_picture_among_zeros() {
        let picture = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let patch = Patch { picture: &picture, shape: [2, 3, 1], top: -1, left: -2, columns: 6 };
        let mut buffer = Buffer::default();
        let zeros = [0.0; 6];
        let expected = [zeros, [0.0, 0.0, 1.0, 2.0, 3.0, 0.0], [0.0, 0.0, 4.0, 5.0, 6.0, 0.0], zeros].concat();
        assert_eq!(patch.copy(4, &mut buffer), expected);
    }

    #[test]
    fn a_patch_beside_the_picture_is_empty() {
        let picture = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        for (top, left) in [(-3, 0), (2, 0), (0, 3), (0, -2), (0, -7)] {
            let patch = Patch { picture: &picture, shape: [2, 3, 1], top, left, columns: 2 };
            assert_eq!(patch.copy(2, &mut Buffer::default()), [0.0; 4]);
        }
    }
}
