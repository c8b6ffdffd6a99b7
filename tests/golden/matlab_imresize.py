"""Expected pictures for crates/vgg-core/src/preprocess/matlab.rs: MATLAB's imresize(picture, [side side]), by its rule.

Usage: python matlab_imresize.py      (needs numpy, pillow)

Writes matlab_imresize.json, the cases, and matlab_imresize.png, the expected results one below the other. The pictures are
those of pillow_preprocess.py. No MATLAB is needed, and none was at hand: the rule is the documented one (Keys' cubic with
a = -0.5; when shrinking by the factor s the filter is s * h(s * x), as wide again by 1/s; weights divided by their sum;
indices beyond an edge run 0 .. n-1, n-1 .. 0 and so on; the dimension with the smaller factor first, rows at a tie; 8 bits
after each dimension, halves upwards). It is computed in exact fractions, one matrix per dimension, so that no rounding of
floating point decides a byte.
"""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from pillow_preprocess import picture

HERE = Path(__file__).parent
SIDE = 23
# Width and height: reduced, enlarged, one of each, untouched, by exactly a half, extreme, a single row or column.
SHAPES = [(50, 41), (71, 97), (20, 15), (7, 60), (60, 7), (23, 23), (46, 46), (23, 90), (90, 23), (3, 200), (1, 40), (40, 1)]


def cubic(x):
    x = abs(x)
    if x <= 1:
        return Fraction(3, 2) * x**3 - Fraction(5, 2) * x**2 + 1
    if x <= 2:
        return -Fraction(1, 2) * x**3 + Fraction(5, 2) * x**2 - 4 * x + 2
    return Fraction(0)


def matrix(source):
    """The weights [SIDE, source]."""
    factor = Fraction(SIDE, source)
    narrow = min(factor, Fraction(1))
    width = 4 / narrow
    weights = np.full((SIDE, source), Fraction(0), dtype=object)
    mirrored = list(range(source)) + list(range(source))[::-1]
    for index in range(1, SIDE + 1):
        centre = index / factor + (1 - 1 / factor) / 2
        left = (centre - width / 2).__floor__()
        taps = range(left, left + width.__ceil__() + 2)
        values = [narrow * cubic(narrow * (centre - tap)) for tap in taps]
        for tap, value in zip(taps, values):
            weights[index - 1, mirrored[(tap - 1) % len(mirrored)]] += value / sum(values)
    return weights


def eight_bits(values):
    return np.vectorize(lambda value: min(max((value + Fraction(1, 2)).__floor__(), 0), 255), otypes=[object])(values)


def resized(pixels):
    rows, columns = pixels.shape[:2]
    pixels = pixels.astype(object)
    for dimension in sorted([0, 1], key=lambda dimension: Fraction(SIDE, pixels.shape[dimension])):
        weights = matrix((rows, columns)[dimension])
        pixels = eight_bits(np.moveaxis(np.tensordot(weights, pixels, axes=(1, dimension)), 0, dimension))
    return pixels.astype(np.uint8)


def main():
    results = [resized(np.asarray(picture(*shape))) for shape in SHAPES]
    Image.fromarray(np.concatenate(results)).save(HERE / "matlab_imresize.png", optimize=True)
    lines = ",\n".join("  " + json.dumps({"width": width, "height": height}) for width, height in SHAPES)
    origin = f"exact fractions; numpy {np.__version__}"
    text = f'{{\n "origin": {json.dumps(origin)},\n "side": {SIDE},\n "cases": [\n{lines}\n ]\n}}\n'
    (HERE / "matlab_imresize.json").write_text(text)


if __name__ == "__main__":
    main()
