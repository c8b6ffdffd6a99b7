//! Where a sum of products `Σ aᵢ b_π(i)` lies among those of all pairings π of two lists of whole numbers: the
//! permutation null of a rank correlation.
//!
//! All n! pairings are counted without going through them. A partial pairing of the first k numbers of a is described
//! by which numbers of b it used, and by its sum; how many there are of each follows from those of k − 1 numbers. Equal
//! numbers of b are one number used several times, so ties make it faster. The first half of a is counted with every
//! part of b it can have, the second half with what that leaves, and only then are sums of both halves matched: for 13
//! numbers 4,096 parts and some 100 sums each instead of 6e9 pairings. (The generating function is the permanent of
//! `x^(aᵢ bⱼ)`: van de Wiel & Di Bucchianico 2001, J Stat Plan Inference 92: 133–145.)
//!
//! Counts are f64: whole up to 2⁵³ (18! is below), beyond that rounded, and only ever added.

use std::collections::BTreeMap;

use rand::seq::SliceRandom;

use crate::seeded::generator;
use crate::tails::Tails;

/// Parts of b times possible sums up to which pairings are counted: 16 ranks without ties, or 14 with any. That takes
/// half a second and 70 MB, and 10 ms for 13.
const MOST: f64 = 5e7;

/// Exact tails of `Σ aᵢ bᵢ` among all pairings of the numbers; `None` where there are too many to count. The lists have
/// the same length.
pub(crate) fn exact_tails(a: &[i64], b: &[i64]) -> Option<Tails> {
    let (a, b) = (reduced(a), reduced(b));
    let observed: i64 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
    let (of_a, of_b) = (Groups::new(&a), Groups::new(&b));
    let (mut listed, groups) = if of_a.parts() < of_b.parts() { (b, of_a) } else { (a, of_b) };
    listed.sort_unstable();
    (groups.parts() * groups.range(&listed) <= MOST).then(|| groups.tails(&listed, observed))
}

