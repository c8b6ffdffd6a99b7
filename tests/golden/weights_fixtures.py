"""Writes tiny networks with the stages of VGG-16 in every form in which VGG-16 weights are handed around.

All files hold the same weights, so every one must import to the same arrays; `expected.json` holds what those arrays
are, computed here with NumPy. Each ONNX file is run by ONNX Runtime and must agree with PyTorch before it is kept.
Files that imitate an exporter that is not installed here (MXNet, tf2onnx) follow the graphs of published files.

    python tests/golden/weights_fixtures.py        # needs torch, onnx, onnxscript, onnxruntime, safetensors
"""

import json
import pathlib

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file
from torch import nn

FOLDER = pathlib.Path(__file__).parents[2] / "crates/weights-import/tests/fixtures"
GROUPS = [(2, 2), (3, 2), (4, 3), (5, 3), (6, 3)]
HIDDEN, CLASSES = (8, 7), 5
CONVOLUTIONS = [f"conv{g + 1}_{i + 1}" for g, (_, count) in enumerate(GROUPS) for i in range(count)]
DENSE = ["fc6", "fc7", "fc8"]
FEATURES = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]
# Sixteen layers of float32 sums in another order, as a share of the largest value: some 80 roundings.
TOLERANCE = 1e-5


class Vgg(nn.Module):
    """torchvision's VGG-16 with other widths, for pictures of 32 times `pooled` pixels a side."""

    def __init__(self, pooled):
        super().__init__()
        layers, inputs = [], 3
        for width, count in GROUPS:
            for _ in range(count):
                layers += [nn.Conv2d(inputs, width, 3, padding=1), nn.ReLU(inplace=True)]
                inputs = width
            layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d((pooled, pooled))
        dropout = lambda: nn.Dropout(0.5)
        self.classifier = nn.Sequential(
            nn.Linear(inputs * pooled**2, HIDDEN[0]), nn.ReLU(True), dropout(),
            nn.Linear(*HIDDEN), nn.ReLU(True), dropout(),
            nn.Linear(HIDDEN[1], CLASSES),
        )

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


class VggWithView(Vgg):
    """Flattens as code of 2017 did."""

    def forward(self, x):
        x = self.features(x)
        return self.classifier(x.view(x.size(0), -1))


def network(cls, pooled):
    model = cls(pooled)
    rng = np.random.default_rng(1405)
    with torch.no_grad():
        for tensor in model.parameters():
            fan_in = np.prod(tensor.shape[1:]) if tensor.ndim > 1 else 8
            tensor.copy_(torch.from_numpy(rng.normal(0, np.sqrt(2 / fan_in), tensor.shape).astype(np.float32)))
    return model.eval()


def weights(model):
    """Kernel and bias of every layer, in PyTorch's layout."""
    modules = [model.features[i] for i in FEATURES] + [model.classifier[i] for i in (0, 3, 6)]
    arrays = [(m.weight.detach().numpy(), m.bias.detach().numpy()) for m in modules]
    return dict(zip(CONVOLUTIONS + DENSE, arrays))


def checksum(array):
    """A sum that changes when elements trade places; float64."""
    ramp = np.arange(array.size) % 97 + 1
    return float((array.astype(np.float64).ravel() * ramp).sum())


def expected(model):
    """Shape and checksum of every array as a checkpoint holds it: kernels [out, in, 3, 3], matrices [in, out]."""
    table = {}
    for name, (weight, bias) in weights(model).items():
        weight = weight if weight.ndim == 4 else weight.T
        table[name] = {"shape": list(weight.shape), "weight": checksum(weight), "bias": checksum(bias)}
    return table


# --- files that PyTorch itself writes ---------------------------------------------------------------------------------

def export_torchscript(model, name, side, **options):
    torch.onnx.export(model, torch.zeros(1, 3, side, side), FOLDER / name, dynamo=False, **options)


def export_dynamo(model, name, side, **options):
    torch.onnx.export(model, (torch.zeros(2, 3, side, side),), FOLDER / name, dynamo=True, **options)
    # The exporter notes the Python line of every node: two thirds of a file this small, and of no use here.
    proto = onnx.load(FOLDER / name, load_external_data=False)
    for node in proto.graph.node:
        del node.metadata_props[:]
    for value in [*proto.graph.value_info, *proto.graph.input, *proto.graph.output, *proto.graph.initializer]:
        del value.metadata_props[:]
    del proto.graph.metadata_props[:]
    (FOLDER / name).write_bytes(proto.SerializeToString())


