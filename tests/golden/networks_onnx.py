"""Writes small random networks that together use every operation which is read from ONNX, in the forms that exporters give
them, and what ONNX Runtime makes of two pictures with each: `input.npy` holds the pictures, `scores.json` the scores by
file. Networks of PyTorch are written by both of its exporters, and checked against PyTorch here.

    python tests/golden/networks_onnx.py        # needs torch, onnx, onnxscript, onnxruntime
"""

import json
import pathlib

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper
from torch import nn

FOLDER = pathlib.Path(__file__).parents[2] / "crates/weights-import/tests/networks"
SIDE, CLASSES = 32, 5
SCORES = {}


def pictures():
    return np.random.default_rng(31).normal(size=(2, 3, SIDE, SIDE)).astype(np.float32)


def randomise(model, seed):
    """Numbers of which none is special: weights, biases, and the statistics of normalisations."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in list(model.named_parameters()) + list(model.named_buffers()):
            if not tensor.is_floating_point() or name in ("mean", "sd"):
                continue
            drawn = torch.randn(tensor.shape, generator=generator)
            if name.endswith("running_var"):
                drawn = drawn.abs() + 0.5
            elif name.endswith("slope.weight"):
                drawn = drawn.abs() * 0.3
            elif tensor.dim() > 1:
                drawn = drawn / (tensor[0].numel() ** 0.5)
            else:
                drawn = drawn * 0.3 + (1.0 if "norm" in name and name.endswith("weight") else 0.0)
            tensor.copy_(drawn)
    return model.eval()


def norm(channels, eps=1e-5):
    return nn.BatchNorm2d(channels, eps=eps)


class Windows(nn.Module):
    """Kernels, strides, paddings, dilations and groups of convolutions and pools."""

    def __init__(self):
        super().__init__()
        self.wide = nn.Conv2d(3, 6, (5, 3), stride=(2, 1), padding=(2, 1))
        self.grouped = nn.Conv2d(6, 8, 3, groups=2, bias=False)
        self.dilated = nn.Conv2d(8, 8, 3, padding=2, dilation=2)
        self.depthwise = nn.Conv2d(8, 8, 3, stride=2, groups=8)
        self.slope = nn.PReLU()
        self.dense = nn.Linear(8 * 3 * 8, CLASSES)

    def forward(self, x):
        x = F.relu(self.wide(x))
        x = F.max_pool2d(x, 3, stride=2, padding=1, ceil_mode=True)
        x = F.leaky_relu(self.grouped(F.pad(x, (0, 1, 1, 0))), 0.1)
        x = F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)
        x = self.slope(self.dilated(x))
        x = F.max_pool2d(x, 2, stride=1, dilation=2)
        x = torch.sigmoid(self.depthwise(F.pad(x, (0, 1, 0, 1))))
        x = F.avg_pool2d(x, (1, 2), stride=(1, 1), padding=(0, 1), ceil_mode=True)
        return self.dense(torch.flatten(F.dropout(x, training=self.training), 1))


class Block(nn.Module):
    """A residual block, with its own shortcut where the shape changes."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), norm(outputs)
        self.conv2, self.norm2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), norm(outputs)
        self.shortcut = nn.Sequential()
        if stride > 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), norm(outputs, 1e-3))

    def forward(self, x):
        y = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        return F.relu(y + self.shortcut(x))


class Residual(nn.Module):
    """Sums, folded normalisations, and one that follows no layer of its own (before an activation, behind a sum)."""

    def __init__(self):
        super().__init__()
        self.stem, self.norm0 = nn.Conv2d(3, 4, 7, 2, 3), norm(4)
        self.blocks = nn.Sequential(Block(4, 4, 1), Block(4, 6, 2))
        self.norm_alone = norm(6)
        self.conv = nn.Conv2d(6, 6, 3, padding=1)
        self.dense = nn.Linear(6, CLASSES)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm0(self.stem(x))), 3, 2, 1)
        x = self.blocks(x)
        x = x + self.conv(F.relu(self.norm_alone(x)))
        return self.dense(x.mean((2, 3)))


