//! Shares: their exact interval, and their test against a known chance.
//!
//! The interval is that of Clopper & Pearson 1934, Biometrika 26: 404–413. Its ends are quantiles of beta distributions; it
//! covers the true share with a probability of at least 95 %. The test is `min(1, 2 · min(P(X ≤ h), P(X ≥ h)))`, which
//! assumes no symmetry (Fisher's doubled tail).

use statrs::distribution::{Beta, Binomial, ContinuousCDF, DiscreteCDF};

use crate::StatsError;
use crate::error::{check_at_most, check_values};

/// Half of what lies outside.
const TAIL: f64 = 0.025;

/// The 95 % interval of a share of which `successes` of `trials` were seen.
///
/// # Examples
/// ```
/// let (low, high) = stats::binomial::exact_interval(0, 100)?;
/// assert_eq!(low, 0.0);
/// assert!((high - 0.0362).abs() < 1e-4);
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Errors
/// At least one trial is needed, and no more successes than trials.
pub fn exact_interval(successes: usize, trials: usize) -> Result<(f64, f64), StatsError> {
    check_at_most("successes", successes, trials)?;
    if trials == 0 {
        return Err(StatsError::Empty { what: "trials" });
    }
    let quantile = |a: usize, b: usize, at: f64| {
        // Both parameters are at least 1 where this is called.
        Beta::new(a as f64, b as f64).map_or(f64::NAN, |beta| beta.inverse_cdf(at))
    };
    let low = if successes == 0 { 0.0 } else { quantile(successes, trials - successes + 1, TAIL) };
    let high = if successes == trials { 1.0 } else { quantile(successes + 1, trials - successes, 1.0 - TAIL) };
    Ok((low, high))
}

/// Two-sided p of `hits` in `trials` whose chance is `chance`; 1 without trials.
///
/// # Examples
/// ```
/// let p = stats::binomial::two_sided_p(9, 10, 0.5)?;
/// assert!((p - 22.0 / 1024.0).abs() < 1e-12);
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Errors
/// No more hits than trials, and a chance from 0 to 1.
pub fn two_sided_p(hits: u64, trials: u64, chance: f64) -> Result<f64, StatsError> {
    check_at_most("hits", hits as usize, trials as usize)?;
    check_values("chance", &[chance], "from 0 to 1", |p| (0.0..=1.0).contains(&p))?;
    // The distribution exists for every chance that was let through.
    let Ok(distribution) = Binomial::new(chance, trials) else { return Ok(1.0) };
    let above = if hits == 0 { 1.0 } else { distribution.sf(hits - 1) };
    Ok((2.0 * distribution.cdf(hits).min(above)).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_leave_a_tail_on_either_side() {
        for (successes, trials) in [(1, 10), (7, 200), (14, 200), (100, 200), (199, 200)] {
            let (low, high) = exact_interval(successes, trials).expect("valid");
            let below = |p: f64| Binomial::new(p, trials as u64).expect("valid").cdf(successes as u64);
            let above = |p: f64| 1.0 - Binomial::new(p, trials as u64).expect("valid").cdf(successes as u64 - 1);
            assert!((above(low) - TAIL).abs() < 1e-9 && (below(high) - TAIL).abs() < 1e-9, "{successes} of {trials}");
        }
    }

    #[test]
    fn edges() {
        assert_eq!(exact_interval(0, 1).map(|ends| ends.0), Ok(0.0));
        assert_eq!(exact_interval(5, 5).map(|ends| ends.1), Ok(1.0));
        assert!(exact_interval(2, 1).is_err());
        assert_eq!(exact_interval(0, 0), Err(StatsError::Empty { what: "trials" }));
    }

    #[test]
    fn doubled_tails() {
        let p = |hits, trials, chance| two_sided_p(hits, trials, chance).expect("valid");
        assert_eq!((p(0, 0, 0.3), p(5, 10, 0.5), p(3, 3, 1.0), p(0, 4, 0.0)), (1.0, 1.0, 1.0, 1.0));
        assert!((p(0, 10, 0.5) - 2.0 / 1024.0).abs() < 1e-15);
        assert_eq!(p(1, 4, 0.0), 0.0, "impossible");
        assert!(two_sided_p(2, 1, 0.5).is_err() && two_sided_p(1, 2, f64::NAN).is_err());
    }
}
