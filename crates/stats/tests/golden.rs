//! Agreement with NumPy, SciPy, scikit-learn and exact rational arithmetic (tests/golden/stats.py).
//!
//! Both sides compute in f64 with sums in different orders, so values of order 1 agree to about 1e-13; the tolerances
//! leave a decimal or more above that. Overlap p-values span 150 decades and are compared relatively, against exact
//! fractions.

mod support;

use approx::{assert_abs_diff_eq, assert_relative_eq};
use ndarray::Array2;
use serde_json::Value;
use stats::bootstrap::Bootstrap;
use stats::confusion::Confusion;
use stats::empirical::{Alternative, Draws, cliffs_delta};
use stats::hypergeometric::ChanceOverlap;
use stats::selectivity::Rule;
use stats::spearman::spearman;
use stats::{Moments, StatsError};
use support::{count, list, number, numbers};

fn golden(topic: &str) -> Value {
    support::topic(include_str!("../../../tests/golden/stats.json"), topic)
}

fn counts(value: &Value) -> Vec<usize> {
    list(value).iter().map(count).collect()
}

fn flags(value: &Value) -> Vec<bool> {
    list(value).iter().map(|flag| flag.as_bool().expect("a flag")).collect()
}

fn moments(set: &Value) -> Moments {
    let rows: Vec<Vec<f64>> = list(&set["responses"]).iter().map(numbers).collect();
    let responses = Array2::from_shape_fn((rows.len(), rows[0].len()), |(row, column)| rows[row][column] as f32);
    Moments::new(responses.view(), &counts(&set["labels"]), 3).expect("valid responses")
}

#[test]
fn tuning_and_selectivity_index_match_numpy() {
    for set in list(&golden("selectivity")["sets"]) {
        let moments = moments(set);
        let tuning = stats::tuning::tuning(&moments);
        let selectivity = stats::selectivity_index::selectivity_index(&moments).expect("three categories");
        assert_eq!(tuning.iter().filter(|channel| channel.is_none()).count(), 2, "two constant channels");
        for (channel, (tuning, selectivity)) in tuning.iter().zip(&selectivity).enumerate() {
            assert_eq!(tuning.is_none(), set["tuning"][channel].is_null(), "channel {channel}");
            assert_eq!(selectivity.is_none(), set["dprime"][channel].is_null(), "channel {channel}");
            let (Some(tuning), Some(selectivity)) = (tuning, selectivity) else { continue };
            assert_abs_diff_eq!(tuning.values[..], numbers(&set["tuning"][channel])[..], epsilon = 1e-10);
            assert_abs_diff_eq!(tuning.quality, number(&set["quality"][channel]), epsilon = 1e-10);
            assert_eq!(tuning.preferred, count(&set["preferred"][channel]), "channel {channel}");
            assert_abs_diff_eq!(selectivity.values[..], numbers(&set["dprime"][channel])[..], epsilon = 1e-10);
        }
    }
}

#[test]
fn selective_channels_match_numpy() {
    let golden = golden("selectivity");
    let sets: Vec<Moments> = list(&golden["sets"]).iter().map(moments).collect();
    let sets: Vec<&Moments> = sets.iter().collect();
    for (rule, name) in [(Rule::Preprint2023, "preprint-2023"), (Rule::Plos2024, "plos-2024")] {
        let expected: Vec<Vec<usize>> = list(&golden["selective"][name]).iter().map(counts).collect();
        assert!(expected.iter().all(|channels| !channels.is_empty()), "{name} selects for every emotion");
        assert_eq!(rule.select(&sets), Ok(expected), "{name}");
    }
}

#[test]
fn detection_matches_scikit_learn() {
    for case in list(&golden("detection")) {
        let targets = flags(&case["targets"]);
        let found: Confusion = targets.iter().copied().zip(flags(&case["answers"])).collect();
        assert_eq!([found.tp, found.fp, found.tn, found.fn_].to_vec(), counts(&case["counts"]));
        let check = |value: Option<f64>, key: &str| {
            assert_abs_diff_eq!(value.expect("both classes occur"), number(&case[key]), epsilon = 1e-12);
        };
        check(Some(found.f1()), "f1");
        check(found.accuracy(), "accuracy");
        check(found.balanced_accuracy(), "balanced_accuracy");
        check(Some(found.f1_always_yes()), "f1_always_yes");
        check(stats::roc::auc(&numbers(&case["scores"]), &targets).expect("numbers"), "auc");
        check(stats::dprime::dprime(&found), "dprime");
    }
}

