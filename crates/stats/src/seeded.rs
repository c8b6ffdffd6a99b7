//! Random numbers that depend on a seed and a draw number, and on nothing else.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The generator of one draw. Draws of one seed are separate ChaCha streams: they never overlap, and any draw can be
/// made without the ones before it.
pub(crate) fn generator(seed: u64, draw: u64) -> ChaCha8Rng {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(draw);
    generator
}
