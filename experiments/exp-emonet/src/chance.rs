//! Random numbers and draws of a run, each by its purpose and place.

use rand::seq::index;
use rand_chacha::ChaCha8Rng;
use study::seeds;

use crate::opened::Opened;

/// The generator of a purpose at a place.
pub fn generator(opened: &Opened, purpose: &str, place: &[usize]) -> ChaCha8Rng {
    stimuli::seed::rng(seeds::derive(opened.config.seed, purpose, place), purpose, &[])
}

/// So many of `total` positions at random, ascending; all of them where there are no more.
pub fn positions(opened: &Opened, purpose: &str, place: &[usize], total: usize, count: usize) -> Vec<usize> {
    let mut chosen = index::sample(&mut generator(opened, purpose, place), total, count.min(total)).into_vec();
    chosen.sort_unstable();
    chosen
}
