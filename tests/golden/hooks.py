"""Compares responses, lesions and gains of every known network with forward hooks in PyTorch.

    cargo build --release -p weights-import --examples --bins
    python hooks.py target/release [NETWORK …] [--device cpu]

(needs numpy, torch, torchvision; efficientnet-lite0 also the package efficientnet-lite-pytorch 0.1.0)

Every network gets random weights, biases and statistics of its batch normalisations, goes through `weights-import convert`
as a state dict, and computes two random pictures here and there. At five sites (stem, inner branch or depthwise, sum or
concatenation, last convolution, dense layer, as far as there are any) a tenth of the channels gets the gains 0, .5, 2 and 6:
PyTorch by hooks on full passes, the program by the whole pass, from the site on, and by the gain line. All features, and the
spatial means of the intact sites, must agree within 1e-4 of the largest value: float32 carries 6e-8, and sums of some
thousand terms through up to 50 layers part by 1e-6 to 1e-5. Exit status 1 where anything differs by more.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
import torchvision

TOLERANCE = 1e-4
GAINS = [0.0, 0.5, 2.0, 6.0]

# Sites: name in the program, module in PyTorch, and which of the module's calls in a pass (modules are used again).
SITES = {
    "vgg11": [("conv1_1", "features.1", 0), ("conv3_1", "features.7", 0), ("conv5_2", "features.19", 0), ("relu6", "classifier.1", 0)],
    "vgg13": [("conv1_1", "features.1", 0), ("conv3_2", "features.13", 0), ("conv5_2", "features.23", 0), ("relu7", "classifier.4", 0)],
    "vgg16": [("conv1_1", "features.1", 0), ("conv3_2", "features.13", 0), ("conv5_3", "features.29", 0), ("relu6", "classifier.1", 0)],
    "vgg19": [("conv1_2", "features.3", 0), ("conv4_4", "features.26", 0), ("conv5_4", "features.35", 0), ("relu6", "classifier.1", 0)],
    "alexnet": [("conv1", "features.1", 0), ("conv2", "features.4", 0), ("conv5", "features.11", 0), ("relu6", "classifier.2", 0), ("relu7", "classifier.5", 0)],
    "resnet18": [("conv1", "relu", 0), ("layer1.0.relu1", "layer1.0.relu", 0), ("layer1.0", "layer1.0.relu", 1), ("layer4.0.relu1", "layer4.0.relu", 0), ("layer4.1", "layer4.1.relu", 1)],
    "resnet34": [("conv1", "relu", 0), ("layer2.0.relu1", "layer2.0.relu", 0), ("layer2.1", "layer2.1.relu", 1), ("layer3.5", "layer3.5.relu", 1), ("layer4.2", "layer4.2.relu", 1)],
    "resnet50": [("conv1", "relu", 0), ("layer1.0.relu2", "layer1.0.relu", 1), ("layer2.0", "layer2.0.relu", 2), ("layer4.2.relu1", "layer4.2.relu", 0), ("layer4.2", "layer4.2.relu", 2)],
    "squeezenet1_1": [("conv1", "features.1", 0), ("features.3.squeeze_activation", "features.3.squeeze_activation", 0), ("features.4.expand3x3_activation", "features.4.expand3x3_activation", 0), ("fire5", "features.7", 0), ("fire9", "features.12", 0)],
    "mobilenet_v2": [("features.0", "features.0.2", 0), ("features.2.conv.0.0.relu6", "features.2.conv.0.2", 0), ("features.3", "features.3.conv.1.2", 0), ("features.17", "features.17.conv.1.2", 0), ("features.18", "features.18.2", 0)],
    "efficientnet-lite0": [("stem", "_swish", 0), ("_blocks.1._expand_conv.relu6", "_blocks.1._swish", 0), ("blocks.2", "_blocks.2._swish", 1), ("blocks.15", "_blocks.15._swish", 1), ("head", "_swish", 1)],
}
# What recognition heads read: the input of this module.
FEATURES = {
    "vgg": "classifier.6", "alexnet": "classifier.6", "resnet": "fc", "squeezenet": "classifier.1",
    "mobilenet": "classifier.1", "efficientnet": "_fc",
}


def random_network(name):
    torch.manual_seed(sum(map(ord, name)))
    if name == "efficientnet-lite0":
        from efficientnet_lite_pytorch import EfficientNet

        model = EfficientNet.from_name("efficientnet-lite0")
    else:
        model = getattr(torchvision.models, name)(weights=None, num_classes=10)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, std=0.2)
            torch.nn.init.normal_(module.running_mean, std=0.2)
            torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
        elif getattr(module, "bias", None) is not None:
            torch.nn.init.normal_(module.bias, std=0.05)
    return model.eval()


class Hooked:
    """Features of one pass, with the output of some calls of modules seen or changed."""

    def __init__(self, model, name):
        self.model, self.modules = model, dict(model.named_modules())
        self.last = next(module for family, module in FEATURES.items() if name.startswith(family))

    def run(self, pictures, at, change):
        calls, seen = {}, {}

        def output(module_name):
            def hook(_module, _input, output):
                call = calls[module_name] = calls.get(module_name, -1) + 1
                return change(output) if (module_name, call) == at else None

            return hook

        def features(_module, inputs):
            seen["features"] = torch.flatten(inputs[0], 1).clone()

        handles = [self.modules[at[0]].register_forward_hook(output(at[0]))]
        handles.append(self.modules[self.last].register_forward_pre_hook(features))
        with torch.no_grad():
            self.model(pictures)
        for handle in handles:
            handle.remove()
        return seen["features"].numpy()

    def response(self, pictures, at):
        seen = []
        self.run(pictures, at, lambda output: seen.append(output.clone()))
        return seen[0].flatten(2).mean(2).numpy() if seen[0].ndim == 4 else seen[0].numpy(), seen[0].shape[1]


def compare(name, programs, device):
    model, side = random_network(name), 224
    pictures = torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(7))
    hooked = Hooked(model, name)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        torch.save(model.state_dict(), folder / "weights.pth")
        np.save(folder / "pictures.npy", pictures.numpy())
        convert = [programs / "weights-import", "convert", folder / "weights.pth", "-o", folder / "weights.bpk"]
        subprocess.run([*convert, "--preprocessing", "torchvision"], check=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        responses, groups = [], []
        for number, (_, module, call) in enumerate(SITES[name]):
            response, channels = hooked.response(pictures, (module, call))
            responses.append(response)
            groups.append(sorted(np.random.default_rng(number).permutation(channels)[: max(1, channels // 10)]))
        sites = [f"{site}={','.join(map(str, group))}" for (site, _, _), group in zip(SITES[name], groups)]
        run = [programs / "examples" / "interventions", folder / "weights.bpk", folder / "pictures.npy", folder / "out", device]
        subprocess.run([*run, *sites], check=True)
        worst = 0.0
        for number, ((site, module, call), group) in enumerate(zip(SITES[name], groups)):
            found = np.load(folder / "out" / f"{number}.npy")
            errors = {"responses": np.abs(found - responses[number]).max() / np.abs(responses[number]).max()}
            for way in ["whole", "suffix", "line"]:
                features = np.load(folder / "out" / f"{number}-{way}.npy")
                for gain, of_gain in zip(GAINS, features):
                    factors = torch.ones(responses[number].shape[1])
                    factors[torch.tensor(group)] = gain
                    scaled = lambda output: output * factors.view(1, -1, *[1] * (output.ndim - 2))
                    expected = hooked.run(pictures, (module, call), scaled)
                    error = np.abs(of_gain - expected).max() / np.abs(expected).max()
                    errors[way] = max(errors.get(way, 0.0), error)
            worst = max(worst, *errors.values())
            print(f"{name:20} {site:32} " + "  ".join(f"{what} {error:.1e}" for what, error in errors.items()), flush=True)
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("networks", nargs="*", default=list(SITES))
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    worst = {name: compare(name, arguments.programs, arguments.device) for name in arguments.networks}
    failed = [name for name, error in worst.items() if not error <= TOLERANCE]
    print(f"largest difference {max(worst.values()):.1e} of the largest value; allowed {TOLERANCE}")
    sys.exit(f"too far: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