/// Tails of `Σ aᵢ bᵢ` among `draws` random pairings; draw i depends on the seed and i only.
pub(crate) fn sampled_tails(a: &[i64], b: &[i64], draws: usize, seed: u64) -> Tails {
    let sum = |b: &[i64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<i64>();
    let observed = sum(b);
    let mut shuffled = b.to_vec();
    let differences = (0..draws as u64).map(|draw| {
        shuffled.copy_from_slice(b);
        shuffled.shuffle(&mut generator(seed, draw));
        (sum(&shuffled) - observed) as f64
    });
    Tails::count(0.0, differences, 0.0)
}

/// The numbers as multiples of their common step above the smallest.
fn reduced(numbers: &[i64]) -> Vec<i64> {
    let smallest = numbers.iter().copied().min().unwrap_or(0);
    let step = numbers.iter().fold(0, |step, number| greatest_common_divisor(step, number - smallest));
    numbers.iter().map(|number| (number - smallest) / step.max(1)).collect()
}

fn greatest_common_divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// A list of numbers as distinct ones with how often each occurs. A part of it is numbered like the digits of a clock:
/// the count of group g is digit g, worth the product of the numbers of states of the groups before it.
struct Groups {
    /// Ascending.
    numbers: Vec<i64>,
    sizes: Vec<usize>,
}

/// How many partial pairings have each sum, from `first` on.
#[derive(Clone, Default)]
struct Counts {
    first: i64,
    counts: Vec<f64>,
}

/// By part of b: the partial pairings that used it.
type Level = BTreeMap<usize, Counts>;

impl Groups {
    fn new(numbers: &[i64]) -> Self {
        let mut sorted = numbers.to_vec();
        sorted.sort_unstable();
        let (numbers, sizes) = sorted.chunk_by(|a, b| a == b).map(|equal| (equal[0], equal.len())).unzip();
        Self { numbers, sizes }
    }

    /// How many parts there are, the empty and the full one included.
    fn parts(&self) -> f64 {
        self.sizes.iter().map(|&size| size as f64 + 1.0).product()
    }

    /// The largest minus the smallest sum of products with ascending numbers.
    fn range(&self, ascending: &[i64]) -> f64 {
        let all =
            || self.numbers.iter().zip(&self.sizes).flat_map(|(&number, &size)| std::iter::repeat_n(number, size));
        let falling: Vec<i64> = all().collect();
        let pairs = ascending.iter().zip(all().zip(falling.into_iter().rev()));
        pairs.map(|(&a, (up, down))| a as f64 * (up - down) as f64).sum()
    }

    fn tails(&self, ascending: &[i64], observed: i64) -> Tails {
        let (low, high) = ascending.split_at(ascending.len() / 2);
        let full: usize = self.worth().zip(&self.sizes).map(|(worth, size)| worth * size).sum();
        let rest = self.level(high);
        let mut tails = Tails::default();
        for (part, counts) in self.level(low) {
            // What the lower half leaves has as many numbers as the upper half needs.
            if let Some(rest) = rest.get(&(full - part)) {
                rest.add_tails(&counts, observed, &mut tails);
            }
        }
        tails
    }

    /// The pairings of these numbers with every part of as many.
    fn level(&self, listed: &[i64]) -> Level {
        let nothing = Counts { first: 0, counts: vec![1.0] };
        listed.iter().fold(Level::from([(0, nothing)]), |level, &number| {
            let mut next = Level::new();
            for (part, counts) in level {
                for ((worth, &size), &other) in self.worth().zip(&self.sizes).zip(&self.numbers) {
                    if part / worth % (size + 1) < size {
                        next.entry(part + worth).or_default().add(&counts, number * other);
                    }
                }
            }
            next
        })
    }

    /// What one number of each group adds to the number of a part.
    fn worth(&self) -> impl Iterator<Item = usize> {
        self.sizes.iter().scan(1, |worth, size| Some(std::mem::replace(worth, *worth * (size + 1))))
    }
}

impl Counts {
    /// Adds the counts of another, with its sums raised by `shift`.
    fn add(&mut self, other: &Self, shift: i64) {
        let first = other.first + shift;
        if self.counts.is_empty() {
            self.first = first;
        }
        if first < self.first {
            self.counts.splice(..0, std::iter::repeat_n(0.0, (self.first - first) as usize));
            self.first = first;
        }
        let start = (first - self.first) as usize;
        self.counts.resize(self.counts.len().max(start + other.counts.len()), 0.0);
        self.counts[start..].iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
    }

    /// Counts the pairs of one of these and one of `other` by where their sum lies. Both tails are added up from their
    /// own end: differences from the whole would cancel.
    fn add_tails(&self, other: &Self, observed: i64, tails: &mut Tails) {
        let mut upwards = vec![0.0];
        upwards.extend(self.counts.iter().scan(0.0, |sum, count| Some(add(sum, *count))));
        let mut downwards = vec![0.0];
        downwards.extend(self.counts.iter().rev().scan(0.0, |sum, count| Some(add(sum, *count))));
        let most = self.counts.len() as i64;
        for (sum, &times) in (other.first..).zip(&other.counts) {
            // Sums of this one below `place` are too small to reach the observed sum, and that at `place` does just so.
            let place = observed - sum - self.first;
            tails.low += times * upwards[(place + 1).clamp(0, most) as usize];
            tails.high += times * downwards[(most - place).clamp(0, most) as usize];
            tails.all += times * upwards[most as usize];
        }
    }
}

fn add(sum: &mut f64, count: f64) -> f64 {
    *sum += count;
    *sum
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tails::Alternative;
    use crate::testing::cases;

    /// Calls `visit` with every order of the numbers, equal ones included, by Heap's algorithm.
    fn every_order(numbers: &mut [i64], upto: usize, visit: &mut impl FnMut(&[i64])) {
        if upto <= 1 {
            return visit(numbers);
        }
        for place in 0..upto {
            every_order(numbers, upto - 1, visit);
            numbers.swap(if upto.is_multiple_of(2) { place } else { 0 }, upto - 1);
        }
    }

    fn by_enumeration(a: &[i64], b: &[i64]) -> [u64; 3] {
        let sum = |b: &[i64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<i64>();
        let (observed, mut counts) = (sum(b), [0; 3]);
        every_order(&mut b.to_vec(), b.len(), &mut |b| {
            let tails = [sum(b) <= observed, sum(b) >= observed, true];
            counts.iter_mut().zip(tails).for_each(|(count, is)| *count += u64::from(is));
        });
        counts
    }

    #[test]
    fn sixteen_numbers_are_counted_and_seventeen_are_not() {
        let rising = |n: i64| (0..n).collect::<Vec<i64>>();
        let tails = exact_tails(&rising(16), &rising(16)).expect("few enough");
        // 16! is a whole number in f64, and one pairing is perfect.
        assert_eq!(tails, Tails { low: 20_922_789_888_000.0, high: 1.0, all: 20_922_789_888_000.0 });
        assert_eq!(exact_tails(&rising(17), &rising(17)), None);
        let doubled = [0, 1, 1, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24];
        assert!(exact_tails(&doubled, &doubled).is_some(), "14 ranks with the least convenient ties");
        let halves: Vec<i64> = (0..40).map(|i| i / 20).collect();
        let tails = exact_tails(&rising(40), &halves).expect("two distinct numbers");
        assert_eq!((tails.high, tails.all), (1.0, 137_846_528_820.0), "40 over 20");
    }

    #[test]
    fn samples_agree_with_the_count() {
        let a: Vec<i64> = (0..12).collect();
        let b = [3, 0, 1, 5, 2, 4, 9, 6, 8, 7, 11, 10].map(|b| b * 7 % 12);
        let exact = exact_tails(&a, &b).expect("few enough");
        for (seed, alternative) in [(1, Alternative::Less), (2, Alternative::Greater)] {
            let (p, draws) = (exact.exact_p(alternative), 20_000);
            let found = sampled_tails(&a, &b, draws, seed).sampled_p(alternative);
            assert!((found - p).abs() < 5.0 * (p * (1.0 - p) / draws as f64).sqrt(), "{found} {p}");
        }
    }

    proptest! {
        #![proptest_config(cases(128))]

        #[test]
        fn every_pairing_is_counted(pairs in proptest::collection::vec((-3..4_i64, -9..10_i64), 1..8)) {
            let (a, b): (Vec<i64>, Vec<i64>) = pairs.into_iter().unzip();
            let [low, high, all] = by_enumeration(&a, &b).map(|count| count as f64);
            // Equal numbers are counted as one order, or as the orders of all: the shares are the same.
            for tails in [exact_tails(&a, &b), exact_tails(&b, &a)].map(|tails| tails.expect("few")) {
                prop_assert_eq!((tails.low * all, tails.high * all), (low * tails.all, high * tails.all));
            }
        }
    }
}
