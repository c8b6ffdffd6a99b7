//! Which algorithm a layer uses, and in what blocks.

use crate::weights::POSITIONS;

/// How a convolution is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// Winograd F(4×4, 3×3).
    Tiles,
    /// The nine taps, as a matrix product over rows of pixels.
    Rows,
}

/// Multiply-adds that the transforms of one tile cost per channel, memory traffic included.
const TRANSFORM_COST: usize = 400;

/// Chooses by the shape of the layer alone, so that a picture's result never depends on its batch.
pub(crate) fn algorithm(height: usize, width: usize, channels_in: usize, channels_out: usize) -> Algorithm {
    let tiles = height.div_ceil(4) * width.div_ceil(4);
    let by_tiles = tiles * (POSITIONS * channels_in * channels_out + TRANSFORM_COST * (channels_in + channels_out));
    let by_rows = height * width * 9 * channels_in * channels_out;
    if by_tiles < by_rows { Algorithm::Tiles } else { Algorithm::Rows }
}

/// The blocks of a Winograd convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Blocks {
    /// Rows of tiles in a block.
    pub(crate) tile_rows: usize,
    /// Tiles of a row that are computed at a time: a block of several rows takes all of them.
    pub(crate) segment: usize,
    /// Who works on a block.
    pub(crate) team: Team,
}

/// Who works on a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Team {
    /// Each thread has blocks of its own, small enough for its second-level cache.
    One,
    /// All threads share each block: for few tiles or large weights.
    All,
}

/// Bytes of transformed input and sums that one thread works on at a time: they stay in its second-level cache.
const CACHE: usize = 768 << 10;

/// Bytes of weights from which on reading them costs more than what a larger block loses in the cache.
const MANY_WEIGHTS: usize = 1 << 20;

/// Fewest tiles of a block with many weights: enough products to pay for reading them.
const ENOUGH_TILES: usize = 56;

/// Chooses the blocks: any choice gives the same bits.
pub(crate) fn blocks(tile_rows: usize, tiles_x: usize, inputs: usize, outputs: usize, threads: usize) -> Blocks {
    let many_weights = 4 * POSITIONS * inputs * outputs > MANY_WEIGHTS;
    let fitting = (CACHE / (4 * POSITIONS * (inputs + outputs))).max(1);
    let tiles = if many_weights { fitting.max(ENOUGH_TILES) } else { fitting };
    if many_weights && tile_rows * tiles_x < 2 * threads * ENOUGH_TILES && threads > 1 {
        return Blocks { tile_rows, segment: tiles_x, team: Team::All };
    }
    if tiles < tiles_x {
        let segment = tiles_x.div_ceil(tiles_x.div_ceil(tiles));
        return Blocks { tile_rows: 1, segment, team: Team::One };
    }
    let count = tile_rows.div_ceil(tiles / tiles_x);
    // Few blocks are shared out evenly; of many, the last ones may be late.
    let even = if count < 4 * threads { count.next_multiple_of(threads).min(tile_rows) } else { count };
    Blocks { tile_rows: tile_rows.div_ceil(even), segment: tiles_x, team: Team::One }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_of_vgg_are_tiled_and_its_first_is_not() {
        assert_eq!(algorithm(224, 224, 3, 64), Algorithm::Rows);
        for (side, channels) in [(224, 64), (112, 128), (56, 256), (28, 512), (14, 512), (4, 64)] {
            assert_eq!(algorithm(side, side, channels, channels), Algorithm::Tiles);
        }
        assert_eq!(algorithm(2, 2, 64, 64), Algorithm::Rows);
    }

    #[test]
    fn blocks_cover_the_rows_and_no_more() {
        for threads in [1, 2, 3, 16, 100] {
            for (rows, tiles_x, channels) in [(56, 56, 64), (1, 1, 512), (4, 4, 512), (400, 2, 64), (7, 500, 8)] {
                let blocks = blocks(rows, tiles_x, channels, channels, threads);
                assert!((1..=rows).contains(&blocks.tile_rows) && (1..=tiles_x).contains(&blocks.segment));
                assert!(blocks.segment == tiles_x || blocks.tile_rows == 1);
            }
        }
    }
}
