//! Where every random number comes from: the seed of the run, the purpose of the draw and the coordinates of the cell
//! it belongs to, never the order of work, the thread or the clock.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// A generator for one purpose and one cell, independent of every other purpose and cell.
///
/// The ChaCha8 key is the SHA-256 of seed, purpose and coordinates, each written with a fixed width or with its length
/// in front, so two different triples never share a text. `purpose` is a short constant such as `"lesion/control"`;
/// `coordinates` number the cell, for example layer, emotion and draw.
pub fn rng(seed: u64, purpose: &str, coordinates: &[u64]) -> ChaCha8Rng {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    hash.update((purpose.len() as u64).to_le_bytes());
    hash.update(purpose.as_bytes());
    for coordinate in coordinates {
        hash.update(coordinate.to_le_bytes());
    }
    ChaCha8Rng::from_seed(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    fn first(seed: u64, purpose: &str, coordinates: &[u64]) -> u64 {
        rng(seed, purpose, coordinates).next_u64()
    }

    #[test]
    fn equal_cells_draw_equal_numbers() {
        assert_eq!(first(1, "split", &[2, 3]), first(1, "split", &[2, 3]));
    }

    #[test]
    fn seed_purpose_and_coordinates_all_matter() {
        let cells = [
            first(1, "split", &[2, 3]),
            first(2, "split", &[2, 3]),
            first(1, "lesion", &[2, 3]),
            first(1, "split", &[3, 2]),
            first(1, "split", &[2]),
            first(1, "split", &[]),
            first(1, "split\u{2}", &[3]),
        ];
        for (index, cell) in cells.iter().enumerate() {
            assert!(!cells[..index].contains(cell), "cell {index} repeats another");
        }
    }
}
