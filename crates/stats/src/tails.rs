//! What counts as extreme, and how much of a null distribution is: the one place that compares draws with an observed
//! value, for every p-value of the program.
//!
//! Statistics that are equal by arithmetic often differ by rounding, because their sums were taken in another order. A
//! draw that equals the observed value is as extreme, so a comparison without tolerance makes p too small; with few
//! pictures, where ties are many, by much. `scipy.stats.permutation_test` has the same tolerance in its documentation,
//! `max(1, |observed|)` times 1e-14 (SciPy 1.17.1; its code lacks the 1, and misses ties at 0). Ours is 1e-10, since
//! sums of 4,224 channels are right to 5e-13 of their parts, which may cancel. Real differences as small are chance
//! encounters of 1 in 1e8 comparisons, and then p is too large by one draw.

/// The share of the larger of 1 and a statistic's size below which a difference is rounding. The statistics of this
/// program are shares, percentages and standard deviations, so 1 is their unit.
const SAME: f64 = 1e-10;

/// What counts as extreme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alternative {
    /// The observed value is smaller than chance: draws at or below it count.
    Less,
    /// The observed value is larger than chance: draws at or above it count.
    Greater,
    /// Either: twice the smaller of the two one-sided p, at most 1, which assumes no symmetric null.
    TwoSided,
}

/// The largest difference between values of this size that is rounding.
pub(crate) fn rounding(size: f64) -> f64 {
    SAME * size.abs().max(1.0)
}

/// Whether two finite values are equal but for rounding.
pub(crate) fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= rounding(a.abs().max(b.abs()))
}

/// How many draws of a null distribution lie at or beyond an observed value, at either end.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tails {
    /// Draws at or below the observed value.
    pub(crate) low: f64,
    /// Draws at or above it.
    pub(crate) high: f64,
    /// All draws.
    pub(crate) all: f64,
}

impl Tails {
    /// The tails of draws that may differ from the observed value by `rounding`, 0 for whole numbers.
    pub(crate) fn count(observed: f64, draws: impl IntoIterator<Item = f64>, rounding: f64) -> Self {
        let mut tails = Self::default();
        for draw in draws {
            // The difference may be infinite where a sum with the tolerance would be too, but is on the right side.
            let above = draw - observed;
            tails.low += f64::from(above <= rounding);
            tails.high += f64::from(above >= -rounding);
            tails.all += 1.0;
        }
        tails
    }

    /// p where the draws are all that are possible, the observed one among them.
    pub(crate) fn exact_p(self, alternative: Alternative) -> f64 {
        let (less, greater) = (self.low / self.all, self.high / self.all);
        match alternative {
            Alternative::Less => less,
            Alternative::Greater => greater,
            Alternative::TwoSided => (2.0 * less.min(greater)).min(1.0),
        }
    }

    /// p where the draws are a random sample: the observed value counts as one more, so that p is never 0.
    pub(crate) fn sampled_p(self, alternative: Alternative) -> f64 {
        Self { low: self.low + 1.0, high: self.high + 1.0, all: self.all + 1.0 }.exact_p(alternative)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_but_for_rounding_is_on_both_sides() {
        let check = |observed: f64, draw: f64, sides: (f64, f64)| {
            let tails = Tails::count(observed, [draw], rounding(observed));
            assert_eq!((tails.low, tails.high), sides, "{draw} beside {observed}");
        };
        check(0.0, 0.1 + 0.2 - 0.3, (1.0, 1.0));
        check(0.1 + 0.2 - 0.3, 0.0, (1.0, 1.0));
        check(-1e6 / 3.0, -1e6 / 3.0 - 1e-6, (1.0, 1.0));
        check(1.0, 1.0 + 1e-9, (0.0, 1.0));
        check(1.0, 1.0 - 1e-9, (1.0, 0.0));
        check(f64::MAX, -f64::MAX, (1.0, 0.0));
        check(-f64::MAX, f64::MAX, (0.0, 1.0));
    }

    #[test]
    fn sameness_is_mutual() {
        assert!(same(3.0, 3.0 + 1e-10) && same(3.0 + 1e-10, 3.0) && same(f64::MAX, f64::MAX));
        assert!(!same(3.0, 3.0 + 1e-9) && !same(3.0 + 1e-9, 3.0) && !same(f64::MAX, -f64::MAX));
    }

    #[test]
    fn two_sided_is_twice_the_smaller_side_and_at_most_1() {
        let tails = Tails { low: 1.0, high: 8.0, all: 8.0 };
        assert_eq!(tails.exact_p(Alternative::TwoSided), 0.25);
        assert_eq!(tails.sampled_p(Alternative::TwoSided), 4.0 / 9.0);
        assert_eq!(Tails::default().sampled_p(Alternative::TwoSided), 1.0, "no draws");
    }
}
