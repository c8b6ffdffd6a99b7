//! One p-value out of several that were found by dividing the same data in several ways.
//!
//! Twice the median is a p-value whatever the dependence between them: under the null the expected share of p below α/2
//! is at most α/2, so by Markov's inequality half of them lie there with probability α at most (Meinshausen, Meier &
//! Bühlmann 2009, J Am Stat Assoc 104: 1671–1681, with γ = ½; Rüschendorf 1982).

use crate::StatsError;
use crate::error::check_values;

/// `min(1, 2 · median)`, the median being the ⌈n/2⌉th smallest; `None` without any p-value.
///
/// # Examples
/// ```
/// use stats::splits_p::twice_the_median;
///
/// assert_eq!(twice_the_median(&[0.01, 0.4, 0.02])?, Some(0.04));
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Errors
/// Every p-value lies between 0 and 1.
pub fn twice_the_median(p: &[f64]) -> Result<Option<f64>, StatsError> {
    check_values("p-values", p, "between 0 and 1", |p| (0.0..=1.0).contains(&p))?;
    let mut sorted = p.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let median = sorted.len().div_ceil(2).checked_sub(1).map(|place| sorted[place]);
    Ok(median.map(|median| (2.0 * median).min(1.0)))
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::seeded::generator;

    #[test]
    fn edges() {
        assert_eq!(twice_the_median(&[]), Ok(None));
        assert_eq!(twice_the_median(&[0.7]), Ok(Some(1.0)));
        assert_eq!(twice_the_median(&[0.3, 0.1]), Ok(Some(0.2)), "the lower of two is the first half");
        assert!(twice_the_median(&[0.5, f64::NAN]).is_err());
    }

    #[test]
    fn it_holds_its_level_whatever_the_dependence() {
        // p-values that share a part: from independent to equal.
        for shared in [0.0, 0.5, 0.9, 1.0] {
            let rejected = (0..4000_u64).filter(|&trial| {
                let mut random = generator(1, trial);
                let common: f64 = random.random();
                let mut draw = || if random.random::<f64>() < shared { common } else { random.random() };
                let p: Vec<f64> = (0..9).map(|_| draw()).collect();
                twice_the_median(&p).expect("valid").expect("some") <= 0.05
            });
            // Binomial(4000, .05): 200 expected at most, standard deviation 13.8; four of them.
            assert!(rejected.count() <= 255, "{shared}");
        }
    }
}
