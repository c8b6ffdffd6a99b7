"""Writes the tiny VGG-16 of weights_fixtures.py in the forms that exporters, optimisers and training scripts give it, and
what PyTorch and ONNX Runtime make of one input with each: `input.npy` holds what reaches the first convolution,
`scores.json` the class scores by file. A file that prepares its own input is fed with the picture before that.

    python tests/golden/weights_variants.py        # needs torch, onnx, onnxscript, onnxruntime, safetensors
"""

import json
import pathlib
import zipfile

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import save_file
from torch import nn

import weights_fixtures as base
from weights_fixtures import CONVOLUTIONS, DENSE, FEATURES, GROUPS, Graph, Vgg, keras_dense, network, weights

FOLDER = pathlib.Path(__file__).parents[2] / "crates/weights-import/tests/variants"
SIDE = 64
MEAN, SD = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)
CAFFE = np.array([103.939, 116.779, 123.68], np.float32)
FEATURES_NORMALISED = [0, 3, 7, 10, 14, 17, 20, 24, 27, 30, 34, 37, 40]
SCORES = {}


def pictures():
    return np.random.default_rng(20).normal(size=(2, 3, SIDE, SIDE)).astype(np.float32)


def run_torch(model):
    with torch.no_grad():
        return model(torch.from_numpy(pictures())).numpy()


def keep(name, scores):
    SCORES[name] = np.asarray(scores, np.float64).tolist()


# --- graphs -----------------------------------------------------------------------------------------------------------

def save_graph(graph, name, opset, expected, source="data", fed=None, channel_last=False):
    """Keeps a graph if ONNX Runtime, fed with the picture before the graph's own arithmetic, gives these scores."""
    shape = ["n", SIDE, SIDE, 3] if channel_last else ["n", 3, SIDE, SIDE]
    base.FOLDER = FOLDER
    graph.save(name, opset, shape, source=source)
    fed = pictures() if fed is None else fed
    fed = fed.transpose(0, 2, 3, 1) if channel_last else fed
    session = onnxruntime.InferenceSession(str(FOLDER / name))
    found = session.run(None, {session.get_inputs()[0].name: fed})[0]
    difference = np.abs(found - expected).max() / np.abs(expected).max()
    # Arithmetic in front rounds the input once or twice more.
    assert difference < 1e-4, (name, difference)
    keep(name, expected)


def body(graph, table, before=None, after=None, pool=None, pads=(1, 1, 1, 1), kernel=lambda array: array):
    """The convolutions; `before` and `after` add nodes around each."""
    index = 0
    for group, (_, count) in enumerate(GROUPS):
        for _ in range(count):
            layer, feature = CONVOLUTIONS[index], f"features.{FEATURES[index]}"
            weight, bias = table[layer]
            if before:
                before(graph, layer)
            names = [graph.constant(f"{feature}.weight", kernel(weight))]
            if bias is not None:
                names.append(graph.constant(f"{feature}.bias", kernel(bias)))
            graph.add("Conv", *names, kernel_shape=[3, 3], pads=list(pads))
            if after:
                after(graph, layer)
            graph.add("Relu")
            index += 1
        graph.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2], **(pool or {}))


def head(graph, table, flatten=1, between=None, kernel=lambda array: array):
    graph.add("Flatten", axis=flatten)
    for layer, number in zip(DENSE, [0, 3, 6]):
        matrix, bias = table[layer]
        names = [graph.constant(f"classifier.{number}.{part}", kernel(array))
                 for part, array in zip(["weight", "bias"], [matrix, bias])]
        graph.add("Gemm", *names, transB=1)
        if layer != "fc8":
            graph.add("Relu")
            if between:
                graph.add("Flatten", axis=between)


def flatten_negative(table, scores):
    graph = Graph()
    body(graph, table)
    head(graph, table, flatten=-3, between=-1)
    save_graph(graph, "flatten_negative.onnx", 13, scores)


