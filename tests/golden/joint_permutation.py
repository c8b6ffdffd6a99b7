"""Golden values for the joint label permutation of crates/stats, from NumPy and SciPy.

Run:   python tests/golden/joint_permutation.py        (writes joint_permutation.json beside this file)
Needs: numpy, scipy; the versions that were used stand in the file.

Two sets, four layers and 40 shuffles. No two category means of a channel are nearer than 1e-7, so that the order of
sums decides nothing.
"""

import json
import pathlib

import numpy as np
import scipy
import scipy.stats

RANDOM = np.random.default_rng(19930)
SHUFFLES, CHANNELS = 40, (6, 9, 11, 16)
RULES = ("preprint-2023", "plos-2024")
LOADINGS = [RANDOM.normal(size=(2, channels)) for channels in CHANNELS]


def picture_set(sizes):
    labels = RANDOM.permutation(np.repeat([0, 1, 2], sizes))
    factors = RANDOM.normal(size=(len(labels), 2)) + 0.4 * np.eye(3)[labels][:, :2]
    layers = []
    for depth, loadings in enumerate(LOADINGS):
        noise = RANDOM.normal(size=(len(labels), loadings.shape[1]))
        responses = np.maximum(factors @ loadings * (0.5 + 0.3 * depth) + noise + 1, 0).round(5).astype(np.float32)
        responses[:, 3] = 0.25
        layers.append(responses)
    labellings = [labels] + [RANDOM.permutation(labels) for _ in range(SHUFFLES)]
    return layers, labellings


def judged(responses, labels):
    """Layer means of tuning quality and selectivity index, and the accepted category of each channel by both rules."""
    data = responses.astype(np.float64)
    varies = np.ptp(data, axis=0) > 0
    groups = [data[labels == category] for category in range(3)]
    means = np.array([group.mean(axis=0) for group in groups])
    top = np.sort(means[:, varies], axis=0)
    assert (top[2] - top[1]).min() > 1e-7
    with np.errstate(divide="ignore", invalid="ignore"):
        quality = abs((means - data.mean(axis=0)) / data.std(axis=0)).max(axis=0)
        deviation = np.sqrt(sum(group.var(axis=0) for group in groups) / 2)
        others = (means.sum(axis=0) - means) / 2
        index = ((means - others) / deviation).max(axis=0)
    preferred = np.where(varies, means.argmax(axis=0), -1)
    strict = preferred.copy()
    strict[np.argsort(np.where(varies, index, np.inf))[: varies.sum() // 5]] = -1
    return float(quality[varies].mean()), float(index[varies].mean()), (preferred, strict)


def chance(channels, n_a, n_b):
    k = np.arange(min(n_a, n_b) + 1)
    return float((scipy.stats.hypergeom.pmf(k, channels, n_a, n_b) * k / (n_a + n_b - k)).sum())


def overlap(a, b):
    rows = []
    for category in range(3):
        of_a, of_b = a == category, b == category
        both, either = int((of_a & of_b).sum()), int((of_a | of_b).sum())
        n = int(of_a.sum()), int(of_b.sum())
        rows.append([*n, both, both / either if either else None, chance(len(a), *n) if either else None])
    return rows


def tested(values):
    observed, null = values[0], np.array(values[1:])
    tolerance = 1e-12 * abs(observed)
    greater = (1 + (null >= observed - tolerance).sum()) / (len(null) + 1)
    less = (1 + (null <= observed + tolerance).sum()) / (len(null) + 1)
    return {
        "observed": observed, "greater": greater, "less": less, "two_sided": min(1.0, 2 * min(greater, less)),
        "z": (observed - null.mean()) / null.std(ddof=1), "mean": null.mean(),
        "band": np.quantile(null, [0.025, 0.975]).tolist(),
    }


def main():
    sets = [picture_set((9, 12, 10)), picture_set((8, 8, 11))]
    found = [[[judged(layer, labels) for layer in layers] for labels in labellings] for layers, labellings in sets]
    overlaps = {
        rule: [[overlap(a[2][number], b[2][number]) for a, b in zip(*rows)] for rows in zip(*found)]
        for number, rule in enumerate(RULES)
    }
    excess = [[jaccard - expected for layer in row for *_, jaccard, expected in layer if jaccard is not None]
              for row in overlaps["plos-2024"]]
    qualities = [[layer[0] for layer in row] for row in found[0]]
    spell = lambda accepted: "".join("-" if category < 0 else str(category) for category in accepted)
    described = [{
        "layers": [[[float(str(value)) for value in row] for row in layer] for layer in layers],
        "labellings": ["".join(map(str, labels)) for labels in labellings],
        "quality": [[layer[0] for layer in row] for row in results],
        "index": [[layer[1] for layer in row] for row in results],
        "accepted": {rule: [[spell(layer[2][number]) for layer in row] for row in results]
                     for number, rule in enumerate(RULES)},
    } for (layers, labellings), results in zip(sets, found)]
    depth = range(len(CHANNELS))
    golden = {
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__},
        "sets": described,
        "overlaps": overlaps,
        "tests": {
            "mean": tested([float(np.mean(row)) for row in qualities]),
            "largest": tested([max(row) for row in qualities]),
            "trend": tested([float(scipy.stats.spearmanr(depth, row).statistic) for row in qualities]),
            "overlap": tested([float(np.mean(row)) for row in excess]),
        },
    }
    path = pathlib.Path(__file__).with_name("joint_permutation.json")
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
