"""Golden values for crates/stats, from NumPy, SciPy, scikit-learn and exact rational arithmetic.

Run:   python tests/golden/stats.py        (writes stats.json beside this file)
Needs: numpy, scipy, scikit-learn; the versions that were used stand in the file.
"""

import json
import math
import pathlib
from fractions import Fraction

import numpy as np
import scipy
import scipy.stats
import sklearn
import sklearn.metrics

RANDOM = np.random.default_rng(20240320)


def picture_set(shift):
    """40 pictures, 24 channels: rectified noise, tuned by a varying amount; two constant channels, one far offset."""
    labels = RANDOM.permutation(np.repeat([0, 1, 2], [11, 16, 13]))
    channels = 24
    responses = RANDOM.normal(0.4, 1.0, (40, channels))
    for channel in range(channels):
        emotion = (channel + (channel % 5 == 0) * shift) % 3
        responses[labels == emotion, channel] += channel / channels
    responses = np.maximum(responses, 0).round(3)
    responses[:, 4] = 0.0
    responses[:, 9] = 0.1
    responses[:, 17] += 1000.0
    return responses.astype(np.float32), labels


def moments(responses, labels):
    data = responses.astype(np.float64)
    constant = np.ptp(responses, axis=0) == 0
    groups = [data[labels == emotion] for emotion in range(3)]
    means = np.array([group.mean(axis=0) for group in groups])
    with np.errstate(divide="ignore", invalid="ignore"):
        tuning = (means - data.mean(axis=0)) / data.std(axis=0)
        pooled = np.sqrt(sum(group.var(axis=0) for group in groups) / 2)
        others = np.array([np.delete(means, emotion, axis=0).mean(axis=0) for emotion in range(3)])
        dprime = (means - others) / pooled
    return constant, tuning, dprime


