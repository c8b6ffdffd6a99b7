//! Convolutions and dense layers as one matrix product with fixed tiles.

use burn_cubecl::cubecl;
use cubecl::prelude::*;

use super::maps::{INFINITY, is_beyond};

/// Terms of the sum that are fetched together. Weights are padded to it.
pub(in super::super) const TILE_TERMS: u32 = 16;
/// The most positions of a tile.
const TILE_POSITIONS: u32 = 128;
/// Units that compute a tile together.
pub(super) const UNITS: u32 = 256;
/// Neighbouring output channels of a unit.
pub(super) const LANES: u32 = 4;

/// How the units of a workgroup share a tile: `rows` of them one above the other, each with [`LANES`] output channels,
/// and 256 / `rows` side by side, each with `columns` positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in super::super) struct Tile {
    rows: u32,
    columns: u32,
}

impl Tile {
    /// As many rows as a layer's outputs can use, and columns as positions of a batch can: narrow layers and dense
    /// layers of few pictures leave little of a tile idle.
    pub(super) fn new(outputs: usize, positions: usize) -> Self {
        let rows = Self::rows(outputs);
        let abreast = UNITS / rows;
        let columns = positions.div_ceil(abreast as usize).next_power_of_two().min((TILE_POSITIONS / abreast) as usize);
        Self { rows, columns: columns as u32 }
    }

    fn rows(outputs: usize) -> u32 {
        outputs.div_ceil(LANES as usize).next_power_of_two().clamp(4, 16) as u32
    }

    /// Outputs of a tile; the weights of a layer are padded to it.
    pub(in super::super) fn outputs(outputs: usize) -> usize {
        (LANES * Self::rows(outputs)) as usize
    }

    fn abreast(self) -> u32 {
        UNITS / self.rows
    }

    /// Positions of a tile.
    pub(super) fn positions(self) -> u32 {
        self.abreast() * self.columns
    }
}

/// What a launch is about.
#[derive(CubeLaunch, CubeType)]
pub(super) struct Problem {
    /// The first tile of this launch.
    pub(super) first_tile: u32,
    pub(super) pictures: u32,
    pub(super) channels: u32,
    pub(super) height: u32,
    pub(super) width: u32,
    /// Output channels, without padding.
    pub(super) outputs: u32,
    /// Fetches of [`TILE_TERMS`] channels for each tap of the kernel.
    pub(super) fetches: u32,
    /// What a sum is raised to if it is less: 0 for a rectifier, the least number for none.
    pub(super) floor: f32,
    /// Bits of the least number that the output cannot hold.
    pub(super) beyond: u32,
}