# --- graphs built by hand ---------------------------------------------------------------------------------------------

class Graph:
    """A chain of nodes with its initializers."""

    def __init__(self, value="data"):
        self.value, self.nodes, self.tensors, self.count = value, [], [], 0

    def add(self, operator, *inputs, output=None, **attributes):
        self.count += 1
        output = output or f"{operator.lower()}_{self.count}"
        self.nodes.append(helper.make_node(operator, [self.value, *inputs], [output], name=output, **attributes))
        self.value = output

    def constant(self, name, array):
        self.tensors.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def save(self, name, opset, shape, output=CLASSES, tensors_are_inputs=False, ir=8, source="data"):
        info = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        inputs = [info(source, shape)]
        if tensors_are_inputs:
            inputs += [info(t.name, list(t.dims)) for t in self.tensors]
        output = [shape[0], output] if isinstance(output, int) else output
        graph = helper.make_graph(self.nodes, "vgg", inputs, [info(self.value, output)], self.tensors)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir)
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, FOLDER / name)


def zoo(model, name, opset):
    """The graphs of the ONNX model zoo's vgg16-7 and vgg16-12, which MXNet exported: weights are inputs too, and a
    Flatten stands before every Gemm."""
    table, graph = weights(model), Graph()
    window = {"kernel_shape": [3, 3], "strides": [1, 1], "dilations": [1, 1], "group": 1, "pads": [1, 1, 1, 1]}
    layer = 0
    for group, (_, count) in enumerate(GROUPS):
        for _ in range(count):
            kernel, bias = table[CONVOLUTIONS[layer]]
            names = graph.constant(f"vgg0_conv{layer}_weight", kernel), graph.constant(f"vgg0_conv{layer}_bias", bias)
            graph.add("Conv", *names, output=f"vgg0_conv{layer}_fwd", **window)
            graph.add("Relu", output=f"vgg0_relu{layer}_fwd")
            layer += 1
        graph.add("MaxPool", output=f"vgg0_pool{group}_fwd", kernel_shape=[2, 2], strides=[2, 2], pads=[0, 0, 0, 0])
    for index, dense in enumerate(DENSE):
        matrix, bias = table[dense]
        graph.add("Flatten")
        names = graph.constant(f"vgg0_dense{index}_weight", matrix), graph.constant(f"vgg0_dense{index}_bias", bias)
        graph.add("Gemm", *names, output=f"vgg0_dense{index}_fwd", alpha=1.0, beta=1.0, transA=0, transB=1)
        if dense == "fc8":
            continue
        graph.add("Relu", output=f"vgg0_dense{index}_relu_fwd")
        if opset < 12:
            graph.add("Dropout", output=f"vgg0_dropout{index}_fwd", ratio=0.5)
        else:
            ratio = numpy_helper.from_array(np.array(0.5, np.float32))
            graph.nodes.append(helper.make_node("Constant", [], [f"ratio{index}"], value=ratio))
            graph.add("Dropout", f"ratio{index}", output=f"vgg0_dropout{index}_fwd")
    graph.save(name, opset, [1, 3, 64, 64], tensors_are_inputs=opset < 12, ir=3 if opset < 12 else 7)


