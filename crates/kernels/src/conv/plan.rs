//! Which method a convolution uses, and in what blocks.

use super::weights::POSITIONS;
use crate::window::Window;

/// How a convolution is computed; one with groups is several without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// Winograd F(4×4, 3×3).
    Winograd,
    /// The taps of the windows, as a matrix product over rows of pixels.
    Direct,
    /// The pixels as they lie, as a matrix product.
    Pointwise,
    /// Every channel by itself.
    Depthwise,
}

/// Multiply-adds that the transforms of one tile cost per channel, memory traffic included.
const TRANSFORM_COST: usize = 400;

/// Chooses by the shape of the layer alone, so that a picture's result never depends on its batch. `size` is that of
/// the output before the pool.
pub(crate) fn method(window: &Window, size: [usize; 2], channels_in: usize, channels_out: usize) -> Method {
    if *window == Window::square(1) {
        return Method::Pointwise;
    }
    let tiles = size[0].div_ceil(4) * size[1].div_ceil(4);
    let by_tiles = tiles * (POSITIONS * channels_in * channels_out + TRANSFORM_COST * (channels_in + channels_out));
    let by_taps = size[0] * size[1] * 9 * channels_in * channels_out;
    if suits_winograd(window) && by_tiles < by_taps { Method::Winograd } else { Method::Direct }
}

/// Whether F(4×4, 3×3) can compute a window; its padding is free.
pub(crate) fn suits_winograd(window: &Window) -> bool {
    (window.kernel, window.stride, window.dilation) == ([3; 2], [1; 2], [1; 2])
}

/// Rows of output pixels, before the pool, that one thread computes at a time: as many as its second-level cache holds,
/// fewer where threads would be idle. Any choice gives the same bits.
pub(crate) fn rows_per_block(height: usize, pictures: usize, row_bytes: usize, pool: usize, threads: usize) -> usize {
    let fitting = (CACHE / row_bytes).clamp(1, height);
    let shared = if threads > 1 { (pictures * height).div_ceil(2 * threads).max(1) } else { height };
    let blocks = height.div_ceil(fitting.min(shared));
    height.div_ceil(blocks).next_multiple_of(pool)
}

/// Pixels that one thread multiplies at a time in a pointwise convolution. Any choice gives the same bits.
pub(crate) fn pixels_per_block(pixels: usize, pixel_bytes: usize, threads: usize) -> usize {
    let fitting = (CACHE / pixel_bytes).max(ENOUGH_TILES);
    let shared = if threads > 1 { pixels.div_ceil(2 * threads) } else { pixels };
    fitting.min(shared).max(1)
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
        let same = Window::square(3).padding(1);
        assert_eq!(method(&same, [224; 2], 3, 64), Method::Direct);
        for (side, channels) in [(224, 64), (112, 128), (56, 256), (28, 512), (14, 512), (4, 64)] {
            assert_eq!(method(&same, [side; 2], channels, channels), Method::Winograd);
        }
        assert_eq!(method(&same, [2; 2], 64, 64), Method::Direct);
    }

    #[test]
    fn other_windows_have_their_methods() {
        let of = |window| method(&window, [14; 2], 256, 256);
        assert_eq!(of(Window::square(3)), Method::Winograd);
        assert_eq!(of(Window::square(1)), Method::Pointwise);
        let others = [Window::square(1).stride(2), Window::square(3).stride(2), Window::square(3).dilation(2)];
        for window in others.into_iter().chain([Window::square(1).padding(1), Window::square(5)]) {
            assert_eq!(of(window), Method::Direct, "{window:?}");
        }
    }

    #[test]
    fn blocks_of_rows_are_whole_pools_and_cover_the_map() {
        for (height, pictures, bytes, pool, threads) in
            [(224, 1, 60_000, 2, 1), (7, 1, 100, 1, 16), (1, 1, 1 << 30, 1, 3), (13, 5, 400_000, 2, 2), (2, 1, 9, 2, 8)]
        {
            let rows = rows_per_block(height, pictures, bytes, pool, threads);
            assert!((1..=height.next_multiple_of(pool)).contains(&rows) && rows.is_multiple_of(pool));
        }
        assert_eq!(pixels_per_block(1, 1 << 30, 4), 1);
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
