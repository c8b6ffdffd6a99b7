//! The p-value of a correlation by Student's t distribution.
//!
//! With ν degrees of freedom and `t = ρ sqrt(ν / (1 − ρ²))`, `P(|T| ≥ |t|) = I_x(ν/2, ½)` for x = 1 − ρ², the
//! regularised incomplete beta function (Abramowitz & Stegun 26.7.1). It is summed as the hypergeometric series 26.5.4,
//! whose terms are all positive, with the beta function built by recurrence: right to about 1e-13 for thousands of
//! degrees of freedom, where differences of log-gamma functions lose two digits more.

use std::f64::consts::PI;

/// Two-sided p of a correlation `rho` with `freedom ≥ 1` degrees of freedom; 0 for a perfect correlation.
pub(crate) fn two_sided_p(rho: f64, freedom: usize) -> f64 {
    let (squared, a) = (rho * rho, freedom as f64 / 2.0);
    let rest = (1.0 - rho) * (1.0 + rho);
    if rest <= 0.0 {
        return 0.0;
    }
    // x^a (1 − x)^½ / B(a, ½)
    let factor = (a * (-squared).ln_1p()).exp() * rho.abs() * gamma_ratio(freedom) / PI.sqrt();
    if squared < 0.5 && squared * (freedom as f64) < 9.0 {
        // A t below 3, where the complement converges faster and nothing cancels yet.
        1.0 - 2.0 * factor * series(a + 0.5, 1.5, squared)
    } else {
        factor / a * series(a + 0.5, a + 1.0, rest)
    }
}

/// `Σ_n (top)_n / (bottom)_n xⁿ` for 0 ≤ x < 1.
fn series(top: f64, bottom: f64, x: f64) -> f64 {
    let (mut sum, mut term, mut n) = (1.0, 1.0, 0.0);
    loop {
        let ratio = (top + n) / (bottom + n) * x;
        term *= ratio;
        sum += term;
        n += 1.0;
        // Ratios only fall towards x, or rise towards it, so what is left is below a geometric series.
        let bound = ratio.max(x);
        if bound < 1.0 && term < f64::EPSILON / 4.0 * (1.0 - bound) * sum {
            return sum;
        }
    }
}

/// `Γ((ν + 1)/2) / Γ(ν/2)`, from ν = 1 or 2 upwards in steps of 2.
fn gamma_ratio(freedom: usize) -> f64 {
    let first = if freedom % 2 == 1 { 1.0 / PI.sqrt() } else { PI.sqrt() / 2.0 };
    let steps = (1..freedom).filter(|below| below % 2 == freedom % 2);
    steps.fold(first, |ratio, below| ratio * (below as f64 + 1.0) / below as f64)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;

    #[test]
    fn extremes() {
        assert_eq!((two_sided_p(1.0, 3), two_sided_p(-1.0, 1)), (0.0, 0.0));
        assert_eq!((two_sided_p(0.0, 1), two_sided_p(0.0, 4000)), (1.0, 1.0));
        let tiny = two_sided_p(0.9, 4000);
        assert!((0.0..1e-300).contains(&tiny));
        // P(|T| > 1.959964) for very many degrees of freedom is that of the normal distribution, up to O(1/ν).
        let t = 1.959_963_984_540_054_f64;
        let freedom = 1_000_000;
        let p = two_sided_p(t / (t * t + freedom as f64).sqrt(), freedom);
        assert!((p - 0.05).abs() < 1e-6, "{p}");
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn few_degrees_of_freedom_have_closed_forms(rho in -0.999..0.999_f64) {
            // Abramowitz & Stegun 26.7.3 and 26.7.4, with sin θ = |ρ| and cos² θ = 1 − ρ².
            let (sine, rest) = (rho.abs(), 1.0 - rho * rho);
            assert_relative_eq!(two_sided_p(rho, 1), 1.0 - 2.0 / PI * sine.asin(), max_relative = 1e-12);
            assert_relative_eq!(two_sided_p(rho, 2), 1.0 - sine, max_relative = 1e-12);
            let four = 1.0 - sine * (1.0 + rest / 2.0);
            prop_assert!((two_sided_p(rho, 4) - four).abs() < 1e-14);
            let six = 1.0 - sine * (1.0 + rest / 2.0 + 3.0 / 8.0 * rest * rest);
            prop_assert!((two_sided_p(rho, 6) - six).abs() < 1e-14);
        }

        #[test]
        fn p_falls_steadily_with_the_correlation(freedom in 1..5000_usize, rho in 0.0..0.99_f64) {
            // Across the change of series too, which lies near t = 3.
            let near_three = 3.0 / (9.0 + freedom as f64).sqrt();
            for rho in [rho, near_three] {
                let (here, beyond) = (two_sided_p(rho, freedom), two_sided_p(rho + 1e-3, freedom));
                prop_assert!((0.0..=1.0).contains(&here) && (beyond < here || here < 1e-300));
            }
        }
    }
}
