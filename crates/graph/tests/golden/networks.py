"""Golden values of whole networks. Run: python networks.py > networks.json

Needs torch, torchvision and efficientnet-lite-pytorch (written with 2.15.0, 0.29.2 and 0.1.0). For every network:
names and shapes of the state dict, learned numbers, multiplications as PyTorch's own counter of floating-point
operations has them, the result's shape of every convolution, dense layer, activation, max-pool and normalisation in the
order of the run, and ten scores of a small input with the weights of seeded.py, in float64.

At a small input the fixed-size pooling of VGG and AlexNet would not be the identity that it is at their own size, so
these two get dense layers as wide as their maps are then.
"""

import contextlib
import io
import json
import sys
from collections import OrderedDict

import numpy as np
import torch
import torchvision.models as zoo
from efficientnet_lite_pytorch import EfficientNet
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from seeded import signed, tensor

KINDS = {nn.Conv2d: "conv", nn.Linear: "dense", nn.ReLU: "ReLU", nn.ReLU6: "ReLU6", nn.MaxPool2d: "max-pool",
         nn.LocalResponseNorm: "lrn"}
GROUPS = {"vgg11": [(64, 1), (128, 1), (256, 2), (512, 2), (512, 2)],
          "vgg13": [(64, 2), (128, 2), (256, 2), (512, 2), (512, 2)],
          "vgg16": [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)],
          "vgg19": [(64, 2), (128, 2), (256, 4), (512, 4), (512, 4)],
          "vgg16-demo": [(8, 2), (16, 2), (32, 3), (64, 3), (64, 3)],
          "tiny": [(4, 2), (6, 2)]}


def vgg(name, hidden, side, classes):
    groups = GROUPS[name]
    features = zoo.vgg.make_layers([layer for width, count in groups for layer in [width] * count + ["M"]])
    maps = groups[-1][0] * (side >> len(groups)) ** 2
    classifier = nn.Sequential(nn.Linear(maps, hidden[0]), nn.ReLU(), nn.Dropout(), nn.Linear(*hidden), nn.ReLU(),
                               nn.Dropout(), nn.Linear(hidden[1], classes))
    return nn.Sequential(OrderedDict(features=features, flatten=nn.Flatten(), classifier=classifier))


def alexnet(side, classes):
    model = zoo.alexnet(num_classes=classes)
    model.avgpool = nn.Identity()
    with torch.no_grad():
        maps = model.features(torch.zeros(1, 3, side, side)).numel()
    model.classifier[1] = nn.Linear(maps, 4096)
    return model


def caffe(side, classes):
    alpha, beta = float(np.float32(1e-4)), 0.75
    lrn = lambda: nn.LocalResponseNorm(5, alpha, beta, 1.0)
    pool = lambda: nn.MaxPool2d(3, 2)
    trunk = OrderedDict(conv1=nn.Conv2d(3, 96, 11, 4), relu1=nn.ReLU(), norm1=lrn(), pool1=pool(),
                        conv2=nn.Conv2d(96, 256, 5, padding=2, groups=2), relu2=nn.ReLU(), norm2=lrn(), pool2=pool(),
                        conv3=nn.Conv2d(256, 384, 3, padding=1), relu3=nn.ReLU(),
                        conv4=nn.Conv2d(384, 384, 3, padding=1, groups=2), relu4=nn.ReLU(),
                        conv5=nn.Conv2d(384, 256, 3, padding=1, groups=2), relu5=nn.ReLU(), pool5=pool())
    side = {227: 6, 67: 1}[side]  # of the maps that fc6 reads
    head = OrderedDict(flatten=nn.Flatten(), fc6=nn.Linear(256 * side * side, 4096), relu6=nn.ReLU(),
                       fc7=nn.Linear(4096, 4096), relu7=nn.ReLU(), fc8=nn.Linear(4096, classes))
    return nn.Sequential(OrderedDict(**trunk, **head))


