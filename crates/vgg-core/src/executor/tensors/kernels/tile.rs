//! How a matrix product is shared out among the units of a workgroup.

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
    pub(super) rows: u32,
    pub(super) columns: u32,
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

    pub(super) fn abreast(self) -> u32 {
        UNITS / self.rows
    }

    /// Positions of a tile.
    pub(super) fn positions(self) -> u32 {
        self.abreast() * self.columns
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
