//! Random numbers that depend on nothing but the configuration's seed, a purpose and the coordinates of a cell: never
//! on the order of work, a thread, a shard or a device.

use rand::RngExt;

/// A seed for one cell.
pub fn derive(seed: u64, purpose: &str, coordinates: &[usize]) -> u64 {
    let coordinates: Vec<u64> = coordinates.iter().map(|&coordinate| coordinate as u64).collect();
    stimuli::seed::rng(seed, purpose, &coordinates).random()
}
