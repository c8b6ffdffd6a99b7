//! Agreement with R, NumPy, SciPy, scikit-learn and statsmodels on what is said of many classes
//! (tests/golden/emonet_stats.py).

mod support;

use approx::{assert_abs_diff_eq, assert_relative_eq};
use ndarray::Array2;
use serde_json::Value;
use stats::agreement::agreement;
use stats::anova::{Effect, Model, TwoWay};
use stats::class_auc::{ClassAuc, class_auc};
use stats::components::{components_for, variance_shares};
use stats::confusion_clusters::{Rule, clusters};
use stats::confusion_matrix::ConfusionMatrix;
use stats::simpls::Simpls;
use stats::top_k::Ranking;
use stats::tsne;
use support::{count, list, number, numbers};

fn golden(topic: &str) -> Value {
    support::topic(include_str!("../../../tests/golden/emonet_stats.json"), topic)
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

fn labels(value: &Value) -> Vec<usize> {
    list(value).iter().map(count).collect()
}

fn confusions(golden: &Value) -> ConfusionMatrix {
    let [truth, predicted] = ["truth", "predicted"].map(|name| labels(&golden[name]));
    ConfusionMatrix::new(&truth, &predicted, count(&golden["classes"])).expect("valid classes")
}

#[test]
fn the_tree_of_confusions_matches_scipy() {
    let golden = golden("confusions");
    let matrix = confusions(&golden);
    let shares: Vec<f64> = matrix.shares().iter().copied().collect();
    assert_abs_diff_eq!(
        shares[..],
        table(&golden["shares"]).iter().copied().collect::<Vec<f64>>()[..],
        epsilon = 1e-15
    );
    let tree = clusters(&matrix, Rule::AgainstAll).expect("several classes").tree;
    for (found, expected) in tree.iter().zip(list(&golden["tree"])) {
        let expected = numbers(expected);
        assert_eq!((found.of.map(|part| part as f64), found.size as f64), ([expected[0], expected[1]], expected[3]));
        assert_abs_diff_eq!(found.height, expected[2], epsilon = 1e-12);
    }
}

#[test]
fn significant_clusters_match_scipy() {
    let golden = golden("confusions");
    let matrix = confusions(&golden);
    for (rule, name, best) in [(Rule::AgainstAll, "against_all", "best"), (Rule::Pairwise, "pairwise", "best_pairwise")]
    {
        let found = clusters(&matrix, rule).expect("several classes");
        assert_eq!(found.best, Some(count(&golden[best])), "{name}");
        assert_eq!(found.cuts.len(), list(&golden["cuts"]).len());
        for (found, expected) in found.cuts.iter().zip(list(&golden["cuts"])) {
            assert_eq!(found.clusters, labels(&expected["labels"]));
            assert_eq!(found.significant, count(&expected[name]["significant"]), "{name}");
            let p: Vec<f64> = found.p.iter().map(|p| p.expect("every cluster has samples")).collect();
            assert_abs_diff_eq!(p[..], numbers(&expected[name]["p"])[..], epsilon = 1e-11);
        }
    }
}

#[test]
fn top_k_and_areas_match_scikit_learn() {
    let golden = golden("top_k");
    let (scores, truth) = (table(&golden["scores"]), labels(&golden["truth"]));
    let ranking = Ranking::new(scores.view(), &truth).expect("valid scores");
    for (k, expected) in (1..).zip(numbers(&golden["plain"])) {
        assert_abs_diff_eq!(ranking.accuracy(k).expect("valid k").plain, expected, epsilon = 1e-14);
    }
    assert_abs_diff_eq!(ranking.accuracy(1).expect("valid k").balanced, number(&golden["balanced"]), epsilon = 1e-14);
    let found = class_auc(scores.view(), &truth).expect("valid scores");
    let [areas, distances] = [|class: &ClassAuc| class.auc, |class: &ClassAuc| class.d]
        .map(|of| found.iter().map(|class| of(class).expect("every class has samples")).collect::<Vec<f64>>());
    assert_abs_diff_eq!(areas[..], numbers(&golden["auc"])[..], epsilon = 1e-14);
    assert_abs_diff_eq!(distances[..], numbers(&golden["d"])[..], epsilon = 1e-9);
}

#[test]
fn principal_components_match_scikit_learn() {
    let golden = golden("components");
    let table = table(&golden["table"]);
    let shares = variance_shares(table.view()).expect("finite").expect("it varies");
    assert_abs_diff_eq!(shares[..], numbers(&golden["shares"])[..], epsilon = 1e-13);
    for (share, expected) in numbers(&golden["wanted"]).into_iter().zip(labels(&golden["components"])) {
        assert_eq!(components_for(table.view(), share), Ok(Some(expected)));
    }
}

#[test]
fn analyses_of_variance_match_statsmodels_and_r() {
    for case in list(&golden("anova")) {
        let interaction = case["interaction"].as_bool().expect("a flag");
        let model = if interaction { Model::Interaction } else { Model::Additive };
        let [a, b] = ["a", "b"].map(|name| labels(&case[name]));
        let counts = [count(&case["levels"][0]), count(&case["levels"][1])];
        let design = TwoWay::new([&a, &b], counts, model).expect("a valid design");
        let found = design.analyse(features(&case["y"]).view()).expect("finite");
        for (found, expected) in found.iter().zip(list(&case["responses"])) {
            let found = found.expect("it varies");
            let mut effects = vec![found.first, found.second];
            effects.extend(found.interaction);
            let compare = |name: &str, of: fn(&Effect) -> f64| {
                let values: Vec<f64> = effects.iter().map(of).collect();
                assert_relative_eq!(values[..], numbers(&expected[name])[..values.len()], max_relative = 1e-9);
                assert!(numbers(&expected[name]).len() <= values.len() + 1);
            };
            compare("sum_of_squares", |effect| effect.sum_of_squares);
            compare("freedom", |effect| effect.freedom as f64);
            compare("f", |effect| effect.f);
            compare("p", |effect| effect.p);
            compare("partial_eta_squared", |effect| effect.partial_eta_squared);
            compare("omega_squared", |effect| effect.omega_squared);
            let [error, freedom] = ["sum_of_squares", "freedom"].map(|name| numbers(&expected[name])[effects.len()]);
            assert_relative_eq!(found.error, error, max_relative = 1e-12);
            assert_abs_diff_eq!(found.error_freedom as f64, freedom);
        }
    }
}

#[test]
fn agreement_matches_scipy() {
    let golden = golden("ratings");
    let found = agreement(&numbers(&golden["x"]), &numbers(&golden["y"])).expect("finite");
    assert_abs_diff_eq!(found.r.expect("both vary"), number(&golden["r"]), epsilon = 1e-14);
    assert_abs_diff_eq!(found.rmse, number(&golden["rmse"]), epsilon = 1e-14);
}