/// `max(floor, W ∗ x + b)`, all `[pictures, channels, height, width]`, zeros around the map. `left_range` becomes 1 where a
/// sum is no finite float32, or the output cannot hold it.
///
/// The matrix product of weights `[taps · padded channels, padded outputs]` and the pixels under each tap, which are
/// gathered while they are fetched. A workgroup computes a tile: some output channels at positions in a row, across
/// pictures. Every sum runs over taps, then over channels, one term after the other in float32, wherever in a batch and
/// in a tile its position is: so a picture's bits depend on nothing but the picture and the driver.
#[cube(launch_unchecked)]
pub(super) fn convolve<F: Float, N: Size>(
    input: &[F],
    weights: &[Vector<F, N>],
    bias: &[Vector<f32, N>],
    output: &mut [F],
    left_range: &mut [f32],
    problem: Problem,
    #[comptime] taps_side: u32,
    #[comptime] tile: Tile,
    #[define(F)] _dtype: ElemType,
) {
    let tile_positions = comptime!(tile.positions());
    let mut weights_tile = Shared::<[Vector<f32, N>]>::new_slice(comptime!((TILE_TERMS * tile.rows) as usize));
    let mut input_tile = Shared::<[f32]>::new_slice(comptime!((TILE_TERMS * tile.positions()) as usize));

    let plane = problem.height * problem.width;
    let positions = problem.pictures * plane;
    let first = (problem.first_tile + CUBE_POS_X + CUBE_POS_Z * CUBE_COUNT_X) * tile_positions;

    // The position whose pixels this unit fetches, and the first of the channels.
    let fetched = first + UNIT_POS % tile_positions;
    let fetched_term = UNIT_POS / tile_positions;
    let in_plane = fetched % plane;
    let y = in_plane / problem.width;
    let x = in_plane % problem.width;
    let picture_start = (fetched / plane) * problem.channels * plane;

    let column = UNIT_POS % comptime!(tile.abreast());
    let row = UNIT_POS / comptime!(tile.abreast());
    let mut sums = Array::<Vector<f32, N>>::new(comptime!(tile.columns as usize));
    #[unroll]
    for i in 0..tile.columns {
        sums[i as usize] = Vector::new(0.0f32);
    }

    let weights_width = CUBE_COUNT_Y * tile.rows;
    let mut weights_at = (UNIT_POS / tile.rows) * weights_width + CUBE_POS_Y * tile.rows + UNIT_POS % tile.rows;
    let margin = comptime!(taps_side / 2);
    for tap in 0..comptime!(taps_side * taps_side) {
        // Shifted by the margin, so that nothing is negative.
        let tap_y = y + tap / taps_side;
        let tap_x = x + tap % taps_side;
        let inside = fetched < positions
            && tap_y >= margin
            && tap_y < problem.height + margin
            && tap_x >= margin
            && tap_x < problem.width + margin;
        let pixel = picture_start + (tap_y - margin) * problem.width + tap_x - margin;
        for fetch in 0..problem.fetches {
            if UNIT_POS < comptime!(TILE_TERMS * tile.rows) {
                weights_tile[UNIT_POS as usize] = Vector::cast_from(weights[weights_at as usize]);
            }
            weights_at += weights_width * TILE_TERMS;
            #[unroll]
            for i in 0..comptime!(TILE_TERMS * tile.positions() / UNITS) {
                let term = fetched_term + i * comptime!(UNITS / tile.positions());
                let channel = fetch * TILE_TERMS + term;
                let mut value = 0.0f32;
                if inside && channel < problem.channels {
                    value = f32::cast_from(input[(pixel + channel * plane) as usize]);
                }
                input_tile[(term * tile_positions + UNIT_POS % tile_positions) as usize] = value;
            }
            sync_cube();
            #[unroll]
            for term in 0..TILE_TERMS {
                let weight = weights_tile[(term * tile.rows + row) as usize];
                #[unroll]
                for i in 0..tile.columns {
                    let at = term * tile_positions + column + i * comptime!(tile.abreast());
                    sums[i as usize] = fma(weight, Vector::new(input_tile[at as usize]), sums[i as usize]);
                }
            }
            sync_cube();
        }
    }

    let outputs_at = CUBE_POS_Y * tile.rows + row;
    let bias = bias[outputs_at as usize];
    #[unroll]
    for i in 0..tile.columns {
        let position = first + column + i * comptime!(tile.abreast());
        let sum = sums[i as usize] + bias;
        let result = max(sum, Vector::new(problem.floor));
        let start = (position / plane) * problem.outputs * plane + position % plane;
        #[unroll]
        for lane in 0..LANES {
            let channel = outputs_at * LANES + lane;
            if position < positions && channel < problem.outputs {
                let value = result.extract(lane as usize);
                output[(start + channel * plane) as usize] = F::cast_from(value);
                // The rectifier has hidden what is no number.
                if is_beyond(sum.extract(lane as usize), INFINITY) || is_beyond(value, problem.beyond) {
                    left_range[0] = 1.0f32;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_fit_narrow_layers_few_positions_and_the_memory_that_webgpu_guarantees() {
        assert_eq!(Tile::new(512, 196), Tile { rows: 16, columns: 8 });
        assert_eq!(Tile::new(4096, 1), Tile { rows: 16, columns: 1 });
        assert_eq!(Tile::new(8, 9000), Tile { rows: 4, columns: 2 });
        for (outputs, positions) in [(1, 1), (20, 50), (64, 40), (1000, 70), (4096, 1 << 20)] {
            let tile = Tile::new(outputs, positions);
            let bytes = 4 * TILE_TERMS * (LANES * tile.rows + tile.positions());
            assert!(bytes <= 16 << 10, "{tile:?} has {bytes} bytes");
            assert_eq!(TILE_TERMS * tile.positions() % UNITS, 0, "{tile:?}: every unit fetches as much");
            assert!(UNITS.is_multiple_of(tile.positions()) && TILE_TERMS * tile.rows <= UNITS, "{tile:?}");
        }
    }
}
