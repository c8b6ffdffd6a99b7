"""Writes layers.json beside this script: pools, normalisation, convolutions and activations of PyTorch and ONNX Runtime.

    pip install torch==2.15.0 onnxruntime==1.32.0 onnx numpy && python tests/golden/layers.py

Inputs follow from `noise`, which the test repeats. Where both libraries can compute a case, the script checks that they
agree. Sums are float64 in PyTorch.
"""

import json
import pathlib

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F


def noise(seed, *shape):
    k = (np.arange(np.prod(shape)) * 37 + seed * 17 + 11) % 29
    return (k.astype(np.float32) / np.float32(7) - np.float32(2)).reshape(shape)


def rounded(array):
    return [float(f"{value:.8g}") for value in np.asarray(array, dtype=np.float64).ravel()]


def by_onnxruntime(kind, x, **attributes):
    node = onnx.helper.make_node(kind, ["x"], ["y"], **attributes)
    value = lambda name, shape: onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
    graph = onnx.helper.make_graph([node], "one", [value("x", x.shape)], [value("y", [None] * 4)])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 22)], ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0]


def agree(first, second, what):
    assert first.shape == second.shape and np.allclose(first, second, rtol=1e-6, atol=1e-6), what


def pools():
    """Kernel, stride, padding (top, left, bottom, right), dilation, ceil_mode, count_include_pad."""
    cases = [
        ("max", [3, 3], [2, 2], [0, 0, 0, 0], [1, 1], True, False),
        ("max", [3, 2], [2, 3], [1, 0, 1, 0], [1, 1], True, False),
        ("max", [2, 2], [3, 3], [1, 1, 1, 1], [1, 1], True, False),
        ("max", [3, 3], [2, 2], [1, 1, 1, 1], [2, 2], False, False),
        ("max", [3, 3], [1, 2], [1, 1, 1, 1], [2, 1], True, False),
        ("max", [3, 3], [2, 2], [0, 0, 1, 1], [1, 1], False, False),
        ("max", [3, 3], [2, 2], [0, 1, 1, 2], [1, 1], True, False),
        ("average", [3, 3], [2, 2], [0, 0, 0, 0], [1, 1], True, True),
        ("average", [3, 2], [2, 3], [1, 1, 1, 1], [1, 1], True, True),
        ("average", [3, 2], [2, 3], [1, 1, 1, 1], [1, 1], True, False),
        ("average", [2, 3], [3, 2], [1, 1, 1, 1], [1, 1], True, True),
        ("average", [2, 2], [1, 1], [1, 0, 1, 0], [1, 1], False, True),
        ("average", [3, 3], [2, 2], [0, 0, 1, 1], [1, 1], False, True),
        ("average", [3, 3], [2, 2], [1, 0, 2, 1], [1, 1], False, False),
        ("average", [7, 5], [1, 1], [0, 0, 0, 0], [1, 1], False, False),
    ]
    # A kernel larger than the map, which ceil_mode allows.
    tiny = [(kind, [3, 3], [2, 2], [0, 0, 0, 0], [1, 1], True, True) for kind in ["max", "average"]]
    for size, cases in [((7, 9), cases), ((8, 10), cases), ((2, 2), tiny)]:
        for kind, kernel, stride, padding, dilation, ceil, counted in cases:
            x = noise(1, 1, 2, *size)
            attributes = dict(kernel_shape=kernel, strides=stride, pads=padding, ceil_mode=int(ceil))
            if kind == "max":
                y = by_onnxruntime("MaxPool", x, dilations=dilation, **attributes)
            else:
                y = by_onnxruntime("AveragePool", x, count_include_pad=int(counted), **attributes)
            if padding[:2] == padding[2:]:
                wide = torch.from_numpy(x).double()
                if kind == "max":
                    by_torch = F.max_pool2d(wide, kernel, stride, padding[:2], dilation, ceil)
                else:
                    by_torch = F.avg_pool2d(wide, kernel, stride, padding[:2], ceil, counted)
                agree(y, by_torch.numpy(), (kind, size, kernel, stride, padding, ceil, counted))
                y = by_torch.numpy()
            yield dict(kind=kind, shape=x.shape, kernel=kernel, stride=stride, padding=padding, dilation=dilation,
                       ceil=ceil, counted=counted, output_shape=y.shape, output=rounded(y))


