//! Sensitivity d′ of a yes-or-no task.
//!
//! `d′ = z(hit rate) − z(false alarm rate)` (Green & Swets 1966) with the log-linear correction of Hautus (1995,
//! Behav Res Methods 27: 46–51): rates are `(hits + ½) / (targets + 1)` and `(false alarms + ½) / (others + 1)`, so
//! that perfect and empty scores stay finite.

use statrs::distribution::{ContinuousCDF, Normal};

use crate::confusion::Confusion;

/// d′ of these counts; `None` when targets or others are absent. 0 is chance, about 4 to 6 is perfect.
///
/// # Examples
/// ```
/// use stats::confusion::Confusion;
/// use stats::dprime::dprime;
///
/// let guessing = Confusion { tp: 5, fn_: 5, fp: 5, tn: 5 };
/// assert_eq!(dprime(&guessing), Some(0.0));
/// ```
pub fn dprime(counts: &Confusion) -> Option<f64> {
    if counts.positives() == 0 || counts.negatives() == 0 {
        return None;
    }
    Some(z(counts.tp, counts.positives()) - z(counts.fp, counts.negatives()))
}

fn z(yes: usize, asked: usize) -> f64 {
    Normal::standard().inverse_cdf((yes as f64 + 0.5) / (asked as f64 + 1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;

    #[test]
    fn absent_classes_have_no_sensitivity() {
        assert_eq!(dprime(&Confusion::default()), None);
        assert_eq!(dprime(&Confusion { tp: 3, fn_: 1, ..Default::default() }), None);
        assert_eq!(dprime(&Confusion { tn: 3, fp: 1, ..Default::default() }), None);
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn sensitivity_is_antisymmetric_and_grows_with_hits(
            (tp, fp, tn, fn_) in (0..200_usize, 0..200_usize, 1..200_usize, 1..200_usize),
        ) {
            let counts = Confusion { tp, fp, tn, fn_ };
            let value = dprime(&counts).expect("both classes");
            prop_assert!(value.is_finite());
            let inverted = dprime(&Confusion { tp: fn_, fp: tn, tn: fp, fn_: tp }).expect("both classes");
            prop_assert!((value + inverted).abs() < 1e-12, "saying no for yes turns the sign");
            let better = dprime(&Confusion { tp: tp + 1, fn_: fn_ - 1, ..counts }).expect("both classes");
            prop_assert!(better > value);
        }
    }
}