#[test]
fn empirical_tests_match_scipy() -> Result<(), StatsError> {
    for case in list(&golden("empirical")) {
        let null = numbers(&case["null"]);
        let draws = Draws::new(number(&case["observed"]), &null)?;
        for (alternative, key) in
            [(Alternative::Less, "less"), (Alternative::Greater, "greater"), (Alternative::TwoSided, "two-sided")]
        {
            assert_abs_diff_eq!(draws.p(alternative), number(&case[key]), epsilon = 1e-15);
        }
        assert_abs_diff_eq!(draws.z().expect("spread"), number(&case["z"]), epsilon = 1e-12);
        let delta = cliffs_delta(&numbers(&case["other"]), &null)?;
        assert_abs_diff_eq!(delta, number(&case["delta"]), epsilon = 1e-12);
    }
    Ok(())
}

#[test]
fn overlaps_match_exact_fractions() {
    for case in list(&golden("overlaps")) {
        let size = |key: &str| count(&case[key]);
        let overlap = ChanceOverlap::new(size("channels"), size("n_a"), size("n_b")).expect("sets fit");
        assert_relative_eq!(
            overlap.p_at_least(size("n_both")),
            number(&case["p"]),
            max_relative = 1e-10,
            epsilon = 0.0
        );
        let jaccard = overlap.jaccard().expect("not both empty");
        assert_relative_eq!(jaccard, number(&case["jaccard"]), max_relative = 1e-10, epsilon = 0.0);
    }
}

#[test]
fn spearman_matches_scipy() -> Result<(), StatsError> {
    let check = |x: &[f64], y: &[f64], case: &Value| -> Result<(), StatsError> {
        let found = spearman(x, y, 1)?.expect("not constant");
        assert_abs_diff_eq!(found.rho, number(&case["rho"]), epsilon = 1e-12);
        Ok(())
    };
    let golden = golden("correlations");
    for case in list(&golden["cases"]) {
        check(&numbers(&case["x"]), &numbers(&case["y"]), case)?;
    }
    for case in list(&golden["scrambled"]) {
        let (size, ties) = (count(&case["size"]), count(&case["ties"]));
        let x: Vec<f64> = (0..size).map(|i| i as f64).collect();
        let y: Vec<f64> = (0..size).map(|i| (i * 7919 % size / ties) as f64).collect();
        check(&x, &y, case)?;
    }
    Ok(())
}

#[test]
fn q_values_match_scipy() -> Result<(), StatsError> {
    for case in list(&golden("families")) {
        let found = stats::benjamini_hochberg::q_values(&numbers(&case["p"]))?;
        assert_abs_diff_eq!(found[..], numbers(&case["q"])[..], epsilon = 1e-12);
    }
    Ok(())
}

#[test]
fn quantiles_match_numpy() -> Result<(), StatsError> {
    let golden = golden("quantiles");
    let at: [f64; 6] = numbers(&golden["at"]).try_into().expect("six probabilities");
    let found = stats::quantile::quantiles(&numbers(&golden["values"]), at)?;
    assert_abs_diff_eq!(found[..], numbers(&golden["quantiles"])[..], epsilon = 1e-14);
    Ok(())
}

#[test]
fn bootstrap_interval_matches_scipy() -> Result<(), StatsError> {
    let golden = golden("bootstrap");
    let interval = Bootstrap { resamples: 400_000, seed: 1 }.mean(&numbers(&golden["differences"]))?;
    // A quantile of B = 400,000 resamples has a standard error of sqrt(.025 · .975 / B) / φ(1.96) = 0.0042 standard
    // errors of the mean; SciPy's has the same. Five times their difference's:
    let tolerance = 5.0 * 2_f64.sqrt() * 0.0042 * number(&golden["standard_error"]);
    assert_abs_diff_eq!(interval.low, number(&golden["low"]), epsilon = tolerance);
    assert_abs_diff_eq!(interval.high, number(&golden["high"]), epsilon = tolerance);
    Ok(())
}
