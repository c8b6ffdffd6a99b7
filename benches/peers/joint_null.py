"""The joint label permutation of all layers of two sets: this program against NumPy's matrix products.

    cargo build --release -p stats --example joint_null
    python benches/peers/joint_null.py TARGET/release/examples/joint_null [--pictures 2137] [--shuffles 1000]

(needs numpy, scipy). Both compute, for every labelling and layer, mean tuning quality, mean selectivity index, the
channels that both rules accept, and their overlap above exact chance, from the same responses and the same shuffles; the
results are compared. NumPy: sums of all labellings at once, one product per category but the last, whose sums follow
from the total, and one product for the variances. The programs run in turn, three rounds; CPU time counts all threads.
"""

import argparse
import os
import pathlib
import resource
import subprocess
import tempfile
import time

import numpy as np
import scipy.stats

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("ours", type=pathlib.Path)
parser.add_argument("--pictures", type=int, default=2137)
parser.add_argument("--shuffles", type=int, default=1000)
parser.add_argument("--rounds", type=int, default=3)
options = parser.parse_args()

CHANNELS = [64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512]
RANDOM = np.random.default_rng(0)


def judged(responses, members):
    """Per labelling: mean quality, mean index, accepted categories by both rules. Members: 0/1 per category."""
    data = responses.astype(np.float64)
    z = (data - data.mean(axis=0)) / data.std(axis=0)
    counts = [of_category[0].sum() for of_category in members]
    sums = [of_category @ z for of_category in members[:-1]]
    sums.append(-sum(sums))
    means = np.stack([of_category / count for of_category, count in zip(sums, counts)])
    weights = sum(of_category / count for of_category, count in zip(members, counts))
    deviation = np.sqrt((weights @ z**2 - (means**2).sum(axis=0)) / 2)
    index = ((means - (means.sum(axis=0) - means) / 2) / deviation).max(axis=0)
    preferred = means.argmax(axis=0)
    strict = preferred.copy()
    lowest = np.argpartition(index, index.shape[1] // 5, axis=1)[:, : index.shape[1] // 5]
    np.put_along_axis(strict, lowest, -1, axis=1)
    return np.abs(means).max(axis=0).mean(axis=1), index.mean(axis=1), (preferred, strict)


def excess(a, b, known):
    """Mean over categories of Jaccard index - chance."""
    total = np.zeros(len(a))
    for category in range(3):
        of_a, of_b = a == category, b == category
        n_a, n_b, both = of_a.sum(axis=1), of_b.sum(axis=1), (of_a & of_b).sum(axis=1)
        for row, sizes in enumerate(zip(n_a.tolist(), n_b.tolist())):
            if sizes not in known:
                k = np.arange(min(sizes) + 1)
                known[sizes] = (scipy.stats.hypergeom.pmf(k, a.shape[1], *sizes) * k / np.maximum(sum(sizes) - k, 1)).sum()
            total[row] += both[row] / max(sum(sizes) - both[row], 1) - known[sizes]
    return total / 3


def theirs(responses, labellings):
    members = [[(labels == category).astype(np.float64) for category in range(3)] for labels in labellings]
    results = []
    for layers in zip(*responses):
        (a, b) = (judged(layer, of_set) for layer, of_set in zip(layers, members))
        results += [*a[:2], *b[:2]]
        known = {}
        results += [excess(of_a, of_b, known) for of_a, of_b in zip(a[2], b[2])]
    return np.concatenate(results)


def cpu(who):
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def main():
    responses = []
    for _ in range(2):
        factors = RANDOM.normal(size=(options.pictures, 20))
        noise = lambda count: RANDOM.normal(size=(options.pictures, count)) + 0.5
        layers = [np.maximum(factors @ RANDOM.normal(size=(20, count)) / 4 + noise(count), 0) for count in CHANNELS]
        responses.append([layer.astype(np.float32) for layer in layers])
    times = {"this program": [], "NumPy": []}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for number, layers in enumerate(responses):
            for layer, of_layer in enumerate(layers):
                of_layer.tofile(folder / f"{number}-{layer}.f32")
        command = [options.ours, folder, options.pictures, options.shuffles, *CHANNELS]
        for _ in range(options.rounds):
            before = cpu(resource.RUSAGE_CHILDREN)
            wall = float(subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True).stdout)
            times["this program"].append((wall, cpu(resource.RUSAGE_CHILDREN) - before))
            labellings = [np.fromfile(folder / f"{number}.labels", np.uint8) for number in range(2)]
            labellings = [labels.reshape(-1, options.pictures) for labels in labellings]
            before, begun = cpu(resource.RUSAGE_SELF), time.perf_counter()
            found = theirs(responses, labellings)
            times["NumPy"].append((time.perf_counter() - begun, cpu(resource.RUSAGE_SELF) - before))
        difference = np.abs(found - np.fromfile(folder / "results.f64")).max()
    print(f"{options.shuffles} shuffles, {sum(CHANNELS)} channels, 2 sets of {options.pictures} pictures, "
          f"{os.cpu_count()} processors, numpy {np.__version__}; largest difference of {len(found)} results {difference:.1e}")
    medians = {program: np.median(rounds, axis=0) for program, rounds in times.items()}
    for program, median in medians.items():
        ratios = median / medians["this program"]
        print(f"{program:14} {median[0]:7.2f} s wall {median[1]:7.2f} s CPU   {ratios[0]:5.2f} × wall, {ratios[1]:5.2f} × CPU")


main()
