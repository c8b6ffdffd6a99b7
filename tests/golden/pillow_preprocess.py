"""Expected crops for crates/vgg-core/src/preprocess.rs, made by torchvision on Pillow pictures.

Usage: python pillow_preprocess.py      (needs numpy, pillow, torch, torchvision)

Writes pillow_preprocess.json, the cases and some network inputs, and pillow_preprocess.png, the expected crops one below
the other. The source pictures follow an integer formula that the Rust test repeats, so they are not stored.
"""

import json
from pathlib import Path

import numpy as np
import PIL
import torch
import torchvision
from PIL import Image
from torchvision import transforms

HERE = Path(__file__).parent
SHORTER_SIDE, CROP = 37, 32
# (width, height, grey): reduced, enlarged, untouched, extreme, and both ways that half a pixel of margin can round.
CASES = [
    (50, 41, False), (41, 50, False), (333, 257, False), (257, 90, True), (20, 31, False), (7, 5, False),
    (37, 37, False), (37, 39, False), (41, 37, True), (640, 427, False), (300, 3, False), (1, 9, False),
]
MEAN, SD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
CAFFE_MEAN = [103.939, 116.779, 123.68]
# Positions (channel, row, column) whose network input is stored.
SAMPLED = [(0, 0, 0), (1, 0, 31), (2, 31, 0), (0, 16, 16), (1, 5, 27), (2, 31, 31)]


def picture(width, height):
    """Checks of 8 pixels, filled in turn with noise (an integer hash) and with gradients."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    x, y, c = (a.astype(np.uint64) for a in (x, y, c))
    low = np.uint64(0xFFFFFFFF)
    h = (x * np.uint64(73856093) ^ y * np.uint64(19349663) ^ c * np.uint64(83492791)) & low
    noise = (((h ^ (h >> np.uint64(13))) * np.uint64(0x5BD1E995)) & low) >> np.uint64(24)
    across = x * np.uint64(255) // np.uint64(max(width - 1, 1))
    down = y * np.uint64(255) // np.uint64(max(height - 1, 1))
    both = (x + y) * np.uint64(3) % np.uint64(256)
    gradient = np.where(c == 0, across, np.where(c == 1, down, both))
    noisy = (x // np.uint64(8) + y // np.uint64(8)) % np.uint64(2) == 0
    return Image.fromarray(np.where(noisy, noise, gradient).astype(np.uint8), "RGB")


def main():
    crop = transforms.Compose([transforms.Resize(SHORTER_SIDE), transforms.CenterCrop(CROP)])
    network = transforms.Compose([transforms.ToTensor(), transforms.Normalize(MEAN, SD)])
    crops, cases = [], []
    for width, height, grey in CASES:
        source = picture(width, height)
        expected = crop(source.convert("L").convert("RGB") if grey else source)
        pixels = np.asarray(expected)
        crops.append(pixels)
        tensor = network(expected)
        cases.append({
            "width": width,
            "height": height,
            "grey": grey,
            "source_sum": int(np.asarray(source).astype(np.int64).sum()),
            "torchvision": [tensor[at].item() for at in SAMPLED],
            "caffe": [float(np.float32(pixels[r, k, 2 - c]) - np.float32(CAFFE_MEAN[c])) for c, r, k in SAMPLED],
        })
    Image.fromarray(np.concatenate(crops)).save(HERE / "pillow_preprocess.png", optimize=True)
    origin = f"Pillow {PIL.__version__}, torch {torch.__version__}, torchvision {torchvision.__version__}"
    out = {"origin": origin, "shorter_side": SHORTER_SIDE, "crop": CROP, "sampled": SAMPLED, "cases": cases}
    (HERE / "pillow_preprocess.json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