def unusual(model):
    """Gemm with transB = 0, a Reshape with a constant shape, an alias by Identity, float_data, a softmax at the end,
    and no names for the nodes."""
    table, graph = weights(model), Graph()
    for group, (_, count) in enumerate(GROUPS):
        for index in range(count):
            layer = f"conv{group + 1}_{index + 1}"
            kernel, bias = (graph.constant(f"{layer}_{part}", a) for part, a in zip("wb", table[layer]))
            if layer == "conv2_2":
                graph.nodes.append(helper.make_node("Identity", [bias], ["alias"]))
                bias = "alias"
            graph.add("Conv", kernel, bias, pads=[1, 1, 1, 1])
            graph.add("Relu")
        graph.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
    graph.add("Reshape", graph.constant("shape", np.array([0, -1], np.int64)))
    for layer in DENSE:
        matrix, bias = table[layer]
        graph.add("Gemm", graph.constant(f"{layer}_w", matrix.T), graph.constant(f"{layer}_b", bias[None]))
        if layer != "fc8":
            graph.add("Relu")
            graph.add("Identity")
    graph.add("Softmax", axis=1)
    for node in graph.nodes:
        node.name = ""
    tensor = graph.tensors[0]
    values = numpy_helper.to_array(tensor).ravel()
    graph.tensors[0] = helper.make_tensor(tensor.name, TensorProto.FLOAT, list(tensor.dims), values.tolist())
    graph.save("unusual.onnx", 13, [1, 3, 64, 64])


def keras(model, name, top):
    """The graphs that tf2onnx makes of Keras' VGG-16: pictures channels last, biases added, flattened channels last."""
    table, graph = weights(model), Graph("input_1")
    graph.add("Transpose", perm=[0, 3, 1, 2])
    for group, (width, count) in enumerate(GROUPS):
        for index in range(count):
            kernel, bias = table[f"conv{group + 1}_{index + 1}"]
            layer = f"vgg16/block{group + 1}_conv{index + 1}"
            graph.add("Conv", graph.constant(f"{layer}/Conv2D/ReadVariableOp:0", kernel),
                      kernel_shape=[3, 3], strides=[1, 1], dilations=[1, 1], auto_pad="SAME_UPPER")
            graph.add("Add", graph.constant(f"{layer}/BiasAdd/ReadVariableOp:0", bias.reshape(1, width, 1, 1)))
            graph.add("Relu")
        graph.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2], auto_pad="VALID")
    graph.add("Transpose", perm=[0, 2, 3, 1])
    if not top:
        graph.save(name, 15, ["n", 64, 64, 3], output=["n", 2, 2, GROUPS[-1][0]], source="input_1")
        return
    graph.add("Reshape", graph.constant("shape", np.array([-1, 24], np.int64)))
    for layer, keras_name in zip(DENSE, ["fc1", "fc2", "predictions"]):
        matrix, bias = keras_dense(table, layer)
        graph.add("MatMul", graph.constant(f"vgg16/{keras_name}/MatMul/ReadVariableOp:0", matrix))
        graph.add("Add", graph.constant(f"vgg16/{keras_name}/BiasAdd/ReadVariableOp:0", bias))
        if layer != "fc8":
            graph.add("Relu")
    graph.save(name, 15, ["n", 64, 64, 3], source="input_1")


def keras_dense(table, layer):
    """Keras' matrix [in, out]; the rows of fc1 are ordered row, column, channel."""
    matrix, bias = table[layer]
    if layer == "fc6":
        matrix = matrix.reshape(HIDDEN[0], GROUPS[-1][0], 2, 2).transpose(0, 2, 3, 1).reshape(HIDDEN[0], -1)
    return matrix.T, bias


# --- state dicts ------------------------------------------------------------------------------------------------------

def keras_arrays(model, top):
    table, arrays = weights(model), {}
    for layer in CONVOLUTIONS:
        kernel, bias = table[layer]
        name = f"block{layer[4]}_conv{layer[6]}"
        arrays[f"{name}/{name}/kernel:0"] = kernel.transpose(2, 3, 1, 0)
        arrays[f"{name}/{name}/bias:0"] = bias
    for layer, name in zip(DENSE, ["fc1", "fc2", "predictions"] if top else []):
        matrix, bias = keras_dense(table, layer)
        arrays[f"{name}/{name}/kernel:0"], arrays[f"{name}/{name}/bias:0"] = matrix, bias
    return arrays


def timm_arrays(model):
    """timm's dense layers are convolutions as large as the map."""
    arrays = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    shapes = {"classifier.0": ("pre_logits.fc1", (HIDDEN[0], GROUPS[-1][0], 2, 2)),
              "classifier.3": ("pre_logits.fc2", (HIDDEN[1], HIDDEN[0], 1, 1)),
              "classifier.6": ("head.fc", (CLASSES, HIDDEN[1]))}
    for old, (new, shape) in shapes.items():
        arrays[f"{new}.weight"] = arrays.pop(f"{old}.weight").reshape(shape)
        arrays[f"{new}.bias"] = arrays.pop(f"{old}.bias")
    return arrays


