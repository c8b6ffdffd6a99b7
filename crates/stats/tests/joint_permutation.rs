//! Agreement of the joint label permutation with NumPy and SciPy, given the same shuffles
//! (tests/golden/joint_permutation.py).

use approx::assert_abs_diff_eq;
use ndarray::{Array2, Axis};
use serde_json::Value;
use stats::StatsError;
use stats::empirical::Alternative;
use stats::joint_test::{joint_test, largest, mean, over_layers, trend};
use stats::labellings::Labellings;
use stats::panel::{NONE, Panel};
use stats::panel_overlap::{Overlap, overlaps};
use stats::selectivity::Rule;

const RULES: [(Rule, &str); 2] = [(Rule::Preprint2023, "preprint-2023"), (Rule::Plos2024, "plos-2024")];

fn golden() -> Value {
    serde_json::from_str(include_str!("../../../tests/golden/joint_permutation.json")).expect("golden values are JSON")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list").as_slice()
}

fn numbers(value: &Value) -> Vec<f64> {
    list(value).iter().map(|number| number.as_f64().expect("a number")).collect()
}

/// The panels of a set, layer by layer.
fn panels(set: &Value) -> Vec<Panel> {
    let digits = |row: &Value| -> Vec<usize> {
        row.as_str().expect("digits").bytes().map(|digit| usize::from(digit - b'0')).collect()
    };
    let rows: Vec<Vec<usize>> = list(&set["labellings"]).iter().map(digits).collect();
    let labellings = Labellings::given(&rows, 3).expect("shuffles of one set");
    let of_layer = |layer: &Value| {
        let rows: Vec<Vec<f64>> = list(layer).iter().map(numbers).collect();
        let responses = Array2::from_shape_fn((rows.len(), rows[0].len()), |(row, column)| rows[row][column] as f32);
        Panel::new(responses.view(), &labellings).expect("valid responses")
    };
    list(&set["layers"]).iter().map(of_layer).collect()
}

#[test]
fn panels_match_numpy() {
    for set in list(&golden()["sets"]) {
        for (layer, panel) in panels(set).iter().enumerate() {
            assert_eq!(panel.labellings(), 41);
            for labelling in 0..panel.labellings() {
                let check = |found: Option<f64>, key: &str| {
                    let expected = numbers(&set[key][labelling])[layer];
                    assert_abs_diff_eq!(found.expect("a channel that varies"), expected, epsilon = 1e-12);
                };
                check(panel.tuning_quality[labelling], "quality");
                check(panel.selectivity_index[labelling], "index");
                for (rule, name) in RULES {
                    let spell = |&category: &u8| if category == NONE { '-' } else { char::from(b'0' + category) };
                    let found: String = panel.accepted(rule, labelling).iter().map(spell).collect();
                    assert_eq!(set["accepted"][name][labelling][layer], found.as_str(), "{name}, {labelling}");
                }
            }
        }
    }
}

#[test]
fn overlaps_match_numpy() {
    let golden = golden();
    let [a, b] = [0, 1].map(|set| panels(&golden["sets"][set]));
    for (rule, name) in RULES {
        for layer in 0..a.len() {
            let found = overlaps(&a[layer], &b[layer], rule).expect("panels that fit");
            for ((labelling, category), overlap) in found.indexed_iter() {
                let expected = &golden["overlaps"][name][labelling][layer][category];
                let counts = [overlap.n_a, overlap.n_b, overlap.n_both];
                assert!((0..3).all(|place| expected[place] == counts[place]), "{expected} {counts:?}");
                for (found, expected) in [(overlap.jaccard, &expected[3]), (overlap.chance, &expected[4])] {
                    assert_eq!(found.is_some(), expected.is_number());
                    let expected = expected.as_f64().unwrap_or(0.0);
                    assert_abs_diff_eq!(found.unwrap_or(0.0), expected, epsilon = 1e-12);
                }
            }
        }
    }
}

#[test]
fn tests_match_numpy() -> Result<(), StatsError> {
    let golden = golden();
    let check = |values: &[Option<f64>], key: &str| -> Result<(), StatsError> {
        let expected = &golden["tests"][key];
        for (alternative, name) in
            [(Alternative::Greater, "greater"), (Alternative::Less, "less"), (Alternative::TwoSided, "two_sided")]
        {
            let found = joint_test(values, alternative)?.expect("a value");
            let close = |found: f64, key: &str| {
                assert_abs_diff_eq!(found, expected[key].as_f64().expect("a number"), epsilon = 1e-12);
            };
            close(found.p, name);
            close(found.observed, "observed");
            close(found.z.expect("spread"), "z");
            close(found.null_mean.expect("shuffles"), "mean");
            let band = [found.null_low, found.null_high].map(|limit| limit.expect("shuffles"));
            assert_abs_diff_eq!(band[..], numbers(&expected["band"])[..], epsilon = 1e-12);
        }
        Ok(())
    };
    let [a, b] = [0, 1].map(|set| panels(&golden["sets"][set]));
    let qualities: Vec<_> = a.iter().map(|panel| panel.tuning_quality.clone()).collect();
    check(&over_layers(&qualities, mean)?, "mean")?;
    check(&over_layers(&qualities, largest)?, "largest")?;
    check(&over_layers(&qualities, trend)?, "trend")?;
    let mut excess = Vec::new();
    for (a, b) in a.iter().zip(&b) {
        let found = overlaps(a, b, Rule::Plos2024)?;
        excess.extend(found.axis_iter(Axis(1)).map(|category| category.iter().map(Overlap::excess).collect()));
    }
    check(&over_layers(&excess, mean)?, "overlap")
}