def padded(table, scores):
    def with_axes(graph, layer):
        names = [graph.constant(f"{layer}_pads", np.array([1, 1, 1, 1], np.int64)),
                 graph.constant(f"{layer}_fill", np.array(0, np.float32)),
                 graph.constant(f"{layer}_axes", np.array([-2, -1], np.int64))]
        graph.add("Pad", *names, mode="constant")

    def as_attribute(graph, _):
        graph.add("Pad", mode="constant", pads=[0, 0, 1, 0, 0, 0, 0, 1], value=0.0)

    graph = Graph()
    body(graph, table, before=with_axes, pads=(0, 0, 0, 0))
    head(graph, table)
    save_graph(graph, "pad_axes.onnx", 18, scores)
    # Half of the border stands in the node, half in the convolution.
    graph = Graph()
    body(graph, table, before=as_attribute, pads=(0, 1, 1, 0))
    head(graph, table)
    save_graph(graph, "pad_attribute.onnx", 9, scores)


def tensorflow(table, scores):
    """tf2onnx of a TensorFlow network with "SAME" everywhere, and the mean subtracted while channels are last."""
    graph = Graph("images")
    graph.add("Sub", graph.constant("mean", CAFFE))
    graph.add("Pad", graph.constant("pads", np.array([0, 1, 1, 0, 0, 1, 1, 0], np.int64)))
    graph.add("Transpose", perm=[0, 3, 1, 2])
    first = [True]

    def same(graph, _):
        node = graph.nodes[-1]
        del node.attribute[:]
        padding = "VALID" if first.pop() else "SAME_UPPER"
        first.append(False)
        node.attribute.append(helper.make_attribute("auto_pad", padding))

    body(graph, table, after=same, pool={"auto_pad": "SAME_UPPER"})
    graph.add("Transpose", perm=[0, 2, 3, 1])
    graph.add("Reshape", graph.constant("shape", np.array([-1, 24], np.int64)))
    for layer in DENSE:
        matrix, bias = keras_dense(table, layer)
        graph.add("MatMul", graph.constant(f"{layer}_w", matrix))
        graph.add("Add", graph.constant(f"{layer}_b", bias))
        if layer != "fc8":
            graph.add("Relu")
    fed = pictures() + CAFFE.reshape(1, 3, 1, 1)
    save_graph(graph, "tensorflow.onnx", 13, scores, source="images", fed=fed, channel_last=True)


def normalised_input(table, scores):
    colours = lambda array: np.asarray(array, np.float32).reshape(1, 3, 1, 1)
    graph = Graph()
    graph.add("Div", graph.constant("levels", np.array(255, np.float32)))
    graph.add("Sub", graph.constant("mean", colours(MEAN)))
    graph.add("Div", graph.constant("sd", colours(SD)))
    body(graph, table)
    head(graph, table)
    save_graph(graph, "normalised.onnx", 17, scores, fed=(pictures() * colours(SD) + colours(MEAN)) * np.float32(255))
    graph = Graph()
    graph.add("Mul", graph.constant("two", np.array([2], np.float32)))
    graph.add("Add", graph.constant("minus", np.array(-1, np.float32)))
    body(graph, table)
    head(graph, table)
    save_graph(graph, "halves.onnx", 17, scores, fed=(pictures() + 1) / 2)


def half(table):
    """float16 throughout, as converters write it, and float32 of bfloat16 weights behind Cast nodes."""
    short = lambda array: np.asarray(array, np.float16)
    graph = Graph()
    graph.add("Cast", to=TensorProto.FLOAT16)
    body(graph, table, kernel=short)
    head(graph, table, kernel=short)
    graph.add("Cast", to=TensorProto.FLOAT)
    shape = ["n", 3, SIDE, SIDE]
    base.FOLDER = FOLDER
    graph.save("half.onnx", 17, shape)
    session = onnxruntime.InferenceSession(str(FOLDER / "half.onnx"))
    widened = network_of({name: [short(array).astype(np.float32) for array in pair] for name, pair in table.items()})
    scores = run_torch(widened)
    found = session.run(None, {"data": pictures()})[0]
    assert np.abs(found - scores).max() < 0.01 * np.abs(scores).max()
    keep("half.onnx", scores)


# --- networks of PyTorch ----------------------------------------------------------------------------------------------

