"""Compares EmoNet at full size with PyTorch: both state dicts and MATLAB's kind of ONNX file, every preprocessing, lesions and
gains. For checks by hand, because the files have 228 MB each; they lie in a temporary folder and have random weights.

    cargo build --release -p weights-import --examples --bins
    python emonet.py target/release [--device cpu]

(needs numpy, pillow, torch, onnx; written with 2.4.6, 13.0.0, 2.15.0, 1.23.2)

The network is written from its description: grouped Conv2d, LocalResponseNorm(5, alpha=1e-4, beta=.75, k=1) behind the
ReLU, overlapping pools. Weights are scaled so that, as in the original, inputs up to 255 lead to normalisations whose
denominators are far from 1 (they are printed); class scores differ by some units.

Probabilities must agree within 1e-4. The program prints differences of scores: a probability changes by at most half of the
largest change of a score, so 2e-4 is allowed for these. fc7 under gains must agree within 1e-4 of its largest value, as in
hooks.py. Exit status 1 where anything differs by more.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
from fractions import Fraction

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from torch import nn

from hooks import GAINS, TOLERANCE
from matlab_imresize import cubic

SIDE, SCORES = 227, 2e-4
CONVOLUTIONS = [(3, 96, 11, 4, 0, 1), (96, 256, 5, 1, 2, 2), (256, 384, 3, 1, 1, 1), (384, 384, 3, 1, 1, 2), (384, 256, 3, 1, 1, 2)]
PYTORCH = ["conv_0.0", "conv_1.0", "conv_2.0", "conv_3.0", "conv_4.0", "conv_5.0", "conv_6.0", "classifier.0"]
PY = ["conv1", "conv2", "conv3", "conv4", "conv5", "fc1", "fc2", "fc3"]
# How much larger kernels are than He's, so that normalisations matter.
SCALES = [3.0, 2.0, 1.5, 1.0, 1.0, 1.0, 1.0, 1.0]


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        generator = torch.Generator().manual_seed(19)
        draw = lambda shape, sd: torch.randn(shape, generator=generator) * sd
        self.relus = nn.ModuleList(nn.ReLU() for _ in range(7))
        self.norm, self.pool = nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1.0), nn.MaxPool2d(3, 2)
        layers = [nn.Conv2d(i, o, k, s, p, groups=g) for i, o, k, s, p, g in CONVOLUTIONS]
        layers += [nn.Linear(9216, 4096), nn.Linear(4096, 4096), nn.Linear(4096, 20)]
        for layer, scale in zip(layers, SCALES):
            layer.weight.data = draw(layer.weight.shape, scale * (2 / layer.weight[0].numel()) ** 0.5)
            layer.bias.data = draw(layer.bias.shape, 0.5)
        self.layers, self.denominators = nn.ModuleList(layers), []
        # Scores of some units, as trained networks have them.
        with torch.no_grad():
            layers[7].weight.data *= 2 / self(draw((1, 3, SIDE, SIDE), 60)).std()

    def features(self, x):
        self.denominators = []
        for at in range(5):
            x = self.relus[at](self.layers[at](x))
            if at < 2:
                normalised = self.norm(x)
                self.denominators.append((x[normalised > 0] / normalised[normalised > 0]).mean().item())
                x = normalised
            if at in (0, 1, 4):
                x = self.pool(x)
        x = torch.flatten(x, 1)
        for at in (5, 6):
            x = self.relus[at](self.layers[at](x))
        return x

    def forward(self, x):
        return self.layers[7](self.features(x))

    def state(self, names):
        """The state dict under the names of a port, in the shapes and the order of columns that it has."""
        state = {}
        for at, (name, layer) in enumerate(zip(names, self.layers)):
            weight = layer.weight.data.clone()
            if names is PYTORCH and at >= 5:
                weight = weight.reshape({5: (4096, 256, 6, 6), 6: (4096, 4096, 1, 1), 7: (20, 4096, 1, 1)}[at])
            if names is PY and at == 5:
                weight = weight.reshape(4096, 256, 6, 6).permute(0, 1, 3, 2).reshape(4096, 9216).contiguous()
            state[f"{name}.weight"], state[f"{name}.bias"] = weight, layer.bias.data.clone()
        return state


def matlab_onnx(network, mean, path):
    """The graph that exportONNXNetwork writes: the mean image in front, LRN, dense layers as convolutions, a softmax."""
    nodes, tensors, value = [helper.make_node("Sub", ["input", "input_Mean"], ["input_Sub"], "input_Sub")], [], "input_Sub"
    tensors.append(numpy_helper.from_array(mean[None].astype(np.float32), "input_Mean"))

    def add(operator, name, *extra, **attributes):
        nonlocal value
        nodes.append(helper.make_node(operator, [value, *extra], [name], name, **attributes))
        value = name

    state = network.state(PYTORCH)
    for at, name in enumerate(["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc"]):
        weight, bias = (state[f"{PYTORCH[at]}.{end}"].numpy() for end in ["weight", "bias"])
        tensors += [numpy_helper.from_array(weight, f"{name}_W"), numpy_helper.from_array(bias, f"{name}_B")]
        _, _, _, stride, pad, group = CONVOLUTIONS[at] if at < 5 else (0, 0, 0, 1, 0, 1)
        add("Conv", name, f"{name}_W", f"{name}_B", strides=[stride] * 2, pads=[pad] * 4, group=group)
        if at < 7:
            add("Relu", f"relu{at + 1}")
        if at < 2:
            add("LRN", f"norm{at + 1}", size=5, alpha=1e-4, beta=0.75, bias=1.0)
        if at in (0, 1, 4):
            add("MaxPool", f"pool{at + 1}", kernel_shape=[3, 3], strides=[2, 2])
    add("Softmax", "softmax", axis=1)
    shapes = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in
              [("input", ["N", 3, SIDE, SIDE]), ("softmax", ["N", 20, 1, 1])]]
    graph = helper.make_graph(nodes, "emonet", shapes[:1], shapes[1:], tensors)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)]), path)


def matlab_weights(source):
    factor = SIDE / source
    narrow = min(factor, 1.0)
    weights, mirrored = np.zeros((SIDE, source)), [*range(source), *reversed(range(source))]
    for index in range(SIDE):
        centre = (index + 0.5) / factor - 0.5
        reach = int(np.ceil(2 / narrow)) + 1
        taps = range(int(np.floor(centre)) - reach, int(np.floor(centre)) + reach + 2)
        values = np.array([float(cubic(Fraction(narrow * (centre - tap)))) for tap in taps])
        for tap, value in zip(taps, values / values.sum()):
            weights[index, mirrored[tap % len(mirrored)]] += value
    return weights


def matlab_resized(pixels):
    pixels = pixels.astype(np.float64)
    for dimension in sorted([0, 1], key=lambda dimension: SIDE / pixels.shape[dimension]):
        pixels = np.moveaxis(np.tensordot(matlab_weights(pixels.shape[dimension]), pixels, axes=(1, dimension)), 0, dimension)
        pixels = np.clip(np.floor(pixels + 0.5 + 1e-9), 0, 255)
    return pixels


def prepared(picture, resize, mean):
    pixels = matlab_resized(np.asarray(picture)) if resize == "matlab" else np.asarray(picture.resize((SIDE, SIDE), resize))
    return torch.from_numpy((pixels.transpose(2, 0, 1).astype(np.float32) - mean)[None])


def pictures(folder):
    """One of the network's size, a larger one, and one that shrinks and grows; of smooth colours with some noise. None is
    much taller than wide: there Pillow 13 changed the order of its two passes, and earlier versions are followed."""
    generator = np.random.default_rng(5)
    for width, height in [(SIDE, SIDE), (800, 450), (300, 150)]:
        coarse = generator.uniform(0, 255, (9, 12, 3)).astype(np.uint8)
        smooth = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)).astype(float)
        noisy = smooth + generator.normal(0, 12, smooth.shape)
        path = folder / f"{width}x{height}.png"
        Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(path)
        yield path


def mean_image(folder):
    """Around ImageNet's mean colour, brighter in the middle, as text in the layout of img_mean.txt."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] / SIDE - 0.5
    bump = 6 * np.exp(-8 * (rows**2 + columns**2)) - 2
    mean = (np.array([122.7, 116.7, 104.0])[:, None, None] + bump).astype(np.float32)
    lines = [",".join(repr(float(value)) for value in mean[:, row].reshape(-1)) for row in range(SIDE)]
    (folder / "img_mean.txt").write_text("\n".join(lines) + "\n")
    return mean


