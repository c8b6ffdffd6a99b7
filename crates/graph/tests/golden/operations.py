"""Golden values of single operations. Run: python operations.py > operations.json

Written with torch 2.15.0, float64. Operations stand in the serialised form of this crate; inputs and weights are
seeded.py's, named x0, x1 …, kernel and bias. Average pools with ceil_mode and padding on all sides follow PyTorch.
"""

import json

import numpy as np
import torch
import torch.nn.functional as F

from seeded import signed


def conv(x, kernel, bias, op):
    top, left, bottom, right = op["padding"]
    padded = F.pad(x, (left, right, top, bottom))
    return F.conv2d(padded, kernel, bias, op["stride"], 0, op["dilation"], op["groups"])


def max_pool(x, op):
    window = op["window"]
    return F.max_pool2d(x, window["kernel"], window["stride"], window["padding"][:2], op["dilation"], window["ceil"])


def average_pool(x, op):
    window = op["window"]
    return F.avg_pool2d(x, window["kernel"], window["stride"], window["padding"][:2], window["ceil"],
                        op["count_include_pad"])


ACTIVATIONS = [("relu", F.relu), ({"clip": {"lo": 0.0, "hi": 6.0}}, F.relu6),
               ({"clip": {"lo": -1.0, "hi": 0.5}}, lambda x: F.hardtanh(x, -1.0, 0.5)), ("silu", F.silu),
               ("hard_swish", F.hardswish), ("hard_sigmoid", F.hardsigmoid), ("sigmoid", torch.sigmoid),
               ({"leaky_relu": {"slope": 0.125}}, lambda x: F.leaky_relu(x, 0.125))]


def cases():
    """(operation, shapes of its inputs, shape of its kernel or nothing, function)."""
    defaults = {"stride": [1, 1], "padding": [0] * 4, "dilation": [1, 1], "groups": 1, "bias": True}
    convolutions = [
        ([5, 7, 6], {"outputs": 4, "kernel": [3, 3], "padding": [1] * 4}),
        ([4, 9, 8], {"outputs": 6, "kernel": [3, 3], "stride": [2, 2], "padding": [0, 0, 1, 1], "groups": 2}),
        ([4, 9, 8], {"outputs": 8, "kernel": [5, 5], "stride": [2, 1], "padding": [1, 2, 2, 2], "groups": 4}),
        ([2, 11, 10], {"outputs": 3, "kernel": [3, 2], "dilation": [2, 3], "padding": [2, 1, 2, 1], "bias": False}),
        ([3, 13, 13], {"outputs": 2, "kernel": [7, 1], "stride": [4, 3], "padding": [3, 0, 3, 0]}),
        ([6, 4, 4], {"outputs": 5, "kernel": [1, 1], "stride": [2, 2]}),
        ([3, 2, 2], {"outputs": 2, "kernel": [3, 3], "padding": [4, 3, 4, 5], "stride": [3, 3]}),
    ]
    for shape, changes in convolutions:
        op = {**defaults, **changes}
        kernel = [op["outputs"], shape[0] // op["groups"], *op["kernel"]]
        yield {"conv": op}, [shape], kernel, lambda x, k, b: conv(x, k, b, op)
    yield {"dense": {"outputs": 3, "bias": True}}, [[7, 1, 1]], [3, 7], lambda x, k, b: F.linear(x.flatten(1), k, b)

    def window(kernel, stride, padding, ceil):
        return {"kernel": kernel, "stride": stride, "padding": padding * 2, "ceil": ceil}

    pools = [([3, 9, 7], window([3, 3], [2, 2], [0, 0], False), [1, 1]),
             ([2, 8, 8], window([3, 3], [2, 2], [0, 0], True), [1, 1]),
             ([2, 8, 7], window([3, 3], [2, 2], [1, 1], True), [1, 1]),
             ([2, 3, 3], window([2, 2], [2, 2], [1, 1], True), [1, 1]),
             ([2, 11, 9], window([3, 2], [2, 3], [1, 0], False), [2, 3]),
             ([2, 10, 9], window([2, 3], [3, 2], [1, 1], True), [3, 2]),
             ([2, 6, 5], window([1, 1], [3, 2], [0, 0], True), [1, 1])]
    for shape, pooled, dilation in pools:
        op = {"window": pooled, "dilation": dilation}
        yield {"max_pool": op}, [shape], None, lambda x: max_pool(x, op)
        if dilation == [1, 1]:
            for counted in [True, False]:
                op = {"window": pooled, "count_include_pad": counted}
                yield {"average_pool": op}, [shape], None, lambda x: average_pool(x, op)
    yield "global_average", [[3, 5, 4]], None, lambda x: F.adaptive_avg_pool2d(x, 1)
    for name, function in ACTIVATIONS:
        yield {"activation": name}, [[4, 5, 5]], None, lambda x: function(x)
    for size, below, above in [(5, 2, 2), (4, 2, 1), (1, 0, 0), (9, 4, 4)]:
        op = {"below": below, "above": above, "alpha": 0.5, "beta": 0.75, "k": 2.0}
        yield {"lrn": op}, [[6, 3, 2]], None, lambda x: F.local_response_norm(x, size, 0.5, 0.75, 2.0)
    yield "add", [[3, 4, 2]] * 3, None, lambda a, b, c: a + b + c
    yield "multiply", [[3, 4, 2]] * 2, None, lambda a, b: a * b
    yield "multiply", [[3, 4, 2], [3, 1, 1]], None, lambda a, b: a * b
    yield "multiply", [[3, 1, 1], [3, 4, 2]], None, lambda a, b: a * b
    yield "concat", [[3, 4, 2], [1, 4, 2], [2, 4, 2]], None, lambda *all: torch.cat(all, 1)
    yield "flatten", [[3, 4, 2]], None, lambda x: x.flatten(1)


def main():
    golden = []
    for op, shapes, kernel, function in cases():
        inputs = [torch.from_numpy(signed(f"x{i}", [1, *shape], 8.0)) for i, shape in enumerate(shapes)]
        if kernel:
            inputs.append(torch.from_numpy(signed("kernel", kernel, 1.0)))
            biased = list(op.values())[0]["bias"]
            inputs.append(torch.from_numpy(signed("bias", kernel[:1], 1.0)) if biased else None)
        output = function(*inputs)[0]
        shape = list(output.shape) + [1] * (3 - output.dim())
        golden.append({"op": op, "inputs": shapes, "shape": shape, "output": [float(f"{y:.17g}") for y in np.ravel(output)]})
    print(",\n".join(json.dumps(case, separators=(",", ":")) for case in golden).join(["[\n", "\n]"]))


main()
