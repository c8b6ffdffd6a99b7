#!/usr/bin/env bash
# LRN of even size: ONNX Runtime 1.32.0 refuses to load it, although the ONNX standard defines it (one channel more above
# than below) and `onnx.checker` and shape inference accept the file. MATLAB's crossChannelNormalizationLayer has the same
# window, PyTorch's LocalResponseNorm the mirrored one, so a converter that writes LRN from either cannot be checked with
# ONNX Runtime.
# Most expect: a session. Seen: an error when it is created ("size_ % 2 == 1 was false").
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


def model(size):
    value = lambda name: onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, 6, 1, 1])
    node = onnx.helper.make_node("LRN", ["x"], ["y"], size=size, alpha=1.0, beta=0.75, bias=1.0)
    graph = onnx.helper.make_graph([node], "one", [value("x")], [value("y")])
    made = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 22)], ir_version=10)
    onnx.checker.check_model(made, full_check=True)
    return made.SerializeToString()


def load(size):
    try:
        session = onnxruntime.InferenceSession(model(size), providers=["CPUExecutionProvider"])
    except Exception as error:
        return f"refused: {str(error).strip().splitlines()[-1][-70:]}"
    return f"runs: {session.run(None, {'x': np.ones((1, 6, 1, 1), np.float32)})[0].ravel()[:2]}"


seen = {size: load(size) for size in range(1, 7)}
print("onnxruntime", onnxruntime.__version__, "onnx", onnx.__version__)
for size, result in seen.items():
    print(f"LRN of size {size}: expected: runs; seen: {result}")
odd_only = all(result.startswith("runs" if size % 2 else "refused") for size, result in seen.items())
sys.exit(0 if odd_only else "the behaviour has changed")
PYTHON
