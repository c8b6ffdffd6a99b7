"""Writes a VGG-16 of full size with seeded random weights in every form that PyTorch writes, and what PyTorch and ONNX
Runtime make of real pictures with it: for checks by hand, because the files are too large to keep.

    python tests/golden/weights_full.py OUT --pictures FOLDER [--count 16] [--seed 0]
    cargo run -p weights-import --release -- convert OUT/vgg16_torchscript.onnx -o OUT/vgg16.bpk --preprocessing torchvision
    cargo run -p weights-import --release -- check OUT/vgg16.bpk --input OUT/input.npy --expected OUT/logits.npy

OUT then holds
    vgg16_torchscript.onnx, vgg16_dynamo.onnx with vgg16_dynamo.onnx.data, vgg16.pth, vgg16.safetensors
    pictures.txt      the names of the pictures, in the order of the rows below
    input.npy         [pictures, 3, 224, 224], prepared by torchvision
    logits.npy        [pictures, 1000], ONNX Runtime on the TorchScript export
    logits_torch.npy  [pictures, 1000], PyTorch
    responses.npz     conv1_1 … conv5_3, [pictures, channels]: spatial means after the ReLU, by forward hooks
"""

import argparse
import pathlib
import re

import numpy as np
import onnxruntime
import torch
import torchvision
from PIL import Image
from safetensors.torch import save_file
from torchvision import transforms

PICTURES = {".jpg", ".jpeg", ".png", ".bmp"}
LAYERS = [f"conv{g + 1}_{i + 1}" for g, count in enumerate([2, 2, 3, 3, 3]) for i in range(count)]
BATCH = 4


def he_network(seed):
    """VGG-16 with weights from N(0, 2 / fan_in) and small biases, so that no two tensors are equal."""
    model = torchvision.models.vgg16(weights=None, init_weights=False)
    rng = np.random.default_rng(seed)
    with torch.no_grad():
        for tensor in model.parameters():
            sd = np.sqrt(2 / np.prod(tensor.shape[1:])) if tensor.ndim > 1 else 0.01
            tensor.copy_(torch.from_numpy(rng.standard_normal(tensor.shape, dtype=np.float32) * np.float32(sd)))
    return model.eval()


def natural(path):
    """The order in which a person counts: Acorns 2 before Acorns 10."""
    return [int(part) if part.isdigit() else part.lower() for part in re.split(r"(\d+)", path.name)]


def prepared(paths):
    prepare = transforms.Compose([
        transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ])
    return torch.stack([prepare(Image.open(path).convert("RGB")) for path in paths])


def hooked(model, pictures):
    """Logits, and the spatial mean of every rectified map."""
    means = {layer: [] for layer in LAYERS}
    rectifiers = [module for module in model.features if isinstance(module, torch.nn.ReLU)]
    hooks = [
        module.register_forward_hook(lambda _m, _i, output, layer=layer: means[layer].append(output.mean((2, 3)).numpy()))
        for layer, module in zip(LAYERS, rectifiers)
    ]
    with torch.no_grad():
        logits = torch.cat([model(batch) for batch in pictures.split(BATCH)]).numpy()
    for hook in hooks:
        hook.remove()
    return logits, {layer: np.concatenate(parts) for layer, parts in means.items()}


def export(model, out):
    torch.save(model.state_dict(), out / "vgg16.pth")
    save_file({key: tensor.contiguous() for key, tensor in model.state_dict().items()}, out / "vgg16.safetensors")
    example = torch.zeros(1, 3, 224, 224)
    torch.onnx.export(model, example, out / "vgg16_torchscript.onnx", dynamo=False,
                      input_names=["pictures"], dynamic_axes={"pictures": {0: "n"}})
    torch.onnx.export(model, (example,), out / "vgg16_dynamo.onnx", dynamo=True, external_data=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--pictures", type=pathlib.Path, required=True)
    parser.add_argument("--count", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    model = he_network(options.seed)
    export(model, options.out)
    found = (path for path in options.pictures.iterdir() if path.suffix.lower() in PICTURES)
    paths = sorted(found, key=natural)[: options.count]
    (options.out / "pictures.txt").write_text("".join(f"{path.name}\n" for path in paths))
    pictures = prepared(paths)
    np.save(options.out / "input.npy", pictures.numpy())
    logits, means = hooked(model, pictures)
    np.save(options.out / "logits_torch.npy", logits)
    np.savez(options.out / "responses.npz", **means)
    session = onnxruntime.InferenceSession(str(options.out / "vgg16_torchscript.onnx"))
    scores = np.concatenate([session.run(None, {"pictures": batch.numpy()})[0] for batch in pictures.split(BATCH)])
    np.save(options.out / "logits.npy", scores)
    print(f"{len(paths)} pictures; ONNX Runtime and PyTorch differ by at most {np.abs(scores - logits).max():.2e}",
          f"where logits reach {np.abs(logits).max():.2f}")


if __name__ == "__main__":
    main()
