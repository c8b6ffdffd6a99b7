//! Inputs from seeds: a number says which seed, and what is done to its bytes.

use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The most changes to one seed.
const CHANGES: usize = 6;
/// The longest piece that is taken out, doubled or put in.
const LONGEST: usize = 64;
/// Bytes on which readers decide something.
const BYTES: [u8; 12] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF, b'"', b',', b'\n', b'\t', b'.', b'-'];

/// The input of that number. One in sixteen is a seed as it is.
pub fn input(kind: &str, seeds: &[Vec<u8>], number: u64) -> Vec<u8> {
    let mut dice = ChaCha8Rng::seed_from_u64(number);
    dice.set_stream(kind.bytes().fold(0, |stream, byte| stream * 31 + u64::from(byte)));
    let mut bytes = seeds.choose(&mut dice).cloned().unwrap_or_default();
    if !number.is_multiple_of(16) {
        for _ in 0..dice.random_range(1..=CHANGES) {
            change(&mut bytes, seeds, &mut dice);
        }
    }
    bytes
}

fn change(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], dice: &mut ChaCha8Rng) {
    if bytes.is_empty() {
        bytes.push(dice.random());
        return;
    }
    let at = dice.random_range(0..bytes.len());
    let end = (at + dice.random_range(1..=LONGEST)).min(bytes.len());
    match dice.random_range(0..9) {
        0 => bytes[at] ^= 1 << dice.random_range(0..8),
        1 => bytes[at] = *BYTES.choose(dice).unwrap_or(&0),
        2 => bytes[at] = dice.random(),
        3 => bytes.truncate(at),
        4 => drop(bytes.drain(at..end)),
        5 => drop(bytes.splice(at..at, bytes[at..end].to_vec())),
        // A number of four bytes, as sizes and offsets are.
        6 => {
            let number: u32 = *[0, 1, u32::MAX, i32::MAX as u32, 1 << 16, dice.random()].choose(dice).unwrap_or(&0);
            bytes.splice(at..(at + 4).min(bytes.len()), number.to_le_bytes());
        }
        7 => {
            let other = dice.random_range(0..bytes.len());
            bytes.swap(at, other);
        }
        _ => {
            let Some(seed) = seeds.choose(dice).filter(|seed| !seed.is_empty()) else { return };
            let from = dice.random_range(0..seed.len());
            let piece = &seed[from..(from + end - at).min(seed.len())];
            bytes.splice(at..end, piece.iter().copied());
        }
    }
}
