"""Expected crops for crates/vgg-core/src/preprocess.rs: every filter, and every way to the size before the crop.

Usage: python pillow_filters.py      (needs numpy, pillow, torch, torchvision)

Writes pillow_filters.json, the cases, and pillow_filters.png, the expected crops one below the other. The pictures are
those of pillow_preprocess.py.
"""

import json
from pathlib import Path

import numpy as np
import PIL
import torch
import torchvision
from PIL import Image
from torchvision import transforms
from torchvision.transforms import InterpolationMode

from pillow_preprocess import picture

HERE = Path(__file__).parent
SIZE, CROP = 37, 32
FILTERS = {
    "bilinear": InterpolationMode.BILINEAR,
    "bicubic": InterpolationMode.BICUBIC,
    "lanczos": InterpolationMode.LANCZOS,
    "nearest": InterpolationMode.NEAREST,
}
# Reduced, enlarged, untouched along one axis, extreme.
SHAPES = [(50, 41), (333, 257), (20, 31), (7, 5), (37, 74), (300, 3)]
# Larger, smaller along both axes or one, odd margins on either side.
PLAIN = [(50, 41), (33, 35), (32, 32), (20, 31), (7, 50), (45, 5)]


def steps(resize, name):
    """torchvision's way from a picture to its crop."""
    resized = {
        "shorter": [transforms.Resize(SIZE, FILTERS[name])],
        "squash": [transforms.Resize((SIZE, SIZE), FILTERS[name])],
        "none": [],
    }[resize]
    return transforms.Compose(resized + [transforms.CenterCrop(CROP)])


def main():
    cases = [("shorter", name, *shape) for name in FILTERS if name != "bilinear" for shape in SHAPES]
    cases += [("squash", name, *shape) for name in FILTERS for shape in SHAPES]
    cases += [("none", "bilinear", *shape) for shape in PLAIN]
    crops, rows = [], []
    for resize, name, width, height in cases:
        crops.append(np.asarray(steps(resize, name)(picture(width, height))))
        size = CROP if resize == "none" else SIZE
        rows.append({"resize": resize, "filter": name, "size": size, "width": width, "height": height})
    Image.fromarray(np.concatenate(crops)).save(HERE / "pillow_filters.png", optimize=True)
    origin = f"Pillow {PIL.__version__}, torch {torch.__version__}, torchvision {torchvision.__version__}"
    lines = ",\n".join("  " + json.dumps(row) for row in rows)
    text = f'{{\n "origin": {json.dumps(origin)},\n "crop": {CROP},\n "cases": [\n{lines}\n ]\n}}\n'
    (HERE / "pillow_filters.json").write_text(text)


if __name__ == "__main__":
    main()
