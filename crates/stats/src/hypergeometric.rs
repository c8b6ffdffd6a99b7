//! Chance overlap of two random sets of channels of one layer: exact, and by Monte-Carlo.
//!
//! Two sets of sizes n_A and n_B drawn at random from K channels share k of them with probability
//! `C(n_A, k) C(K − n_A, n_B − k) / C(K, n_B)` (hypergeometric). Hence the exact
//! `p = P[X ≥ k]` and the exact chance Jaccard index `E[X / (n_A + n_B − X)]`.
//!
//! The probabilities are built by the ratio of neighbours, outward from the most likely overlap, and divided by their
//! sum. Each is then right to about K rounding errors, without logarithms of factorials whose differences cancel.

use rand::seq::index::sample;

use crate::StatsError;
use crate::error::check_at_most;
use crate::jaccard::index;
use crate::quantile::quantiles;
use crate::seeded::generator;

/// The overlap of two random sets of channels of one layer.
#[derive(Clone, Debug, PartialEq)]
pub struct ChanceOverlap {
    channels: usize,
    n_a: usize,
    n_b: usize,
    /// The smallest possible overlap.
    smallest: usize,
    /// Probabilities of the overlaps from `smallest` on.
    probabilities: Vec<f64>,
}

/// Jaccard indices of random sets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomJaccard {
    /// Mean over the draws.
    pub mean: f64,
    /// 2.5 % quantile of the draws.
    pub low: f64,
    /// 97.5 % quantile of the draws.
    pub high: f64,
}

impl ChanceOverlap {
    /// The overlap of sets of sizes `n_a` and `n_b` out of `channels`.
    ///
    /// # Examples
    /// ```
    /// use stats::hypergeometric::ChanceOverlap;
    ///
    /// // Two pairs out of four channels: 1 of 6 second pairs is the first one, 4 share one channel with it.
    /// let chance = ChanceOverlap::new(4, 2, 2)?;
    /// assert!((chance.p_at_least(1) - 5.0 / 6.0).abs() < 1e-12);
    /// assert!((chance.mean() - 1.0).abs() < 1e-12);
    /// # Ok::<(), stats::StatsError>(())
    /// ```
    ///
    /// # Errors
    /// Neither set may be larger than the layer.
    pub fn new(channels: usize, n_a: usize, n_b: usize) -> Result<Self, StatsError> {
        check_at_most("channels of the first set", n_a, channels)?;
        check_at_most("channels of the second set", n_b, channels)?;
        let smallest = (n_a + n_b).saturating_sub(channels);
        let probabilities = probabilities(channels, n_a, n_b, smallest);
        Ok(Self { channels, n_a, n_b, smallest, probabilities })
    }

    /// Probability that the sets share exactly `n_both` channels.
    pub fn probability(&self, n_both: usize) -> f64 {
        n_both.checked_sub(self.smallest).and_then(|place| self.probabilities.get(place)).copied().unwrap_or(0.0)
    }

    /// The one-sided p-value of an overlap: the probability that the sets share `n_both` channels or more.
    pub fn p_at_least(&self, n_both: usize) -> f64 {
        let skipped = n_both.saturating_sub(self.smallest);
        if skipped == 0 {
            return 1.0;
        }
        self.probabilities.iter().skip(skipped).rev().sum::<f64>().min(1.0)
    }

    /// Mean number of shared channels, `n_A n_B / K`; 0 for a layer without channels.
    pub fn mean(&self) -> f64 {
        if self.channels == 0 { 0.0 } else { self.n_a as f64 * self.n_b as f64 / self.channels as f64 }
    }

    /// Chance Jaccard index `E[X / (n_A + n_B − X)]`; `None` when both sets are empty.
    pub fn jaccard(&self) -> Option<f64> {
        let overlaps = (self.smallest..).zip(&self.probabilities);
        overlaps.map(|(n_both, probability)| Some(probability * index(n_both, self.n_a, self.n_b)?)).sum()
    }

    /// The Monte-Carlo control: both sets drawn `draws` times, draw i from stream i of `seed`; `None` when both sets
    /// are empty.
    ///
    /// # Errors
    /// At least one draw is needed.
    pub fn random_jaccard(&self, draws: usize, seed: u64) -> Result<Option<RandomJaccard>, StatsError> {
        if draws == 0 {
            return Err(StatsError::Empty { what: "draws of random sets" });
        }
        let mut in_a = vec![false; self.channels];
        let drawn: Option<Vec<f64>> = (0..draws as u64).map(|draw| self.draw(&mut in_a, seed, draw)).collect();
        let Some(drawn) = drawn else { return Ok(None) };
        let [low, high] = quantiles(&drawn, [0.025, 0.975])?;
        Ok(Some(RandomJaccard { mean: drawn.iter().sum::<f64>() / draws as f64, low, high }))
    }

    /// Jaccard index of one pair of random sets; `in_a` is scratch space, one flag per channel.
    fn draw(&self, in_a: &mut [bool], seed: u64, draw: u64) -> Option<f64> {
        let mut random = generator(seed, draw);
        in_a.fill(false);
        sample(&mut random, self.channels, self.n_a).iter().for_each(|channel| in_a[channel] = true);
        let n_both = sample(&mut random, self.channels, self.n_b).iter().filter(|&channel| in_a[channel]).count();
        index(n_both, self.n_a, self.n_b)
    }
}

