//! Margins of heads on those of a set's pictures that a sweep reads.

use ndarray::{Array2, Axis};

use super::scores::Part;
use crate::preparation::{Sets, stacked};

/// The pictures of a set that any split has in one of some parts, ascending: the others need not pass the network.
pub(super) fn pictures_of(parts: &[Part], sets: &Sets, set: usize) -> Vec<usize> {
    let in_parts = sets.splits[set].iter().flat_map(|split| parts.iter().flat_map(|part| part.pictures(split)));
    let mut pictures: Vec<usize> = in_parts.copied().collect();
    pictures.sort_unstable();
    pictures.dedup();
    pictures
}

/// Margins of one condition, `[pictures that are read × heads]`, under the pictures' own numbers.
#[derive(Clone, Debug)]
pub(super) struct Margins<'a> {
    pictures: &'a [usize],
    values: Array2<f32>,
}

impl<'a> Margins<'a> {
    /// Margins of the pictures, which ascend, in batches one after another.
    pub fn new(pictures: &'a [usize], batches: &[Array2<f32>]) -> Self {
        Self { pictures, values: stacked(batches) }
    }

    /// Those of the pictures out of margins of all pictures.
    pub fn among(pictures: &'a [usize], all: &Array2<f32>) -> Self {
        Self { pictures, values: all.select(Axis(0), pictures) }
    }

    /// The margin of a head for a picture by its number in the set.
    ///
    /// # Panics
    /// A picture that was not to be read, which is a fault of the caller.
    pub fn at(&self, picture: usize, head: usize) -> f32 {
        let row = self.pictures.binary_search(&picture).expect("a picture of the parts that are read");
        self.values[[row, head]]
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_picture_keeps_its_number() {
        let pictures = [2, 5, 6];
        let read = Margins::new(&pictures, &[array![[0.1, 0.2], [0.3, 0.4]], array![[0.5, 0.6]]]);
        assert_eq!((read.at(2, 1), read.at(5, 0), read.at(6, 1)), (0.2, 0.3, 0.6));
        let all = Array2::from_shape_fn((8, 2), |(picture, head)| (10 * picture + head) as f32);
        assert_eq!(Margins::among(&pictures, &all).at(5, 1), 51.0);
    }
}