def selective(sets, rule):
    chosen = []
    for responses, labels in sets:
        constant, tuning, dprime = moments(responses, labels)
        if rule == "preprint-2023":
            preferred = np.where(constant, -1, tuning.argmax(axis=0))
        else:
            preferred = np.where(constant, -1, dprime.argmax(axis=0))
            index = np.where(constant, np.inf, dprime.max(axis=0))
            preferred[np.argsort(index)[: (~constant).sum() // 5]] = -1
        chosen.append(preferred)
    return [np.flatnonzero(np.all(np.array(chosen) == emotion, axis=0)).tolist() for emotion in range(3)]


def selectivity():
    sets = [picture_set(0), picture_set(1)]
    described = []
    for responses, labels in sets:
        constant, tuning, dprime = moments(responses, labels)
        keep = [None if off else True for off in constant]
        described.append({
            "responses": [[float(str(value)) for value in row] for row in responses],
            "labels": labels.tolist(),
            "tuning": [k and column.tolist() for k, column in zip(keep, tuning.T)],
            "quality": [k and float(abs(column).max()) for k, column in zip(keep, tuning.T)],
            "preferred": [k and int(column.argmax()) for k, column in zip(keep, tuning.T)],
            "dprime": [k and column.tolist() for k, column in zip(keep, dprime.T)],
        })
    rules = {rule: selective(sets, rule) for rule in ("preprint-2023", "plos-2024")}
    return {"sets": described, "selective": rules}


def detection():
    cases = []
    for size, share, gain, digits in [(12, 0.5, 1.0, 1), (257, 0.29, 0.8, 1), (257, 0.38, 0.0, 0), (90, 0.1, 2.0, 6), (40, 0.3, -9.0, 2)]:
        targets = RANDOM.random(size) < share
        scores = (RANDOM.normal(size=size) + gain * targets).round(digits)
        answers = scores > 0.5
        tn, fp, fn, tp = (int(n) for n in sklearn.metrics.confusion_matrix(targets, answers).ravel())
        z = scipy.stats.norm.ppf
        cases.append({
            "targets": targets.tolist(),
            "scores": scores.tolist(),
            "answers": answers.tolist(),
            "counts": [tp, fp, tn, fn],
            "f1": sklearn.metrics.f1_score(targets, answers, zero_division=0),
            "accuracy": sklearn.metrics.accuracy_score(targets, answers),
            "balanced_accuracy": sklearn.metrics.balanced_accuracy_score(targets, answers),
            "f1_always_yes": sklearn.metrics.f1_score(targets, np.ones(size, bool)),
            "auc": sklearn.metrics.roc_auc_score(targets, scores),
            "dprime": z((tp + 0.5) / (tp + fn + 1)) - z((fp + 0.5) / (fp + tn + 1)),
        })
    assert any(case["counts"][0] == 0 for case in cases), "one case without hits"
    return cases


def empirical():
    cases = []
    for size, observed in [(100, 1.3), (100, -2.1), (19, 0.0), (999, 4.0)]:
        null = RANDOM.normal(size=size).round(1)
        result = {"observed": observed, "null": null.tolist()}
        for alternative in ("less", "greater", "two-sided"):
            # The statistic of the "sample" is the observed value, that of the draws the null.
            test = scipy.stats.monte_carlo_test(
                [observed, observed], lambda size: np.stack([null, null], axis=-1), lambda x, axis: x.mean(axis=axis),
                n_resamples=size, alternative=alternative)
            result[alternative] = float(test.pvalue)
        result["z"] = (observed - null.mean()) / null.std(ddof=1)
        other = RANDOM.normal(0.5, size=20).round(1)
        u = scipy.stats.mannwhitneyu(other, null).statistic
        result["other"] = other.tolist()
        result["delta"] = 2 * u / (len(other) * size) - 1
        cases.append(result)
    return cases


def overlaps():
    cases = []
    for channels, n_a, n_b, n_both in [
        (64, 10, 12, 1), (64, 10, 12, 5), (64, 30, 40, 6), (64, 30, 40, 24), (128, 0, 7, 0), (256, 70, 81, 23),
        (256, 70, 81, 70), (512, 130, 150, 39), (512, 130, 150, 80), (512, 256, 256, 256), (512, 500, 490, 478),
        (4224, 900, 1100, 300), (4224, 20, 30, 3),
    ]:
        total = math.comb(channels, n_b)
        mass = {k: Fraction(math.comb(n_a, k) * math.comb(channels - n_a, n_b - k), total)
                for k in range(max(0, n_a + n_b - channels), min(n_a, n_b) + 1)}
        p = float(sum(mass[k] for k in mass if k >= n_both))
        theirs = scipy.stats.hypergeom.sf(n_both - 1, channels, n_a, n_b)
        assert math.isclose(p, theirs, rel_tol=1e-10), (channels, n_a, n_b, n_both, p, theirs)
        chance = float(sum(mass[k] * Fraction(k, n_a + n_b - k) for k in mass))
        cases.append({"channels": channels, "n_a": n_a, "n_b": n_b, "n_both": n_both, "p": p, "jaccard": chance})
    return cases


def scrambled(size, ties):
    """Pairs that Rust makes again from these two numbers."""
    return np.arange(size), np.array([i * 7919 % size // ties for i in range(size)])


def correlations():
    cases = []
    for size, slope, digits in [(13, 0.1, 6), (13, -0.4, 6), (40, 0.02, 0), (300, 0.003, 1), (5, 9.0, 6), (4, 0.0, 1)]:
        x = np.arange(size) // (1 if size < 40 else 3)
        y = (RANDOM.normal(size=size) + slope * np.arange(size)).round(digits)
        result = scipy.stats.spearmanr(x, y)
        cases.append({"x": x.tolist(), "y": y.tolist(), "rho": result.statistic})
    large = []
    for size, ties in [(500, 1), (500, 40), (1300, 3)]:
        result = scipy.stats.spearmanr(*scrambled(size, ties))
        large.append({"size": size, "ties": ties, "rho": result.statistic})
    return {"cases": cases, "scrambled": large}


def families():
    cases = []
    for p in [RANDOM.random(78) ** 3, RANDOM.random(5), np.repeat(RANDOM.random(10).round(2), 3),
              np.array([0.0, 1.0, 0.05, 0.05, 1e-300])]:
        cases.append({"p": p.tolist(), "q": scipy.stats.false_discovery_control(p).tolist()})
    return cases


def quantiles():
    values = RANDOM.normal(size=37)
    at = [0.0, 0.025, 0.31, 0.5, 0.975, 1.0]
    return {"values": values.tolist(), "at": at, "quantiles": np.quantile(values, at).tolist()}


def bootstrap():
    differences = RANDOM.gamma(1.0, 1.0, 60) - 0.8
    ci = scipy.stats.bootstrap((differences,), np.mean, n_resamples=400_000, batch=10_000, method="percentile",
                               random_state=np.random.default_rng(1)).confidence_interval
    return {"differences": differences.tolist(), "low": ci.low, "high": ci.high, "standard_error": differences.std() / 60**0.5}


if __name__ == "__main__":
    golden = {
        "made_with": {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__},
        "selectivity": selectivity(),
        "detection": detection(),
        "empirical": empirical(),
        "overlaps": overlaps(),
        "correlations": correlations(),
        "families": families(),
        "quantiles": quantiles(),
        "bootstrap": bootstrap(),
    }
    lines = ",\n".join(f'"{key}": {json.dumps(value, separators=(",", ":"), allow_nan=False)}' for key, value in golden.items())
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text("{\n" + lines + "\n}\n")