def save_arrays(arrays, name):
    save_file({key: np.ascontiguousarray(array) for key, array in arrays.items()}, FOLDER / name)


def save_state_dicts(model):
    state = model.state_dict()
    torch.save(state, FOLDER / "torchvision.pth")
    torch.save(state, FOLDER / "legacy.pth", _use_new_zipfile_serialization=False)
    training = {"epoch": 3, "state_dict": {f"module.{key}": tensor for key, tensor in state.items()},
                "optimizer": {"state": {0: {"exp_avg": torch.zeros(2)}}}}
    torch.save(training, FOLDER / "training.pth")
    torch.save({key: tensor.half() for key, tensor in state.items()}, FOLDER / "half.pth")
    save_arrays({key: tensor.numpy() for key, tensor in state.items()}, "torchvision.safetensors")
    save_arrays(timm_arrays(model), "timm.safetensors")
    save_arrays(keras_arrays(model, top=True), "keras.safetensors")
    save_arrays(keras_arrays(model, top=False), "keras_notop.safetensors")


# --- proof that the files are what they are said to be ----------------------------------------------------------------

def check_onnx(name, model, side):
    """ONNX Runtime on the file must agree with PyTorch on the model."""
    session = onnxruntime.InferenceSession(str(FOLDER / name))
    pictures = np.random.default_rng(7).normal(size=(1, 3, side, side)).astype(np.float32)
    with torch.no_grad():
        maps = model.features(torch.from_numpy(pictures))
        logits = model.classifier(torch.flatten(maps, 1))
        wanted = maps.permute(0, 2, 3, 1) if "notop" in name else logits
        wanted = torch.softmax(logits, 1) if name == "unusual.onnx" else wanted
    fed = pictures.transpose(0, 2, 3, 1) if "keras" in name else pictures
    found = session.run(None, {session.get_inputs()[0].name: fed})[0]
    difference = np.abs(found - wanted.numpy()).max() / np.abs(found).max()
    assert difference < TOLERANCE, (name, difference)
    return pictures, found


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    torch.manual_seed(0)
    model, small = network(Vgg, 2), network(Vgg, 1)
    batch = torch.export.Dim("n")
    export_torchscript(model, "torchscript.onnx", 64, opset_version=17)
    export_torchscript(network(VggWithView, 2), "torchscript_view.onnx", 64, opset_version=13,
                       input_names=["x"], dynamic_axes={"x": {0: "n"}})
    export_torchscript(small, "torchscript_32.onnx", 32, opset_version=17)
    export_dynamo(model, "dynamo.onnx", 64, external_data=True, dynamic_shapes={"x": {0: batch}})
    export_dynamo(small, "dynamo_32.onnx", 32, external_data=False)
    zoo(model, "zoo_opset7.onnx", 7)
    zoo(model, "zoo_opset12.onnx", 12)
    unusual(model)
    keras(model, "keras.onnx", top=True)
    keras(model, "keras_notop.onnx", top=False)
    save_state_dicts(model)
    for name in sorted(path.name for path in FOLDER.glob("*.onnx")):
        side = 32 if "_32" in name else 64
        if name == "dynamo_32.onnx":
            continue  # exported for two pictures at once; the same network as torchscript_32.onnx
        pictures, scores = check_onnx(name, small if side == 32 else model, side)
        if name == "torchscript_32.onnx":
            np.save(FOLDER / "input_32.npy", pictures)
            np.save(FOLDER / "output_32.npy", scores)
            for array, file in [(pictures, "input_32.pb"), (scores, "output_32.pb")]:
                (FOLDER / file).write_bytes(numpy_helper.from_array(array, "data").SerializeToString())
    tables = {"64": expected(model), "32": expected(small)}
    (FOLDER / "expected.json").write_text(json.dumps(tables, indent=1) + "\n")
    for path in FOLDER.iterdir():
        path.chmod(0o644)
    print(sum(path.stat().st_size for path in FOLDER.iterdir()), "bytes in", FOLDER)


if __name__ == "__main__":
    main()
