"""Golden values for the p-values of crates/stats: exact counts in whole numbers and fractions, and SciPy on tied data.

Run:   python tests/golden/exact_p.py        (writes exact_p.json beside this file; a minute)
Needs: numpy, scipy; the versions that were used stand in the file.
"""

import itertools
import json
import math
import pathlib
from fractions import Fraction

import numpy as np
import scipy
import scipy.stats

RANDOM = np.random.default_rng(20261128)
PRIMES = (998244353, 469762049, 167772161)  # 3 generates the units of each; p - 1 is a multiple of 2**23


def whole_ranks(values):
    doubled = (2 * scipy.stats.rankdata(values)).astype(int)
    return doubled // 2 if np.all(doubled % 2 == 0) else doubled


def sums_by_enumeration(a, b):
    """How many pairings have each sum of products, one by one."""
    sums, counts = np.unique([np.dot(a, order) for order in itertools.permutations(b)], return_counts=True)
    return dict(zip(sums.tolist(), counts.tolist()))


def sums_by_permanents(a, b):
    """The same: coefficients of the permanent of x**(a_i b_j), by Ryser's formula at roots of unity of prime fields,
    the inverse Fourier transform there, and the Chinese remainder theorem."""
    n, least = len(a), int(np.dot(np.sort(a), np.sort(b)[::-1]))
    span = int(np.dot(np.sort(a), np.sort(b))) - least + 1
    points = 1 << (span - 1).bit_length()
    of_prime = []
    for prime in PRIMES:
        root = pow(3, (prime - 1) // points, prime)
        powers = np.array([pow(root, k, prime) for k in range(points)])
        at = np.arange(points)
        columns = [powers[np.outer(a, at) * other % points] for other in b]  # [n, points]
        rows, total, chosen = np.zeros((n, points), int), np.zeros(points, int), 0
        for step in range(1, 2**n):  # in the order of Gray's code, one column changes at a time
            column = (step & -step).bit_length() - 1
            chosen ^= 1 << column
            rows = (rows + (columns[column] if chosen >> column & 1 else -columns[column])) % prime
            product = rows[0]
            for row in rows[1:]:
                product = product * row % prime
            total = (total + (-1) ** (n - chosen.bit_count()) * product) % prime
        inverse = pow(points, prime - 2, prime)
        transform = [int((total * powers[-at * k % points] % prime).sum() % prime) for k in range(points)]
        of_prime.append([value * inverse % prime for value in transform])
    modulus = math.prod(PRIMES)
    parts = [modulus // prime * pow(modulus // prime, -1, prime) for prime in PRIMES]
    counts = (sum(part * value for part, value in zip(parts, values)) % modulus for values in zip(*of_prime))
    # Exponents are known modulo the number of points.
    return {least + (k - least) % points: count for k, count in enumerate(counts) if count}


def pairing(x, y, method):
    a, b = whole_ranks(x), whole_ranks(y)
    sums, observed = method(a, b), int(np.dot(a, b))
    assert sum(sums.values()) == math.factorial(len(x))
    low = Fraction(sum(count for value, count in sums.items() if value <= observed), math.factorial(len(x)))
    high = Fraction(sum(count for value, count in sums.items() if value >= observed), math.factorial(len(x)))
    by_t = scipy.stats.spearmanr(x, y)
    p = float(min(1, 2 * min(low, high)))
    return {"x": list(map(float, x)), "y": list(map(float, y)), "rho": float(by_t.statistic), "p": p, "by_t": float(by_t.pvalue)}


def pairings():
    small = []
    for x, y in [
        (range(5), range(5)),
        (range(4), [2, 1, 2, 3]),
        ([1, 1, 2, 3, 4], [0.1, 0.2, 0.2, 0.2, 0.9]),
        (range(7), [0, 0, 0, 1, 1, 1, 5]),
        ([0, 0, 1, 1, 2, 2, 3], [3, 1, 1, 1, 0, 0, 0]),
        (range(7), [0, 0, 0, 0, 0, 0, 2]),
    ]:
        case = pairing(x, y, sums_by_enumeration)
        assert case == pairing(x, y, sums_by_permanents)
        rho = lambda order: scipy.stats.spearmanr(order, y).statistic
        test = scipy.stats.permutation_test((x,), rho, permutation_type="pairings", n_resamples=np.inf)
        assert math.isclose(test.pvalue, case["p"], rel_tol=1e-14), (x, y, test.pvalue, case["p"])
        small.append(case)
    large = []
    for y in [
        [0, 1, 2, 4, 3, 5, 7, 6, 8, 10, 9, 12, 11],
        [1, 0, 2, 3, 6, 5, 4, 7, 9, 8, 12, 11, 10],
        [2, 0, 8, 1, 3, 10, 4, 5, 12, 6, 7, 9, 11],
        [12, 11, 9, 10, 8, 7, 5, 6, 4, 3, 1, 2, 0],
        [0, 0, 0, 1, 2, 2, 3, 4, 4, 6, 5],
    ]:
        large.append(pairing(range(len(y)), y, sums_by_permanents))
    return small + large


def two_groups():
    """Means of tied values, of groups drawn by SciPy; many sums are equal but for their order."""
    cases = []
    for sizes, unit in [((3, 4), 0.1), ((4, 5), 1 / 3), ((5, 3), 100 / 7)]:
        values = RANDOM.integers(0, 4, sum(sizes)) * unit
        groups = values[: sizes[0]], values[sizes[0] :]
        difference = lambda a, b, axis: np.mean(a, axis=axis) - np.mean(b, axis=axis)
        case = {}
        for alternative in ("less", "greater", "two-sided"):
            test = scipy.stats.permutation_test(
                groups, difference, n_resamples=30, vectorized=True, alternative=alternative,
                rng=np.random.default_rng(5))
            assert len(test.null_distribution) == 30, "a sample, not all"
            # SciPy misses ties where the observed value is 0.
            assert abs(test.statistic) > 0.01, test.statistic
            case |= {"observed": test.statistic, "null": test.null_distribution.tolist(), alternative: test.pvalue}
        cases.append(case)
    naive = [(1 + np.sum(np.array(case["null"]) >= case["observed"])) / 31 for case in cases]
    assert any(p < case["greater"] for p, case in zip(naive, cases)), "some ties differ in their last bit"
    return cases


def overlaps():
    """Far tails of the hypergeometric distribution, in fractions."""
    cases = []
    for channels, n_a, n_b, n_both in [
        (4, 2, 2, 2), (64, 1, 1, 1), (64, 63, 63, 63), (64, 32, 32, 32), (512, 170, 170, 1), (512, 170, 170, 30),
        (512, 170, 170, 150), (512, 256, 256, 250), (4224, 1400, 1400, 300), (4224, 1400, 1400, 800),
        (4224, 400, 400, 150), (100_000, 3, 5, 3), (4224, 4223, 4000, 4000),
    ]:
        # C(channels, n_b) times the probability, from the most likely end down.
        of = lambda k: math.comb(n_a, k) * math.comb(channels - n_a, n_b - k)
        p = Fraction(sum(of(k) for k in range(n_both, min(n_a, n_b) + 1)), math.comb(channels, n_b))
        assert p > Fraction(1, 10**300), (channels, n_a, n_b, n_both, float(p))
        cases.append({"channels": channels, "n_a": n_a, "n_b": n_b, "n_both": n_both, "p": float(p)})
    return cases


if __name__ == "__main__":
    golden = {
        "made_with": {"numpy": np.__version__, "scipy": scipy.__version__},
        "pairings": pairings(),
        "two_groups": two_groups(),
        "overlaps": overlaps(),
    }
    lines = ",\n".join(f'"{key}": {json.dumps(value, separators=(",", ":"), allow_nan=False)}' for key, value in golden.items())
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text("{\n" + lines + "\n}\n")