def normalisations():
    for n, alpha, beta, k, channels in [(5, 1e-4, 0.75, 2.0, 7), (5, 0.9, 0.75, 1.0, 12), (4, 1.5, 0.75, 1.0, 9),
                                        (2, 0.7, 0.5, 0.5, 5), (3, 0.3, 1.3, 1.0, 2), (8, 1.1, 0.75, 2.0, 5)]:
        x = noise(2, 2, channels, 2, 3)
        y = F.local_response_norm(torch.from_numpy(x).double(), n, alpha, beta, k).numpy()
        # ONNX Runtime refuses even sizes: for them, the formula of the ONNX standard.
        squares = np.pad(x.astype(np.float64) ** 2, ((0, 0), ((n - 1) // 2, n // 2), (0, 0), (0, 0)))
        by_onnx = x / (k + alpha / n * sum(squares[:, j:j + channels] for j in range(n))) ** beta
        if n % 2:
            agree(y, by_onnx, n)
            agree(y, by_onnxruntime("LRN", x, size=n, alpha=alpha, beta=beta, bias=k), n)
        yield dict(n=n, alpha=alpha, beta=beta, k=k, shape=x.shape, torch=rounded(y), onnx=rounded(by_onnx))


def convolutions():
    """Input channels, output channels, groups, kernel, stride, padding, dilation."""
    for inputs, outputs, groups, kernel, stride, padding, dilation in [
        (3, 5, 1, [7, 7], [2, 2], [3, 3, 3, 3], [1, 1]),
        (3, 4, 1, [11, 11], [4, 4], [2, 2, 2, 2], [1, 1]),
        (4, 6, 2, [5, 5], [1, 1], [2, 2, 2, 2], [1, 1]),
        (6, 6, 6, [3, 3], [1, 1], [1, 1, 1, 1], [1, 1]),
        (6, 6, 6, [3, 3], [2, 2], [0, 0, 1, 1], [1, 1]),
        (6, 12, 6, [5, 5], [1, 2], [2, 1, 2, 3], [1, 1]),
        (8, 8, 4, [3, 3], [2, 1], [1, 1, 1, 1], [1, 2]),
        (5, 7, 1, [3, 3], [1, 1], [2, 2, 2, 2], [2, 2]),
        (5, 7, 1, [3, 3], [1, 1], [0, 1, 2, 0], [1, 1]),
        (5, 7, 1, [1, 1], [1, 1], [0, 0, 0, 0], [1, 1]),
        (5, 7, 1, [1, 1], [2, 2], [0, 0, 0, 0], [1, 1]),
        (5, 7, 1, [1, 3], [1, 1], [0, 1, 0, 1], [1, 1]),
    ]:
        x, w, b = noise(3, 1, inputs, 11, 9), noise(4, outputs, inputs // groups, *kernel), noise(5, outputs)
        top, left, bottom, right = padding
        padded = F.pad(torch.from_numpy(x).double(), (left, right, top, bottom))
        y = F.conv2d(padded, torch.from_numpy(w).double(), torch.from_numpy(b).double(), stride, 0, dilation, groups)
        yield dict(shape=x.shape, outputs=outputs, groups=groups, kernel=kernel, stride=stride, padding=padding,
                   dilation=dilation, output_shape=y.shape, output=rounded(y))


def activations():
    x = torch.from_numpy(np.concatenate([4 * noise(6, 40), np.float32([0, -90, 90, 3, -3, 6])])).double()
    functions = {
        "relu": F.relu(x), "relu6": F.relu6(x), "leaky_relu": F.leaky_relu(x, 0.02), "sigmoid": F.sigmoid(x),
        "silu": F.silu(x), "hardsigmoid": F.hardsigmoid(x), "hardswish": F.hardswish(x),
    }
    return dict(input=rounded(x), **{name: rounded(y) for name, y in functions.items()})


golden = dict(pools=list(pools()), normalisations=list(normalisations()), convolutions=list(convolutions()),
              activations=activations(),
              versions=dict(torch=torch.__version__, onnxruntime=onnxruntime.__version__, onnx=onnx.__version__))
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