def network_of(table):
    model = network(Vgg, 2)
    with torch.no_grad():
        modules = [model.features[i] for i in FEATURES] + [model.classifier[i] for i in (0, 3, 6)]
        for module, (weight, bias) in zip(modules, table.values()):
            module.weight.copy_(torch.from_numpy(weight.copy()))
            module.bias.copy_(torch.from_numpy(bias.copy()))
    return model


class VggNormalised(nn.Module):
    """torchvision's vgg16_bn with other widths."""

    def __init__(self):
        super().__init__()
        layers, inputs = [], 3
        for width, count in GROUPS:
            for _ in range(count):
                layers += [nn.Conv2d(inputs, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
                inputs = width
            layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
        self.features = nn.Sequential(*layers)
        self.classifier = Vgg(2).classifier

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


def batch_normalised():
    model = network(lambda _: VggNormalised(), 2)
    rng = np.random.default_rng(16)
    with torch.no_grad():
        for module in model.features:
            if isinstance(module, nn.BatchNorm2d):
                for tensor, low, high in [(module.weight, 0.5, 1.5), (module.bias, -0.3, 0.3),
                                          (module.running_mean, -0.5, 0.5), (module.running_var, 0.25, 4)]:
                    tensor.copy_(torch.from_numpy(rng.uniform(low, high, tensor.shape).astype(np.float32)))
    scores = run_torch(model)
    torch.save({"net": model.state_dict(), "acc": 93.1, "epoch": 7}, FOLDER / "batch_norm.pth")
    keep("batch_norm.pth", scores)
    convolutions = [model.features[i] for i in FEATURES_NORMALISED]
    norms = dict(zip(CONVOLUTIONS, [model.features[i + 1] for i in FEATURES_NORMALISED]))
    epsilon = 1e-3
    table = {name: (module.weight.detach().numpy(), None) for name, module in zip(CONVOLUTIONS, convolutions)}
    for module in convolutions:
        nn.init.zeros_(module.bias)
    for module in norms.values():
        module.eps = epsilon
    for name, number in zip(DENSE, [0, 3, 6]):
        module = model.classifier[number]
        table[name] = (module.weight.detach().numpy(), module.bias.detach().numpy())

    def normalise(graph, layer):
        module = norms[layer]
        tensors = [module.weight, module.bias, module.running_mean, module.running_var]
        names = [graph.constant(f"{layer}_{part}", tensor.detach().numpy()) for part, tensor in zip("gbmv", tensors)]
        graph.add("BatchNormalization", *names, epsilon=epsilon)

    graph = Graph()
    body(graph, table, after=normalise)
    head(graph, table)
    save_graph(graph, "batch_norm.onnx", 15, run_torch(model))


def without_biases():
    """PyTorch's own exporter leaves out biases that are all zero."""
    model = network(Vgg, 2)
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.zeros_(module.bias)
    torch.onnx.export(model, (torch.zeros(1, 3, SIDE, SIDE),), FOLDER / "without_biases.onnx", dynamo=True,
                      external_data=False, dynamic_shapes={"x": {0: torch.export.Dim("n")}})
    proto = onnx.load(FOLDER / "without_biases.onnx")
    for node in proto.graph.node:
        del node.metadata_props[:]
        assert node.op_type not in ("Conv", "Gemm") or len(node.input) == 2, node.name
    for value in [*proto.graph.value_info, *proto.graph.input, *proto.graph.output, *proto.graph.initializer]:
        del value.metadata_props[:]
    del proto.graph.metadata_props[:]
    (FOLDER / "without_biases.onnx").write_bytes(proto.SerializeToString())
    session = onnxruntime.InferenceSession(str(FOLDER / "without_biases.onnx"))
    scores = run_torch(model)
    found = session.run(None, {session.get_inputs()[0].name: pictures()})[0]
    assert np.abs(found - scores).max() < 1e-5 * np.abs(scores).max()
    keep("without_biases.onnx", scores)


def checkpoints(model, scores):
    state = model.state_dict()
    below = lambda prefix, tensors: {f"{prefix}{name}": tensor for name, tensor in tensors.items()}
    normaliser = lambda prefix: {f"{prefix}.new_mean": torch.tensor(MEAN).reshape(3, 1, 1),
                                 f"{prefix}.new_std": torch.tensor(SD).reshape(3, 1, 1)}
    momentum = {"state": {i: {"momentum_buffer": torch.zeros(2)} for i in range(3)}, "param_groups": [{"lr": 0.1}]}
    robust = {**normaliser("module.normalizer"), **below("module.model.", state),
              **normaliser("module.attacker.normalize"), **below("module.attacker.model.", state)}
    torch.save({"model": robust, "optimizer": momentum, "schedule": None, "epoch": 90}, FOLDER / "robust.pt")
    keep("robust.pt", scores)
    average = {name: 0.5 * tensor for name, tensor in state.items()}
    torch.save({"epoch": 5, "state_dict": state, "state_dict_ema": average, "optimizer": momentum, "version": 2},
               FOLDER / "average.pth.tar")
    keep("average.pth.tar", scores)
    averaged = network(Vgg, 2)
    averaged.load_state_dict(average)
    keep("state_dict_ema", run_torch(averaged))
    torch.save({"student": state, "teacher": average}, FOLDER / "two_networks.pth")
    lightning = {"state_dict": {**below("model.", state), "criterion.weight": torch.ones(5)}, "global_step": 3,
                 "optimizer_states": [momentum], "pytorch-lightning_version": "2.6"}
    torch.save(lightning, FOLDER / "lightning.ckpt")
    keep("lightning.ckpt", scores)
    wrapped = {**below("model.", state), "normalize.mean": torch.full((3,), 0.5), "normalize.std": torch.full((3,), 0.5)}
    torch.save(wrapped, FOLDER / "wrapped.pth")
    short = {name: tensor.to(torch.bfloat16) for name, tensor in state.items()}
    save_file(short, FOLDER / "bfloat16.safetensors")
    widened = network(Vgg, 2)
    widened.load_state_dict({name: tensor.float() for name, tensor in short.items()})
    keep("bfloat16.safetensors", run_torch(widened))
    torchscript()
    quantised = torch.quantize_per_tensor(state["features.0.weight"], 0.01, 0, torch.qint8)
    torch.save({**state, "features.0.weight": quantised}, FOLDER / "quantised.pth")


def torchscript():
    """What torch.jit.save writes, without the notes about the Python files of this machine."""
    whole = FOLDER / "whole.pt"
    torch.jit.save(torch.jit.script(nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU())), whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(FOLDER / "scripted.pt", "w") as target:
        for name in source.namelist():
            if not name.endswith(".debug_pkl"):
                target.writestr(zipfile.ZipInfo(name), source.read(name))
    whole.unlink()
    torch.jit.load(FOLDER / "scripted.pt")


def frossard(table, scores):
    """vgg16_weights.npz: TensorFlow's layout under Caffe's names; one array in Fortran order, as a transposed one is."""
    arrays = {}
    for layer, (weight, bias) in table.items():
        arrays[f"{layer}_W"] = keras_dense(table, layer)[0] if layer in DENSE else weight.transpose(2, 3, 1, 0)
        arrays[f"{layer}_b"] = bias
    arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    arrays["fc7_W"] = np.asfortranarray(arrays["fc7_W"])
    np.savez(FOLDER / "frossard.npz", **arrays)
    keep("frossard.npz", scores)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    torch.manual_seed(0)
    model = network(Vgg, 2)
    table, scores = weights(model), run_torch(model)
    np.save(FOLDER / "input.npy", pictures())
    flatten_negative(table, scores)
    padded(table, scores)
    tensorflow(table, scores)
    normalised_input(table, scores)
    half(table)
    batch_normalised()
    without_biases()
    checkpoints(model, scores)
    frossard(table, scores)
    (FOLDER / "scores.json").write_text(json.dumps(SCORES, indent=1) + "\n")
    for path in FOLDER.iterdir():
        path.chmod(0o644)
    print(sum(path.stat().st_size for path in FOLDER.iterdir()), "bytes in", FOLDER)


if __name__ == "__main__":
    main()
