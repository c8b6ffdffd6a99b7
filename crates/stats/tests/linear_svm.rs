//! Agreement with scikit-learn's LinearSVC (LIBLINEAR), run to convergence (tests/golden/linear_svm.py).
//!
//! Both minimise the same function, whose minimum is unique. LIBLINEAR stops at a tolerance of 1e-9 in the derivative of
//! its dual, which leaves about its root in the weights. LIBSVM's intercept is free, which moves an observation that is
//! nearly on the plane.

mod support;

use approx::{assert_abs_diff_eq, assert_relative_eq};
use ndarray::Array2;
use stats::linear_svm::LinearSvm;
use support::{count, list, number, numbers, topic};

#[test]
fn planes_match_scikit_learn() {
    let cases = topic(include_str!("../../../tests/golden/linear_svm.json"), "cases");
    for case in list(&cases) {
        let rows: Vec<Vec<f64>> = list(&case["features"]).iter().map(numbers).collect();
        let features = Array2::from_shape_fn((rows.len(), rows[0].len()), |(row, column)| rows[row][column]);
        let positive: Vec<bool> = list(&case["positive"]).iter().map(|flag| count(flag) == 1).collect();
        let fit = |tolerance| {
            let svm = LinearSvm { tolerance, ..LinearSvm::default() };
            svm.fit(features.view(), &positive, &numbers(&case["costs"])).expect("finite")
        };
        let found = fit(1e-12);
        assert!(found.converged, "{}: {found:?}", case["name"]);
        assert_relative_eq!(found.primal, number(&case["objective"]), max_relative = 1e-7);
        for (weight, expected) in found.weights.iter().zip(numbers(&case["weights"])) {
            assert_abs_diff_eq!(*weight, expected, epsilon = 1e-5);
        }
        assert_abs_diff_eq!(found.intercept, number(&case["intercept"]), epsilon = 1e-5);
        // With the tolerance that decoding uses, the same observations fall on the same sides, but for one on the plane.
        let usual = fit(LinearSvm::default().tolerance);
        let same = rows.iter().filter(|row| (usual.margin(row) > 0.0) == (found.margin(row) > 0.0)).count();
        assert!(same + 1 >= rows.len(), "{}: {same} of {}", case["name"], rows.len());
        let libsvm = list(&case["libsvm_positive"]).iter().map(|flag| count(flag) == 1);
        let same = rows.iter().zip(libsvm).filter(|(row, side)| (found.margin(row) > 0.0) == *side).count();
        assert!(same + 1 >= rows.len(), "{}: LIBSVM sorts {same} of {} alike", case["name"], rows.len());
    }
}