fn probabilities(channels: usize, n_a: usize, n_b: usize, smallest: usize) -> Vec<f64> {
    let largest = n_a.min(n_b);
    // P(k + 1) / P(k); every factor is positive for smallest ≤ k < largest.
    let ratio =
        |k: usize| ((n_a - k) as f64 * (n_b - k) as f64) / ((k + 1) as f64 * (channels + k + 1 - n_a - n_b) as f64);
    let mode = ((n_a + 1) as u128 * (n_b + 1) as u128 / (channels + 2) as u128) as usize;
    let mode = mode.clamp(smallest, largest);
    let mut weights = vec![1.0; largest - smallest + 1];
    for k in mode..largest {
        weights[k + 1 - smallest] = weights[k - smallest] * ratio(k);
    }
    for k in (smallest..mode).rev() {
        weights[k - smallest] = weights[k + 1 - smallest] / ratio(k);
    }
    let total: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= total);
    weights
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;

    fn chance(channels: usize, n_a: usize, n_b: usize) -> ChanceOverlap {
        ChanceOverlap::new(channels, n_a, n_b).expect("sets that fit")
    }

    #[test]
    fn a_hand_computed_case() {
        // Two of four and two of four: overlaps 0, 1, 2 in 1, 4, 1 of 6 cases.
        let overlap = chance(4, 2, 2);
        assert_relative_eq!(overlap.p_at_least(1), 5.0 / 6.0, max_relative = 1e-15);
        assert_relative_eq!(overlap.p_at_least(2), 1.0 / 6.0, max_relative = 1e-15);
        let expected = (4.0 / 3.0 + 1.0) / 6.0;
        assert_relative_eq!(overlap.jaccard().expect("members"), expected, max_relative = 1e-15);
    }

    #[test]
    fn degenerate_sets() {
        let empty = chance(8, 0, 0);
        assert_eq!((empty.p_at_least(0), empty.jaccard()), (1.0, None));
        assert_eq!(empty.random_jaccard(10, 1), Ok(None));
        assert_eq!((chance(8, 8, 8).probability(8), chance(8, 8, 8).jaccard()), (1.0, Some(1.0)));
        assert_eq!((chance(8, 3, 0).jaccard(), chance(8, 3, 0).p_at_least(1)), (Some(0.0), 0.0));
        assert_eq!((chance(8, 6, 5).p_at_least(3), chance(8, 6, 5).p_at_least(6)), (1.0, 0.0));
        assert_eq!((chance(0, 0, 0).mean(), chance(0, 0, 0).jaccard()), (0.0, None));
        let error = ChanceOverlap::new(4, 2, 5).expect_err("too large");
        assert_eq!(error.to_string(), "channels of the second set: 5 asked for, but there are only 4");
        let none = chance(4, 2, 2).random_jaccard(0, 1);
        assert_eq!(none, Err(StatsError::Empty { what: "draws of random sets" }));
    }

    #[test]
    fn random_draws_agree_with_the_exact_value() {
        let overlap = chance(512, 120, 90);
        let draws = 10_000;
        let random = overlap.random_jaccard(draws, 7).expect("draws").expect("members");
        let exact = overlap.jaccard().expect("members");
        let variance: f64 =
            (0..=90).map(|k| overlap.probability(k) * (index(k, 120, 90).expect("members") - exact).powi(2)).sum();
        // Five standard errors of a mean of that many draws.
        assert!((random.mean - exact).abs() < 5.0 * (variance / draws as f64).sqrt());
        // The quantiles enclose 95 % of the exact distribution, up to one step of this discrete statistic.
        let at_most = |limit: f64| -> f64 {
            (0..=90).filter(|&k| index(k, 120, 90).expect("members") <= limit).map(|k| overlap.probability(k)).sum()
        };
        assert!(at_most(random.low) > 0.02 && at_most(random.low) < 0.05);
        assert!(at_most(random.high) > 0.97 && at_most(random.high) < 0.99);
        assert_eq!(overlap.random_jaccard(draws, 7), Ok(Some(random)), "same seed");
        assert_ne!(overlap.random_jaccard(draws, 8), Ok(Some(random)), "other seed");
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn probabilities_have_the_known_moments((channels, a, b) in (1..600_usize, 0.0..1.0_f64, 0.0..1.0_f64)) {
            let size = |share: f64| (share * (channels + 1) as f64) as usize;
            let (n_a, n_b) = (size(a), size(b));
            let overlap = chance(channels, n_a, n_b);
            let moment = |power: i32| -> f64 {
                (0..=n_a.min(n_b)).map(|k| overlap.probability(k) * (k as f64).powi(power)).sum()
            };
            prop_assert!((moment(0) - 1.0).abs() < 1e-12);
            prop_assert!((moment(1) - overlap.mean()).abs() < 1e-10 * (1.0 + overlap.mean()));
            let (k, n_a, n_b) = (channels as f64, n_a as f64, n_b as f64);
            if channels > 1 {
                let variance = n_b * (n_a / k) * (1.0 - n_a / k) * (k - n_b) / (k - 1.0);
                prop_assert!((moment(2) - moment(1).powi(2) - variance).abs() < 1e-9 * (1.0 + moment(2)));
            }
            prop_assert_eq!(chance(channels, n_b as usize, n_a as usize).jaccard().is_some(), n_a + n_b > 0.0);
        }
    }
}
