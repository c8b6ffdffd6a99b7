"""Compares `weights-import convert` and `check` with PyTorch on torchvision's networks with random weights.

Usage: python state_dicts.py PROGRAM [NETWORK ...]      (needs numpy, torch, torchvision)

PROGRAM is the built `weights-import`. Without names all of torchvision's networks that are known are compared. State
dicts, converted weights, two pictures and their scores are written to a temporary folder, 600 MB for the largest
network, and removed again. Statistics and factors of batch normalisations are drawn too, so that folding them is seen.
Fails unless every score is within 1e-4 of the largest one.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
import torchvision

NETWORKS = [
    "vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg16_bn", "alexnet", "resnet18", "resnet34", "resnet50",
    "squeezenet1_1", "mobilenet_v2",
]
CLASSES = 20
TOLERANCE = 1e-4


def network(name):
    """torchvision's network with drawn weights, which keep the size of what passes through."""
    torch.manual_seed(1)
    model = torchvision.models.get_model(name, weights=None, num_classes=CLASSES).eval()
    for module in model.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            fan_in = module.weight[0].numel()
            torch.nn.init.normal_(module.weight, std=(2 / fan_in) ** 0.5)
            if module.bias is not None:
                torch.nn.init.normal_(module.bias, std=0.1)
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.running_mean, std=0.2)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
            torch.nn.init.uniform_(module.weight, 0.5, 1)
            torch.nn.init.normal_(module.bias, std=0.1)
    return model


def run(*arguments):
    done = subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, arguments))}\n{done.stdout}{done.stderr}")
    return done.stdout


def compare(program, name, folder):
    model = network(name)
    pictures = torch.randn(2, 3, 224, 224)
    with torch.no_grad():
        scores = model(pictures)
    weights, converted = folder / f"{name}.pth", folder / f"{name}.bpk"
    torch.save(model.state_dict(), weights)
    np.save(folder / "pictures.npy", pictures.numpy())
    np.save(folder / "scores.npy", scores.numpy())
    told = run(program, "convert", weights, "-o", converted, "--preprocessing", "torchvision").splitlines()[0]
    largest = scores.abs().max().item()
    inputs = ["--input", folder / "pictures.npy", "--expected", folder / "scores.npy"]
    checked = run(program, "check", converted, *inputs, "--tolerance", TOLERANCE * largest, "--device", "cpu")
    difference = float(re.search(r"largest difference (\S+)", checked)[1])
    print(f"{told.split(': ', 1)[1]}: largest score {largest:.4g}, largest difference {difference:.2e}, "
          f"{difference / largest:.1e} of it", flush=True)
    weights.unlink()
    converted.unlink()


def main():
    program, *names = sys.argv[1:]
    print(f"torch {torch.__version__}, torchvision {torchvision.__version__}")
    for name in names or NETWORKS:
        with tempfile.TemporaryDirectory() as folder:
            compare(Path(program).resolve(), name, Path(folder))


if __name__ == "__main__":
    main()
