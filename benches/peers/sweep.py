"""A gain sweep: this program's gain lines against PyTorch with hooks, naive and with a cached prefix.

    cargo build --release --example peer
    python benches/peers/sweep.py TARGET/release/examples/peer [--layers 8 13] [--pictures 2] [--slopes 51]
    python benches/peers/sweep.py TARGET/release/examples/peer --device gpu --torch cuda --pictures 32

(needs numpy, torch, torchvision). In every layer every third channel gets every slope from 1 to 6, and the features of
fc7 are computed for each. Naive: one full forward pass per slope, a hook scales the channels. Cached: the rectified map
of the layer is computed once, and every slope runs the rest of the network. One run each, in turn; the work is long
enough. CPU time counts all threads.
"""

import argparse
import os
import pathlib
import subprocess
import time

import torch
import torchvision

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("peer", type=pathlib.Path)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--layers", type=int, nargs=2, default=[8, 13])
parser.add_argument("--pictures", type=int, default=2)
parser.add_argument("--slopes", type=int, default=51)
parser.add_argument("--device", default="cpu", help="of this program")
parser.add_argument("--torch", default="cpu", help="device of PyTorch")
options = parser.parse_args()

torch.set_num_threads(options.threads)
model = torchvision.models.vgg16(weights=None).eval()
model.classifier = model.classifier[:5]
model = model.to(options.torch)
RELU = [index for index, module in enumerate(model.features) if isinstance(module, torch.nn.ReLU)]
SLOPES = torch.linspace(1, 6, options.slopes)


def rest(rectified, index):
    """From a layer's rectified map to fc7."""
    pooled = model.avgpool(model.features[index + 1:](rectified))
    return model.classifier(torch.flatten(pooled, 1))


def scaled(rectified, slope):
    factors = torch.ones(rectified.shape[1], device=rectified.device)
    factors[::3] = slope
    return rectified * factors[:, None, None]


def naive(pictures):
    for layer in range(options.layers[0] - 1, options.layers[1]):
        for slope in SLOPES:
            hook = model.features[RELU[layer]].register_forward_hook(lambda _, __, output: scaled(output, slope))
            model(pictures).cpu()
            hook.remove()


def cached(pictures):
    for layer in range(options.layers[0] - 1, options.layers[1]):
        index = RELU[layer]
        rectified = model.features[:index + 1](pictures).clone()
        for slope in SLOPES:
            rest(scaled(rectified, slope), index).cpu()


def timed(work):
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def ours():
    environment = {**os.environ, "RAYON_NUM_THREADS": str(options.threads)}
    arguments = ["--device", options.device, "sweep", *options.layers, options.pictures, options.slopes]
    output = subprocess.run(
        [options.peer, *map(str, arguments)], env=environment, check=True, capture_output=True, text=True
    ).stdout
    wall, cpu = output.split()[:2]
    return float(wall) / 1e3, float(cpu) / 1e3


def main():
    pictures = torch.randn(options.pictures, 3, 224, 224, generator=torch.Generator().manual_seed(0)).to(options.torch)
    print(f"layers {options.layers[0]} to {options.layers[1]}, {options.slopes} slopes, {options.pictures} pictures, "
          f"threads {options.threads}, torch {torch.__version__} on {options.torch}, this program on {options.device}")
    with torch.inference_mode():
        model(pictures)
        times = {
            "this program": ours(),
            "PyTorch, cached prefix": timed(lambda: cached(pictures)),
            "PyTorch, naive hooks": timed(lambda: naive(pictures)),
        }
    for program, (wall, cpu) in times.items():
        ratios = [value / own for value, own in zip((wall, cpu), times["this program"])]
        print(f"{program:24} {wall:8.1f} s wall {cpu:8.1f} s CPU   {ratios[0]:6.2f} × wall, {ratios[1]:6.2f} × CPU")


main()
