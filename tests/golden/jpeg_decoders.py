"""What two JPEG decoders do to decisions: the channels that a network selects on the pixels of this project and of Pillow.

    cargo run -p stimuli --release --example png_copies -- STUDY.toml COPIES
    python jpeg_decoders.py WEIGHTS.bpk COPIES/SET.csv

(needs cbor2, numpy, pandas, pillow, safetensors, torch, torchvision)

COPIES/SET.csv names for every picture the PNG copy with this project's pixels and the original, which Pillow decodes here.
Both go through the same network in PyTorch. A decision is the emotion with the largest tuning value of a channel:
decisions are counted on all pictures (one set), and for the rule `preprint-2023` on two sets, the pictures with odd and
with even places in the table: a channel is selective where both prefer one emotion.
"""

import argparse
import json
import pathlib

import cbor2
import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import nn
from torchvision import transforms

from sweep_reference import EMOTIONS, Network, burnpack

BATCH = 32


def description(weights):
    """The network as a manifest tells it, and the preprocessing."""
    data = weights.read_bytes()
    metadata = cbor2.loads(data[10 : 10 + int.from_bytes(data[6:10], "little")])["metadata"]
    architecture, preprocessing = (json.loads(metadata[key]) for key in ["architecture", "preprocessing"])
    units = {name: len(bias) for name, bias in burnpack(weights).items() if name.endswith(".bias")}
    network = {
        "input_side": preprocessing["crop"],
        "sites": [{"name": site["name"], "channels": units[f"{site['name']}.bias"]} for site in architecture["sites"]],
        "feature_units": units["fc7.bias"],
        "classes": units["fc8.bias"],
    }
    return network, preprocessing


def network(description, weights):
    model, stored = Network(description), burnpack(weights)
    names = [site["name"] for site in description["sites"]]
    modules = [module for module in [*model.features, *model.classifier] if hasattr(module, "weight")]
    with torch.no_grad():
        for name, module in zip([*names, "fc6", "fc7", "fc8"], modules, strict=True):
            module.weight.copy_(stored[f"{name}.weight"])
            module.bias.copy_(stored[f"{name}.bias"])
    return model.eval()


def prepared(paths, preprocessing):
    shape = transforms.Compose([transforms.Resize(preprocessing["shorter_side"]), transforms.CenterCrop(preprocessing["crop"])])
    column = lambda key: np.array(preprocessing[key], np.float32)[:, None, None]

    def prepare(path):
        values = np.asarray(shape(Image.open(path).convert("RGB"))).transpose(2, 0, 1)
        values = values[:: -1 if preprocessing["order"] == "bgr" else 1].astype(np.float32)
        return torch.from_numpy((values * np.float32(preprocessing["scale"]) - column("mean")) / column("sd"))

    return torch.stack([prepare(path) for path in paths])


def responses(model, pictures):
    """Spatial means of all rectified maps, pictures by channels of all layers."""
    means, rows = [], []
    relus = [module for module in model.features if isinstance(module, nn.ReLU)]
    for relu in relus:
        relu.register_forward_hook(lambda _module, _input, output: means.append(output.double().mean((2, 3)).numpy()))
    with torch.no_grad():
        for batch in pictures.split(BATCH):
            means.clear()
            model.features(batch)
            rows.append(np.concatenate(means, axis=1))
    return np.concatenate(rows)


def preferred(responses, categories):
    """The emotion with the largest tuning value, per channel; -1 for constant channels."""
    tuning = np.stack([responses[categories == e].mean(0) - responses.mean(0) for e in EMOTIONS])
    return np.where(responses.std(0) > 0, tuning.argmax(0), -1)


def differences(table, folder):
    levels = []
    for row in table.itertuples():
        pair = [np.asarray(Image.open(path).convert("RGB")).astype(int) for path in (folder / row.path, row.source)]
        difference = np.abs(pair[0] - pair[1])
        levels.append((difference.mean(), difference.max()))
    return np.array(levels)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=pathlib.Path)
    parser.add_argument("table", type=pathlib.Path)
    arguments = parser.parse_args()
    table = pd.read_csv(arguments.table, dtype={"path": str}, keep_default_na=False)
    table = table[table.category.isin(EMOTIONS)].reset_index(drop=True)
    folder = arguments.table.with_suffix("")
    levels = differences(table, folder)
    print(f"{len(table)} pictures; grey levels differ by {levels[:, 0].mean():.3f} of 255 on average, {levels[:, 1].max()} at most")
    architecture, preprocessing = description(arguments.weights)
    model = network(architecture, arguments.weights)
    ours = responses(model, prepared([folder / path for path in table.path], preprocessing))
    model = network(architecture, arguments.weights)
    theirs = responses(model, prepared(table.source, preprocessing))
    categories = table.category.to_numpy()
    one = [preferred(pixels, categories) for pixels in (ours, theirs)]
    print(f"one set: {(one[0] != one[1]).sum()} of {one[0].size} decisions differ")
    both = []
    for pixels in (ours, theirs):
        odd, even = (preferred(pixels[start::2], categories[start::2]) for start in (0, 1))
        both.append(np.where(odd == even, odd, -1))
    print(f"two sets: {(both[0] != both[1]).sum()} of {both[0].size} decisions differ, {(both[0] >= 0).sum()} are selective")


if __name__ == "__main__":
    main()
