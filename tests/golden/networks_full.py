"""Exports torchvision's networks with seeded random weights by both of PyTorch's exporters, imports every file with
`weights-import convert`, and compares `weights-import check` with ONNX Runtime: for checks by hand, because the files are
large and take minutes.

    cargo build -p weights-import --release
    python tests/golden/networks_full.py target/release/weights-import OUT [alexnet resnet18 …]

Needs torch, torchvision, onnx, onnxscript, onnxruntime. One line per file: the largest difference of a score, the largest
score, and the name under which the network was recognised. The exit status is 1 where a difference is above 1e-4 of the
largest score.
"""

import argparse
import pathlib
import re
import subprocess
import sys

import numpy as np
import onnxruntime
import torch
import torchvision

NETWORKS = ["vgg11", "vgg13", "vgg16", "vgg19", "alexnet", "resnet18", "resnet34", "resnet50", "squeezenet1_1", "mobilenet_v2"]
TOLERANCE = 1e-4


def network(name):
    """Weights of which none is special, scaled so that values keep their size from layer to layer."""
    model = getattr(torchvision.models, name)(weights=None)
    generator = torch.Generator().manual_seed(len(name))
    with torch.no_grad():
        for layer in model.modules():
            if isinstance(layer, (torch.nn.Conv2d, torch.nn.Linear)):
                sd = (2 / layer.weight[0].numel()) ** 0.5
                layer.weight.copy_(torch.randn(layer.weight.shape, generator=generator) * sd)
                if layer.bias is not None:
                    layer.bias.copy_(torch.randn(layer.bias.shape, generator=generator) * 0.1)
            elif isinstance(layer, torch.nn.BatchNorm2d):
                layer.weight.copy_(1 + 0.2 * torch.randn(layer.weight.shape, generator=generator))
                layer.bias.copy_(0.2 * torch.randn(layer.bias.shape, generator=generator))
                layer.running_mean.copy_(0.2 * torch.randn(layer.weight.shape, generator=generator))
                layer.running_var.copy_(0.5 + torch.rand(layer.weight.shape, generator=generator))
    return model.eval()


def files(name, model, pictures, folder):
    for exporter, dynamo in [("dynamo", True), ("torchscript", False)]:
        path = folder / f"{name}_{exporter}.onnx"
        torch.onnx.export(model, (torch.from_numpy(pictures[:1]),), path, dynamo=dynamo)
        yield path


def scores(path, pictures):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0].name
    return np.concatenate([session.run(None, {given: picture})[0] for picture in np.split(pictures, len(pictures))])


def check(program, path, pictures):
    """The worst difference, the largest score, and the program's own words about the network."""
    np.save(path.with_suffix(".npy"), pictures)
    expected = scores(path, pictures)
    np.save(path.with_suffix(".scores.npy"), expected)
    weights = path.with_suffix(".bpk")
    told = subprocess.run(
        [program, "convert", path, "-o", weights, "--preprocessing", "torchvision"], capture_output=True, text=True, check=True
    ).stdout
    run = subprocess.run(
        [program, "check", weights, "--input", path.with_suffix(".npy"), "--expected", path.with_suffix(".scores.npy"),
         "--tolerance", "1e30", "--device", "cpu"],
        capture_output=True, text=True, check=True,
    ).stdout
    worst = float(re.search(r"largest difference (\S+)", run).group(1))
    return worst, float(np.abs(expected).max()), told.splitlines()[0].split(": ", 1)[1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("networks", nargs="*", default=NETWORKS)
    told = parser.parse_args()
    told.out.mkdir(parents=True, exist_ok=True)
    pictures = np.random.default_rng(7).normal(size=(2, 3, 224, 224)).astype(np.float32)
    wrong = 0
    for name in told.networks:
        for path in files(name, network(name), pictures, told.out):
            worst, largest, words = check(told.program, path, pictures)
            wrong += worst > TOLERANCE * largest
            print(f"{path.stem:28} {worst:.2e} of {largest:.3g} ({worst / largest:.1e}): {words}", flush=True)
            for leftover in told.out.glob(f"{path.stem}*"):
                leftover.unlink()
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
