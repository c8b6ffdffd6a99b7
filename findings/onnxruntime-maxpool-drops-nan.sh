#!/usr/bin/env bash
# ONNX Runtime 1.32.0 on the CPU: MaxPool drops a NaN or keeps it depending on where in its window the NaN stands, where
# PyTorch and NumPy always give NaN. Relu, Sigmoid, HardSwish and AveragePool keep it. So a network whose activations have
# become NaN can look healthy again behind its first pool, and two programs that agree everywhere else differ.
# Most expect: NaN. Seen: the largest of the numbers at most places.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import onnx
import onnxruntime


def run(kind, x, **attributes):
    value = lambda name, shape: onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
    node = onnx.helper.make_node(kind, ["x"], ["y"], **attributes)
    graph = onnx.helper.make_graph([node], "one", [value("x", x.shape)], [value("y", [None] * 4)])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 22)], ir_version=10)
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0]


x = np.arange(1, 10, dtype=np.float32).reshape(1, 1, 3, 3)
pooled = []
for place in range(9):
    broken = x.copy()
    broken[0, 0, place // 3, place % 3] = np.nan
    pooled.append(run("MaxPool", broken, kernel_shape=[3, 3]).item())
mean = run("AveragePool", np.where(x == 5, np.float32(np.nan), x), kernel_shape=[3, 3]).item()
relu = run("Relu", np.where(x == 5, np.float32(np.nan), x)).ravel()[4]
print("onnxruntime", onnxruntime.__version__, "onnx", onnx.__version__, "numpy", np.__version__)
print("a NaN at each of the nine places: expected", [float("nan")] * 9, "as np.max; seen", pooled)
print("AveragePool:", mean, "Relu:", relu)
hidden = not all(np.isnan(pooled)) and np.isnan(mean) and np.isnan(relu)
sys.exit(0 if hidden else "the behaviour has changed")
PYTHON