def emonet(side, classes):
    """The layers of github.com/ecco-laboratory/emonet-pytorch, dense layers as matrices: its modules hold a layer and all
    that follows it, and its last one is called classifier."""
    blocks, names = [], [f"conv_{at}" for at in range(7)] + ["classifier"]
    flatten = None
    for layer in caffe(side, classes).children():
        if isinstance(layer, nn.Flatten):
            flatten = layer
        elif isinstance(layer, (nn.Conv2d, nn.Linear)):
            blocks.append([layer])
        else:
            blocks[-1].append(layer)
    blocks[4].append(flatten)
    return nn.Sequential(OrderedDict((name, nn.Sequential(*block)) for name, block in zip(names, blocks)))


def lite(side, classes):
    with contextlib.redirect_stdout(io.StringIO()):
        return EfficientNet.from_name("efficientnet-lite0", image_size=side, num_classes=classes)


# name: (model at its own size, that size, model at a small size, that size)
def networks():
    wide = (4096, 4096)
    for name in ["vgg11", "vgg13", "vgg16", "vgg19"]:
        yield name, lambda: getattr(zoo, name)(), 224, lambda: vgg(name, wide, 32, 10), 32
    yield "vgg16-demo", lambda: vgg("vgg16-demo", (512, 512), 64, 8), 64, lambda: vgg("vgg16-demo", (512, 512), 64, 10), 64
    yield "tiny", lambda: vgg("tiny", (10, 8), 16, 5), 16, lambda: vgg("tiny", (10, 8), 16, 10), 16
    yield "alexnet", zoo.alexnet, 224, lambda: alexnet(64, 10), 64
    yield "alexnet-caffe", lambda: caffe(227, 1000), 227, lambda: caffe(67, 10), 67
    yield "emonet", lambda: emonet(227, 20), 227, lambda: emonet(67, 10), 67
    for name in ["resnet18", "resnet34", "resnet50", "squeezenet1_1", "mobilenet_v2"]:
        yield name, lambda: getattr(zoo, name)(), 224, lambda: getattr(zoo, name)(num_classes=10), 64
    yield "efficientnet-lite0", lambda: lite(224, 1000), 224, lambda: lite(72, 10), 72


def layers(model, side):
    """Kind and shape of every layer's result, and multiplications, on no device at all."""
    found = []

    def kind(module):  # a padded convolution is one too
        return next((kind for layer, kind in KINDS.items() if isinstance(module, layer)), None)

    def record(module, _, output):
        found.append([kind(module), *output.shape[1:]])

    for module in model.modules():
        if kind(module):
            module.register_forward_hook(record)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(torch.zeros(1, 3, side, side))
    return found, counter.get_total_flops() // 2


def scores(model, side):
    model = model.double().eval()
    state = {name: torch.from_numpy(tensor(name, tuple(value.shape))) for name, value in model.state_dict().items()
             if not name.endswith("num_batches_tracked")}
    model.load_state_dict(state, strict=False)
    picture = torch.from_numpy(signed("picture", (1, 3, side, side), 2.0))
    with torch.no_grad():
        return model(picture)[0].tolist()


def main():
    golden = {"torch": torch.__version__, "networks": {}}
    for name, own, side, small, small_side in networks():
        print(name, file=sys.stderr)
        with torch.device("meta"):
            model = own().eval()
            found, multiplications = layers(model, side)
        state = [[key, *value.shape] for key, value in model.state_dict().items()
                 if not key.endswith("num_batches_tracked")]
        golden["networks"][name] = {
            "side": side,
            "parameters": sum(value.numel() for value in model.parameters()),
            "multiplications": multiplications,
            "state": state,
            "layers": found,
            "small_side": small_side,
            "scores": scores(small(), small_side),
        }
    print(json.dumps(golden, separators=(",", ":")).replace("],[", "],\n["))


main()