class Program:
    def __init__(self, folder, programs, device):
        self.folder, self.programs, self.device = folder, programs, device

    def run(self, *arguments):
        command = [self.programs / "weights-import", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def convert(self, source, *options):
        weights = self.folder / "weights.bpk"
        self.run("convert", self.folder / source, "-o", weights, *options)
        return weights

    def score_difference(self, weights, picture, expected):
        np.save(self.folder / "expected.npy", expected)
        told = self.run("check", weights, "--picture", picture, "--expected", self.folder / "expected.npy",
                        "--tolerance", "1e30", "--device", self.device)
        return float(re.search(r"largest difference (\S+)", told).group(1))


def scores(program, network, mean, worst):
    emonet = ["--preprocessing", "emonet", "--mean-image", program.folder / "img_mean.txt"]
    pytorch = ["--preprocessing", "emonet-pytorch"]
    ways = [
        ("emonet-pytorch's names", "pytorch.pth", emonet, "matlab", mean),
        ("emonet-py's names", "py.pth", emonet, "matlab", mean),
        ("MATLAB's graph, nothing told", "matlab.onnx", [], "matlab", mean),
        ("emonet, Pillow's cubic", "py.pth", [*emonet, "--filter", "bicubic"], Image.Resampling.BICUBIC, mean),
        ("emonet-pytorch, no mean", "pytorch.pth", pytorch, Image.Resampling.BILINEAR, np.zeros_like(mean)),
    ]
    files = list(pictures(program.folder))
    for what, source, options, resize, subtracted in ways:
        weights = program.convert(source, *options)
        for picture in files:
            with torch.no_grad():
                expected = network(prepared(Image.open(picture), resize, subtracted)).numpy()
            difference = program.score_difference(weights, picture, expected)
            probabilities = torch.softmax(torch.from_numpy(expected), 1)
            print(f"{what:30} {picture.stem:9} scores {difference:.1e}, so probabilities {difference / 2:.1e} at most "
                  f"(largest {probabilities.max():.3f}); LRN divides by {network.denominators[0]:.2f} and {network.denominators[1]:.2f}",
                  flush=True)
            worst["scores"] = max(worst["scores"], difference / SCORES)


def gains(program, network, mean, worst):
    program.convert("pytorch.pth", "--preprocessing", "emonet", "--mean-image", program.folder / "img_mean.txt")
    files = [program.folder / "227x227.png", program.folder / "800x450.png"]
    inputs = torch.cat([prepared(Image.open(path), "matlab", mean) for path in files])
    np.save(program.folder / "pictures.npy", inputs.numpy())
    channels = [96, 256, 384, 384, 256]
    groups = [sorted(np.random.default_rng(at).permutation(count)[: count // 10]) for at, count in enumerate(channels)]
    sites = [f"conv{at + 1}={','.join(map(str, group))}" for at, group in enumerate(groups)]
    out = program.folder / "out"
    run = [program.programs / "examples" / "interventions", program.folder / "weights.bpk", program.folder / "pictures.npy"]
    subprocess.run([*run, out, program.device, *sites], check=True)
    for at, group in enumerate(groups):
        seen, factors = [], torch.ones(1, channels[at], 1, 1)

        def hook(_module, _inputs, output):
            seen.append(output.mean((2, 3)).numpy())
            return output * factors

        handle = network.relus[at].register_forward_hook(hook)
        errors = {}
        for index, gain in enumerate(GAINS):
            factors[0, group] = gain
            with torch.no_grad():
                expected = network.features(inputs).numpy()
            for way in ["whole", "suffix", "line"]:
                found = np.load(out / f"{at}-{way}.npy")[index]
                error = np.abs(found - expected).max() / np.abs(expected).max()
                errors[way] = max(errors.get(way, 0.0), error)
        handle.remove()
        responses = np.load(out / f"{at}.npy")
        errors["responses"] = np.abs(responses - seen[0]).max() / np.abs(seen[0]).max()
        print(f"conv{at + 1} gains {GAINS}: " + "  ".join(f"{what} {error:.1e}" for what, error in errors.items()), flush=True)
        worst["gains"] = max(worst["gains"], max(errors.values()) / TOLERANCE)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    network, worst = Network().eval(), {"scores": 0.0, "gains": 0.0}
    with tempfile.TemporaryDirectory() as folder:
        program = Program(pathlib.Path(folder), arguments.programs, arguments.device)
        mean = mean_image(program.folder)
        torch.save(network.state(PYTORCH), program.folder / "pytorch.pth")
        torch.save(network.state(PY), program.folder / "py.pth")
        matlab_onnx(network, mean, program.folder / "matlab.onnx")
        scores(program, network, mean, worst)
        gains(program, network, mean, worst)
    print("largest differences, as shares of what is allowed: " + ", ".join(f"{what} {share:.2f}" for what, share in worst.items()))
    sys.exit(0 if all(share <= 1 for share in worst.values()) else "too far")


if __name__ == "__main__":
    main()
