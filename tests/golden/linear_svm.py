"""Golden values for crates/stats/src/linear_svm.rs, from scikit-learn's LinearSVC (LIBLINEAR) run to convergence.

Run:   python tests/golden/linear_svm.py       (writes linear_svm.json beside this file)
Needs: numpy, scikit-learn; the versions that were used stand in the file.

Each case has more observations than features or fewer, classes that cannot be separated or can, and a cost per observation.
`libsvm_positive` are the sides that scikit-learn's SVC (LIBSVM's C-SVC, linear kernel) gives to the same observations: its
intercept is free, and nothing else differs.
"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.svm import SVC, LinearSVC

RANDOM = np.random.default_rng(20080705)


def case(name, rows, columns, signal, balanced):
    labels = RANDOM.random(rows) < 0.35
    features = RANDOM.normal(size=(rows, columns)) + signal * labels[:, None] * RANDOM.normal(size=columns)
    features = ((features - features.mean(0)) / features.std(0)).round(6)
    shares = rows / (2 * np.array([(~labels).sum(), labels.sum()]))
    costs = shares[labels.astype(int)] if balanced else np.ones(rows)
    linear = LinearSVC(loss="hinge", C=1.0, tol=1e-9, max_iter=50_000_000, random_state=1)
    linear.fit(features, labels, sample_weight=costs)
    libsvm = SVC(kernel="linear", C=1.0, tol=1e-8).fit(features, labels, sample_weight=costs)
    weights, intercept = linear.coef_[0], linear.intercept_[0]
    margins = np.where(labels, 1, -1) * (features @ weights + intercept)
    objective = 0.5 * (weights @ weights + intercept**2) + costs @ np.maximum(0, 1 - margins)
    return {
        "name": name,
        "features": features.tolist(),
        "positive": labels.astype(int).tolist(),
        "costs": costs.tolist(),
        "weights": weights.tolist(),
        "intercept": intercept,
        "objective": objective,
        "libsvm_positive": [int(side) for side in libsvm.predict(features)],
    }, libsvm


def main():
    cases = [
        case("noise", 90, 4, 0.0, True),
        case("overlapping classes", 120, 6, 0.7, True),
        case("more features than observations", 15, 30, 0.5, False),
        case("separable", 40, 3, 6.0, True),
        case("one feature", 60, 1, 0.8, True),
    ]
    found = {"numpy": np.__version__, "scikit-learn": sklearn.__version__, "cases": [one for one, _ in cases]}
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(found) + "\n")
    for one, libsvm in cases:
        difference = np.abs(libsvm.coef_[0] - one["weights"]).max()
        print(one["name"], "largest difference from LIBSVM's weights", difference)
        print("  intercepts", one["intercept"], libsvm.intercept_[0])


if __name__ == "__main__":
    main()
