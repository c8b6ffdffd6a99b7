//! Draws whose results are fixed by this file alone, so that pictures stay the same when a sampling library changes.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::seed;

/// A seeded source of the few kinds of numbers that a drawing needs.
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// Dice for one purpose and cell; see [`seed::rng`].
    pub fn new(seed: u64, purpose: &str, coordinates: &[u64]) -> Self {
        Self(seed::rng(seed, purpose, coordinates))
    }

    /// A number in `low..high`, in steps of 2⁻²⁴ of the range.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        let unit = (self.0.next_u32() >> 8) as f32 / (1 << 24) as f32;
        low + (high - low) * unit
    }

    /// An index below `count`, or 0 if `count` is 0. The bias of the multiply-shift is below `count`·2⁻³².
    pub fn below(&mut self, count: usize) -> usize {
        ((u64::from(self.0.next_u32()) * count as u64) >> 32) as usize
    }

    /// A whole number in `low..=high`.
    pub fn count(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high + 1 - low)
    }

    /// `true` with the given probability.
    pub fn chance(&mut self, probability: f32) -> bool {
        self.between(0.0, 1.0) < probability
    }

    /// A seed for something that is drawn on its own, at any later time.
    pub fn seed(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// −1 or 1.
    pub fn sign(&mut self) -> f32 {
        if self.chance(0.5) { 1.0 } else { -1.0 }
    }

    /// A bell-shaped number of mean 0 and variance 1, never beyond ±3.5: four uniform bytes added (Irwin–Hall).
    pub fn bell(&mut self) -> f32 {
        let sum: u32 = self.0.next_u32().to_le_bytes().into_iter().map(u32::from).sum();
        // Four bytes have mean 4·127.5 and variance 4·(256² − 1)/12.
        (sum as f32 - 510.0) / 147.8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_in_range_and_bells_are_standard() {
        let mut dice = Dice::new(1, "test", &[]);
        let (mut sum, mut squares) = (0.0f64, 0.0f64);
        for _ in 0..20_000 {
            assert!((-2.0..3.0).contains(&dice.between(-2.0, 3.0)));
            assert!((4..=6).contains(&dice.count(4, 6)));
            let bell = f64::from(dice.bell());
            assert!(bell.abs() <= 3.5);
            sum += bell;
            squares += bell * bell;
        }
        // Three standard errors: 3/√20000 for the mean, about 3·√(2/20000) for the variance.
        assert!((sum / 20_000.0).abs() < 0.022, "mean {}", sum / 20_000.0);
        assert!((squares / 20_000.0 - 1.0).abs() < 0.03, "variance {}", squares / 20_000.0);
    }
}
