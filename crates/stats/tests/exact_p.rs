//! p-values against exact counts and against SciPy on tied data (tests/golden/exact_p.py).

use approx::{assert_abs_diff_eq, assert_relative_eq};
use serde_json::Value;
use stats::StatsError;
use stats::empirical::{Alternative, Draws};
use stats::hypergeometric::ChanceOverlap;
use stats::spearman::spearman;

const ALTERNATIVES: [(Alternative, &str); 3] =
    [(Alternative::Less, "less"), (Alternative::Greater, "greater"), (Alternative::TwoSided, "two-sided")];

fn golden(topic: &str) -> Vec<Value> {
    let text = include_str!("../../../tests/golden/exact_p.json");
    let all: Value = serde_json::from_str(text).expect("golden values are JSON");
    all[topic].as_array().expect("a list").clone()
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(number).collect()
}

#[test]
fn rank_correlations_have_the_p_of_all_pairings() -> Result<(), StatsError> {
    for case in golden("pairings") {
        let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
        for (x, y) in [(&x, &y), (&y, &x)] {
            let found = spearman(x, y, 1)?.expect("not constant");
            assert_abs_diff_eq!(found.rho, number(&case["rho"]), epsilon = 1e-12);
            assert_relative_eq!(found.p, number(&case["p"]), max_relative = 1e-12, epsilon = 0.0);
        }
    }
    Ok(())
}

#[test]
fn too_many_pairings_are_sampled_by_the_seed() -> Result<(), StatsError> {
    let (x, y): (Vec<f64>, Vec<f64>) = (0..24).map(|i| (f64::from(i), f64::from(i * 7 % 24 + i / 2))).unzip();
    let p = |seed| spearman(&x, &y, seed).map(|found| found.expect("not constant").p);
    assert_eq!(p(1)?, p(1)?);
    assert_ne!(p(1)?, p(2)?);
    // Both have a standard error of .0016 at most, which five times their difference's makes .011.
    assert_abs_diff_eq!(p(1)?, p(2)?, epsilon = 0.011);
    Ok(())
}

#[test]
fn tied_draws_have_the_p_of_scipy() -> Result<(), StatsError> {
    for case in golden("two_groups") {
        let null = numbers(&case["null"]);
        for (alternative, key) in ALTERNATIVES {
            let p = Draws::new(number(&case["observed"]), &null)?.p(alternative);
            assert_abs_diff_eq!(p, number(&case[key]), epsilon = 1e-15);
        }
    }
    Ok(())
}

#[test]
fn far_tails_of_overlaps_match_fractions() -> Result<(), StatsError> {
    for case in golden("overlaps") {
        let [channels, n_a, n_b, n_both] =
            ["channels", "n_a", "n_b", "n_both"].map(|key| case[key].as_u64().expect("a count") as usize);
        let p = ChanceOverlap::new(channels, n_a, n_b)?.p_at_least(n_both);
        assert_relative_eq!(p, number(&case["p"]), max_relative = 1e-11, epsilon = 0.0);
    }
    Ok(())
}
