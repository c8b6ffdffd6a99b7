//! Do targets score higher than others? One-sided p of the rank sum of the targets (Mann & Whitney 1947, Ann Math Stat
//! 18: 50–60), which is that of an AUC above ½.
//!
//! Up to 100 pictures the distribution over all ways to name as many targets is counted, ties included (mid-ranks;
//! Streitberg & Röhmel 1986). Beyond, the normal approximation with the variance for ties and with correction for
//! continuity stands in for it (Lehmann 1975, ch. 1.4).

use crate::StatsError;
use crate::error::{check_length, check_values};
use crate::ranks::mid_ranks;
use statrs::function::erf::erfc;

/// Pictures up to which the distribution is counted.
const EXACT: usize = 100;

/// Probability that targets named at random have a rank sum at least as high; `None` when targets or others are absent.
///
/// # Examples
/// ```
/// use stats::mann_whitney::p_higher;
///
/// // Both targets lie above both others: one of six ways to name two of four.
/// assert_eq!(p_higher(&[0.9, 0.8, 0.2, 0.1], &[true, true, false, false])?, Some(1.0 / 6.0));
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Errors
/// As many scores as pictures are needed, none of them NaN.
pub fn p_higher(scores: &[f64], targets: &[bool]) -> Result<Option<f64>, StatsError> {
    check_length("scores", targets.len(), scores.len())?;
    check_values("scores", scores, "a number", |score| !score.is_nan())?;
    let positives = targets.iter().filter(|&&target| target).count();
    if positives == 0 || positives == targets.len() {
        return Ok(None);
    }
    // Mid-ranks are halves; doubled they are whole numbers, and their sums are exact.
    let ranks: Vec<usize> = mid_ranks(scores).into_iter().map(|rank| (2.0 * rank) as usize).collect();
    let observed = ranks.iter().zip(targets).filter(|(_, target)| **target).map(|(rank, _)| rank).sum();
    Ok(Some(match ranks.len() <= EXACT {
        true => counted(&ranks, positives, observed),
        false => approximate(&ranks, positives, observed),
    }))
}

/// Counts, picture by picture, the ways to choose so many of them with such a sum of doubled ranks. Below 2^53 ways the
/// numbers are exact; beyond, f64 rounds each to 16 digits.
fn counted(ranks: &[usize], chosen: usize, observed: usize) -> f64 {
    let total: usize = ranks.iter().sum();
    let mut ways = vec![vec![0.0_f64; total + 1]; chosen + 1];
    ways[0][0] = 1.0;
    for (seen, &rank) in ranks.iter().enumerate() {
        for count in (1..=chosen.min(seen + 1)).rev() {
            let (fewer, more) = ways.split_at_mut(count);
            let (fewer, more) = (&fewer[count - 1], &mut more[0]);
            more[rank..].iter_mut().zip(fewer).for_each(|(ways, add)| *ways += add);
        }
    }
    let all: f64 = ways[chosen].iter().sum();
    ways[chosen][observed..].iter().sum::<f64>() / all
}

fn approximate(ranks: &[usize], chosen: usize, observed: usize) -> f64 {
    let (n, m) = (ranks.len() as f64, chosen as f64);
    let mean = (n + 1.0) / 2.0;
    let spread: f64 = ranks.iter().map(|&rank| (rank as f64 / 2.0 - mean).powi(2)).sum();
    let variance = m * (n - m) / (n * (n - 1.0)) * spread;
    if variance == 0.0 {
        return 1.0;
    }
    let z = (observed as f64 / 2.0 - m * mean - 0.5) / variance.sqrt();
    0.5 * erfc(z / std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;

    #[test]
    fn edges() {
        assert_eq!(p_higher(&[0.1, 0.2], &[true, true]), Ok(None));
        assert_eq!(p_higher(&[], &[]), Ok(None));
        assert_eq!(p_higher(&[0.5; 6], &[true, true, false, false, false, false]), Ok(Some(1.0)), "all equal");
        assert_eq!(p_higher(&[0.5; 200], &[[true; 50].as_slice(), &[false; 150]].concat()), Ok(Some(1.0)));
        assert!(p_higher(&[f64::NAN, 1.0], &[true, false]).is_err());
    }

    #[test]
    fn the_approximation_continues_the_count() {
        let scores: Vec<f64> = (0..EXACT).map(|picture| ((picture * 37 % 101) as f64 / 3.0).floor()).collect();
        let targets: Vec<bool> = (0..EXACT).map(|picture| picture % 3 == 0).collect();
        for shift in [-8.0, 0.0, 2.0, 4.0, 6.0] {
            let moved: Vec<f64> = scores
                .iter()
                .zip(&targets)
                .map(|(score, &target)| if target { score + shift } else { *score })
                .collect();
            let ranks: Vec<usize> = mid_ranks(&moved).into_iter().map(|rank| (2.0 * rank) as usize).collect();
            let observed = ranks.iter().zip(&targets).filter(|(_, target)| **target).map(|(rank, _)| rank).sum();
            let positives = targets.iter().filter(|&&target| target).count();
            let (exact, near) = (counted(&ranks, positives, observed), approximate(&ranks, positives, observed));
            assert!((exact - near).abs() < 2e-3, "{shift}: {exact} {near}");
        }
    }

    proptest! {
        #![proptest_config(cases(128))]

        #[test]
        fn it_is_the_share_of_all_ways_to_name_targets(
            scores in proptest::collection::vec((-3..4_i32).prop_map(f64::from), 2..9),
            which in any::<u16>(),
        ) {
            let targets: Vec<bool> = (0..scores.len()).map(|place| which >> place & 1 == 1).collect();
            let positives = targets.iter().filter(|&&target| target).count();
            let sum = |mask: u16| -> f64 {
                mid_ranks(&scores).iter().enumerate().filter(|(place, _)| mask >> place & 1 == 1).map(|(_, r)| r).sum()
            };
            let observed = sum(which & ((1 << scores.len()) - 1));
            let ways = (0..1_u16 << scores.len()).filter(|mask| mask.count_ones() as usize == positives);
            let (all, high) = ways.fold((0, 0), |(all, high), mask| (all + 1, high + u32::from(sum(mask) >= observed)));
            match p_higher(&scores, &targets).expect("no NaN") {
                Some(p) => prop_assert!((p - f64::from(high) / f64::from(all)).abs() < 1e-12),
                None => prop_assert!(positives == 0 || positives == scores.len()),
            }
        }
    }
}
