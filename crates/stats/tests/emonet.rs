//! Agreement with R, NumPy, SciPy, scikit-learn and statsmodels on what is said of many classes
//! (tests/golden/emonet_stats.py).

use approx::assert_abs_diff_eq;
use ndarray::Array2;
use serde_json::Value;
use stats::simpls::Simpls;
use stats::tsne;

fn golden(topic: &str) -> Value {
    let text = include_str!("../../../tests/golden/emonet_stats.json");
    let mut all: Value = serde_json::from_str(text).expect("golden values are JSON");
    all[topic].take()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list").as_slice()
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn numbers(value: &Value) -> Vec<f64> {
    list(value).iter().map(number).collect()
}

fn count(value: &Value) -> usize {
    value.as_u64().expect("a count") as usize
}

fn table(value: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = list(value).iter().map(numbers).collect();
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(row, column)| rows[row][column])
}

fn features(value: &Value) -> Array2<f32> {
    table(value).mapv(|value| value as f32)
}

#[test]
fn simpls_matches_r() {
    for case in list(&golden("simpls")) {
        let (x, y) = (features(&case["x"]), table(&case["y"]));
        for fit in list(&case["fits"]) {
            let fitted = Simpls::fit(x.view(), y.view(), count(&fit["components"])).expect("finite");
            assert_eq!(fitted.components, count(&fit["components"]));
            let expected = table(&fit["coefficients"]);
            let (intercept, coefficients) = (expected.row(x.ncols()), expected.slice(ndarray::s![..x.ncols(), ..]));
            assert_abs_diff_eq!(fitted.intercept[..], intercept.to_vec()[..], epsilon = 1e-9);
            let found: Vec<f64> = fitted.coefficients.iter().copied().collect();
            let coefficients: Vec<f64> = coefficients.iter().copied().collect();
            assert_abs_diff_eq!(found[..], coefficients[..], epsilon = 1e-9);
        }
    }
}

fn places(value: &Value) -> Vec<[f64; 2]> {
    list(value).iter().map(|place| [number(&place[0]), number(&place[1])]).collect()
}

#[test]
fn affinities_match_scikit_learn() {
    let golden = golden("tsne");
    let found = tsne::affinities(features(&golden["points"]).view(), 30.0).expect("enough points");
    let expected = table(&golden["affinities"]);
    for (point, expected) in expected.rows().into_iter().enumerate() {
        // scikit-learn ends its search at an entropy within 1e-5; affinities are at most 6e-4.
        assert_abs_diff_eq!(found.row(point).to_vec()[..], expected.to_vec()[..], epsilon = 1e-7);
    }
}

#[test]
fn the_first_iterations_match_numpy() {
    let golden = golden("tsne");
    let early = &golden["early"];
    let settings = tsne::Settings {
        iterations: count(&early["iterations"]),
        exaggerated: count(&early["exaggerated"]),
        switch: count(&early["switch"]),
        ..tsne::MATLAB
    };
    let map = tsne::embed_from(features(&golden["points"]).view(), &settings, &places(&golden["start"]));
    let (found, expected) = (map.expect("enough points").places, places(&golden["map"]));
    let largest = expected.as_flattened().iter().fold(0.0, |largest: f64, place| largest.max(place.abs()));
    assert!(largest > 1.0, "by then both have gone far from the start: {largest}");
    // Rounding errors grow with every step, faster than the map does.
    let differences = found.as_flattened().iter().zip(expected.as_flattened()).map(|(a, b)| (a - b).abs());
    let difference = differences.fold(0.0, f64::max);
    assert!(difference < 1e-8 * largest, "{difference} of {largest}");
}

#[test]
fn the_divergence_matches_scikit_learn() {
    let golden = golden("tsne");
    // Where scikit-learn ends exaggeration it changes the momentum, both after 250 iterations.
    let settings = tsne::Settings { exaggerated: 250, ..tsne::MATLAB };
    for (first, expected) in numbers(&golden["divergences"]).into_iter().enumerate() {
        let mut start = places(&golden["start"]);
        start.rotate_right(first);
        let map = tsne::embed_from(features(&golden["points"]).view(), &settings, &start).expect("enough points");
        assert!((map.divergence / expected - 1.0).abs() < 0.05, "{} and {expected}", map.divergence);
    }
}