class Squeeze(nn.Module):
    """Squeeze-and-excitation: one factor per channel, from the whole map."""

    def __init__(self, channels, gate):
        super().__init__()
        self.less, self.more, self.gate = nn.Conv2d(channels, 4, 1), nn.Conv2d(4, channels, 1), gate

    def forward(self, x):
        return x * self.gate(self.more(F.relu(self.less(F.adaptive_avg_pool2d(x, 1)))))


class Mobile(nn.Module):
    """Depthwise convolutions, ReLU6, SiLU, hard swish, hard sigmoid, squeeze-and-excitation, inverted residuals."""

    def __init__(self):
        super().__init__()
        self.stem, self.norm0 = nn.Conv2d(3, 4, 3, 2, 1, bias=False), norm(4)
        self.expand, self.norm1 = nn.Conv2d(4, 8, 1, bias=False), norm(8)
        self.depth, self.norm2 = nn.Conv2d(8, 8, 3, 1, 1, groups=8, bias=False), norm(8)
        self.project, self.norm3 = nn.Conv2d(8, 4, 1, bias=False), norm(4)
        self.soft, self.hard = Squeeze(8, nn.Sigmoid()), Squeeze(8, nn.Hardsigmoid())
        self.head = nn.Conv2d(4, 8, 1)
        self.dense = nn.Linear(8, CLASSES)

    def forward(self, x):
        x = F.hardswish(self.norm0(self.stem(x)))
        y = F.relu6(self.norm1(self.expand(x)))
        y = self.soft(F.relu6(self.norm2(self.depth(y))))
        x = x + self.norm3(self.project(y))
        x = self.hard(F.silu(self.head(x)))
        return self.dense(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


class Fire(nn.Module):
    """SqueezeNet: concatenations, pools that keep the last row, a classifier of one convolution."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 3, 2)
        self.squeeze = nn.ModuleList([nn.Conv2d(6, 4, 1), nn.Conv2d(12, 4, 1)])
        self.one = nn.ModuleList([nn.Conv2d(4, 6, 1), nn.Conv2d(4, 6, 1)])
        self.three = nn.ModuleList([nn.Conv2d(4, 6, 3, padding=1), nn.Conv2d(4, 6, 3, padding=1)])
        self.classifier = nn.Conv2d(12, CLASSES, 1)

    def forward(self, x):
        x = F.relu(self.stem(x))
        for squeeze, one, three in zip(self.squeeze, self.one, self.three):
            x = F.max_pool2d(x, 3, 2, ceil_mode=True)
            x = F.relu(squeeze(x))
            x = torch.cat([F.relu(one(x)), F.relu(three(x))], 1)
        x = F.relu(self.classifier(F.dropout(x, 0.5, self.training)))
        return torch.flatten(F.adaptive_avg_pool2d(x, (1, 1)), 1)


class Alex(nn.Module):
    """Local response normalisation, convolutions in two groups, three dense layers."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 6, 11, 4), nn.Conv2d(6, 8, 5, padding=2, groups=2)
        self.norm_of_responses = nn.LocalResponseNorm(5, alpha=0.2, beta=0.75, k=2.0)
        self.norm_of_three = nn.LocalResponseNorm(3, alpha=0.1, beta=0.5, k=1.0)
        self.fc6, self.fc7, self.fc8 = nn.Linear(8, 7), nn.Linear(7, 6), nn.Linear(6, CLASSES)

    def forward(self, x):
        x = F.max_pool2d(self.norm_of_responses(F.relu(self.conv1(x))), 3, 2)
        x = self.norm_of_three(F.relu(self.conv2(x)))
        x = torch.flatten(F.max_pool2d(x, 2, 2), 1)
        return self.fc8(F.relu(self.fc7(F.relu(self.fc6(x)))))


class Prepared(nn.Module):
    """A network that prepares its own pictures, and normalises vectors."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1))
        self.register_buffer("sd", torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1))
        self.conv = nn.Conv2d(3, 4, 3, 2)
        self.fc1, self.norm1 = nn.Linear(4 * 15 * 15, 6), nn.BatchNorm1d(6)
        self.fc2 = nn.Linear(6, CLASSES, bias=False)

    def forward(self, x):
        x = F.relu(self.conv((x - self.mean) / self.sd))
        x = x.view(x.size(0), -1)
        return torch.softmax(self.fc2(F.relu(self.norm1(self.fc1(x)))), 1)


def plain(model):
    """The file without the names and paths of the machine that wrote it."""
    model.producer_version = ""
    model.doc_string = ""
    del model.metadata_props[:]
    for part in [*model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output]:
        del part.metadata_props[:]
        part.doc_string = ""
    del model.graph.value_info[:]
    del model.graph.metadata_props[:]
    for tensor in model.graph.initializer:
        tensor.doc_string = ""
    return model


def run_onnx(model):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    last = given.shape[3] == 3
    element = np.float16 if "float16" in given.type else np.float32
    ready = [(picture.transpose(0, 2, 3, 1) if last else picture).astype(element) for picture in np.split(pictures(), 2)]
    return np.concatenate([session.run(None, {given.name: picture})[0] for picture in ready]).astype(np.float32)


def before_softmax(model):
    """The network up to the scores that a softmax at its end reads."""
    last = model.graph.node[-1]
    if last.op_type == "Softmax":
        model.graph.output[0].name = last.input[0]
        del model.graph.node[-1]
    return model


def keep(name, model):
    model = plain(model)
    onnx.save(model, FOLDER / name)
    given = run_onnx(model)
    scores = run_onnx(before_softmax(model))
    assert np.isfinite(scores).all() and np.ptp(scores) > 1e-3, f"{name}: {scores}"
    SCORES[name] = scores.reshape(2, -1).tolist()
    return given


def export(name, model, exporters=("dynamo", "torchscript"), **options):
    example = torch.from_numpy(pictures()[:1])
    if options.pop("channels_last", False):
        model, example = model.to(memory_format=torch.channels_last), example.to(memory_format=torch.channels_last)
    with torch.no_grad():
        expected = model(torch.from_numpy(pictures())).numpy()
    for exporter in exporters:
        path = FOLDER / "temporary.onnx"
        told = {"dynamo": True, "external_data": False, **options} if exporter == "dynamo" else {"dynamo": False}
        torch.onnx.export(model, (example,), path, **told)
        scores = keep(f"{name}_{exporter}.onnx", onnx.load(path))
        path.unlink()
        worst = np.abs(scores - expected).max()
        assert worst < 1e-4 * np.abs(expected).max(), f"{name}: PyTorch and ONNX Runtime differ by {worst}"


class Graph:
    """A file written by hand, in forms that PyTorch's exporters do not write."""

    def __init__(self, seed, dims=(1, 3, SIDE, SIDE), opset=17, element=np.float32):
        self.draw, self.opset, self.element = np.random.default_rng(seed), opset, element
        kind = TensorProto.FLOAT16 if element == np.float16 else TensorProto.FLOAT
        self.kind, self.nodes, self.tensors = kind, [], []
        self.inputs = [helper.make_tensor_value_info("pictures", kind, dims)]
        self.value = "pictures"

    def tensor(self, name, values, element=None):
        values = np.asarray(values)
        kind = values.dtype if np.issubdtype(values.dtype, np.integer) else (element or self.element)
        self.tensors.append(numpy_helper.from_array(values.astype(kind), name))
        return name

    def drawn(self, name, *shape):
        return self.tensor(name, self.draw.normal(size=shape) / max(1, np.prod(shape[1:])) ** 0.5)

    def node(self, operator, *more, first=None, name="", **attributes):
        """A node that reads the last value (or `first`), and then `more`; its result is the last value from then on."""
        result = name or f"{operator.lower()}_{len(self.nodes)}"
        reads = [self.value if first is None else first, *more]
        self.nodes.append(helper.make_node(operator, reads, [result], name=name, **attributes))
        self.value = result
        return result

    def conv(self, name, outputs, inputs, side, bias=True, **attributes):
        more = [self.drawn(f"{name}_w", outputs, inputs, side, side)] + ([self.drawn(f"{name}_b", outputs)] if bias else [])
        return self.node("Conv", *more, name=name, **attributes)

    def save(self, name, outputs=CLASSES, constants_as_inputs=False):
        inputs = list(self.inputs)
        if constants_as_inputs:
            inputs += [helper.make_tensor_value_info(t.name, t.data_type, t.dims) for t in self.tensors]
        output = helper.make_tensor_value_info(self.value, self.kind, ["pictures_scored", outputs])
        graph = helper.make_graph(self.nodes, name, inputs, [output], self.tensors)
        opset = [helper.make_opsetid("", self.opset)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=8 if self.opset < 18 else 10)
        onnx.checker.check_model(model)
        keep(f"{name}.onnx", model)


def tensorflow():
    """Channels last at the input, padding named "same", matrices behind maps, products with matrices, flat pictures with
    channels last; hard swish spelled out."""
    g = Graph(1, (None, SIDE, SIDE, 3), 13)
    g.node("Transpose", perm=[0, 3, 1, 2])
    g.conv("conv1", 4, 3, 3, auto_pad="SAME_UPPER", strides=[2, 2])
    x = g.node("Add", g.drawn("conv1_more", 1, 4, 1, 1))
    six = [g.tensor("zero", 0.0), g.tensor("six", 6.0)]
    g.node("Clip", *six, first=g.node("Add", g.tensor("three", 3.0)))
    g.node("Mul", x)
    g.node("Mul", g.tensor("sixth", 1 / 6))
    g.node("MaxPool", kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_LOWER")
    g.conv("conv2", 6, 4, 4, bias=False, auto_pad="SAME_LOWER", strides=[1, 1])
    g.node("BatchNormalization", *[g.tensor(f"norm_{i}", np.abs(g.draw.normal(size=6)) + 0.5) for i in range(4)], epsilon=1e-3)
    g.node("LeakyRelu", alpha=0.2)
    g.node("AveragePool", kernel_shape=[2, 2], strides=[2, 2], auto_pad="VALID")
    g.node("Transpose", perm=[0, 2, 3, 1])
    g.node("MatMul", g.drawn("pointwise", 6, 4))
    g.node("Add", g.drawn("pointwise_b", 4))
    g.node("Relu")
    g.node("Reshape", g.tensor("flat", np.array([-1, 4 * 4 * 4])))
    g.node("MatMul", g.drawn("fc1", 4 * 4 * 4, 6))
    g.node("Add", g.drawn("fc1_b", 6))
    g.node("Relu")
    g.node("MatMul", g.drawn("fc2", 6, CLASSES))
    g.node("Add", g.drawn("fc2_b", CLASSES))
    g.node("Softmax", axis=-1)
    g.save("tensorflow")


def old():
    """Operator set 9: attributes that are inputs today, constants that are inputs too, factors in a `Gemm`, dropouts."""
    g = Graph(2, opset=9)
    g.node("Sub", g.tensor("mean", np.array([123.675, 116.28, 103.53]).reshape(1, 3, 1, 1)))
    g.node("Mul", g.tensor("factor", np.array([0.017]).reshape(1, 1, 1, 1)))
    g.conv("conv1", 4, 3, 3, pads=[1, 0, 2, 1])
    g.node("Clip", min=0.0, max=6.0)
    g.node("Pad", pads=[0, 0, 1, 1, 0, 0, 0, 0], mode="constant", value=0.0)
    g.node("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    g.node("LRN", size=3, alpha=0.3, beta=0.6, bias=1.5)
    x = g.conv("conv2", 4, 4, 3, pads=[1, 1, 1, 1])
    y = g.conv("conv3", 4, 4, 3, pads=[1, 1, 1, 1])
    g.node("Sum", y, first=x)
    g.node("HardSigmoid", alpha=1 / 6, beta=0.5)
    g.node("Dropout", ratio=0.5)
    g.node("ReduceMean", axes=[-2, -1], keepdims=0)
    g.node("Unsqueeze", axes=[2, 3])
    g.node("Squeeze", axes=[2, 3])
    g.node("Gemm", g.drawn("fc1", 4, 6), g.drawn("fc1_b", 6), alpha=0.5, beta=2.0)
    g.node("Relu")
    g.node("Gemm", g.drawn("fc2", CLASSES, 6), g.drawn("fc2_b", 1, CLASSES), transB=1)
    g.save("old", constants_as_inputs=True)


def maps_only():
    """No dense layer: a network that ends with its maps, with a product of two maps and a maximum over all of a map."""
    g = Graph(3)
    x = g.conv("conv1", 4, 3, 3, strides=[2, 2])
    hard = g.node("HardSigmoid", alpha=1 / 6, beta=0.5)
    x = g.node("Mul", hard, first=x)
    a, b = g.conv("left", 4, 4, 3), g.node("Relu", first=x)
    b = g.conv("right", 4, 4, 3)
    g.node("Mul", b, first=a)
    g.node("Relu")
    g.node("Concat", g.node("Identity", name="same"), axis=-3)
    g.node("Pad", g.tensor("pads", np.array([0, 0, 1, 1, 0, 0, 1, 1])), g.tensor("least", -np.inf))
    g.node("MaxPool", kernel_shape=[3, 3], strides=[2, 2])
    g.conv("conv2", CLASSES, 8, 1)
    g.node("GlobalMaxPool")
    g.node("Flatten", axis=-3)
    g.save("maps_only")


def computed():
    """Shapes, axes and weights that are computed by nodes, a shared tensor, a bias added behind a flattening."""
    g = Graph(4, ("pictures_at_once", 3, SIDE, SIDE), 18)
    g.conv("conv1", 4, 3, 3, strides=[2, 2])
    g.node("Relu")
    x = g.node("AveragePool", kernel_shape=[3, 3], strides=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1)
    shape = g.node("Shape", first=x)
    count = g.node("Gather", g.tensor("first", np.array(0)), first=shape)
    count = g.node("Unsqueeze", g.tensor("axis", np.array([0])), first=count)
    channels = g.node("Slice", *[g.tensor(n, np.array([v])) for n, v in [("from", 1), ("to", 2), ("on", 0), ("by", 1)]], first=shape)
    rest = g.node("Mul", g.tensor("pixels", np.array([25])), first=channels)
    target = g.node("Concat", rest, first=count, axis=0)
    g.node("Reshape", target, first=x)
    turned = g.node("Transpose", first=g.drawn("fc1", 6, 100), perm=[1, 0])
    half = g.node("Mul", g.tensor("half", 0.5), first=turned)
    g.node("MatMul", half, first=g.nodes[-3].output[0])
    g.node("Add", g.drawn("fc1_b", 6))
    g.node("Relu")
    square = g.drawn("square", 6, 6)
    g.node("Gemm", square)
    g.node("Relu")
    g.node("Gemm", square)
    g.node("Sigmoid")
    g.node("Cast", to=TensorProto.FLOAT)
    g.node("Gemm", g.drawn("fc2", 6, CLASSES), g.drawn("fc2_b", CLASSES))
    g.save("computed")


def halves():
    """A network in float16."""
    g = Graph(5, element=np.float16)
    g.conv("conv1", 4, 3, 3, strides=[2, 2])
    g.node("Relu")
    g.node("GlobalAveragePool")
    g.node("Flatten")
    g.node("Gemm", g.drawn("fc1", 4, CLASSES), g.drawn("fc1_b", CLASSES))
    g.save("halves")


def networks():
    export("windows", randomise(Windows(), 1))
    export("residual", randomise(Residual(), 2))
    export("residual_plain", randomise(Residual(), 2), ["dynamo"], optimize=False)
    export("mobile", randomise(Mobile(), 3))
    export("mobile_last", randomise(Mobile(), 3), ["dynamo"], channels_last=True)
    export("fire", randomise(Fire(), 4))
    export("alex", randomise(Alex(), 5))
    export("alex_plain", randomise(Alex(), 5), ["dynamo"], optimize=False)
    export("prepared", randomise(Prepared(), 6))
    tensorflow()
    old()
    maps_only()
    computed()
    halves()


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for old_file in FOLDER.glob("*.onnx*"):
        old_file.unlink()
    np.save(FOLDER / "input.npy", pictures())
    networks()
    (FOLDER / "scores.json").write_text(json.dumps(SCORES, indent=1) + "\n")
    print(f"{len(SCORES)} networks, {sum(f.stat().st_size for f in FOLDER.iterdir())} bytes")
