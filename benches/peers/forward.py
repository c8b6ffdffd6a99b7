"""VGG-16 from the picture to fc7: this program, PyTorch and, on the CPU, ONNX Runtime in turn, and the ratios.

    cargo build --release --example peer
    python benches/peers/forward.py TARGET/release/examples/peer [--threads 2] [--rounds 5]
    python benches/peers/forward.py TARGET/release/examples/peer --device gpu --torch cuda --batches 32 128 [--precision f16]

(needs numpy, torch, torchvision; on the CPU onnx and onnxruntime too). Every round runs each program on one batch after
a warm-up pass; the medians over rounds and their ratios are printed. CPU time counts all threads, so it says what the
work costs where other programs disturb the wall clock. Pictures start and features end in the processor's memory.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import numpy as np
import torch
import torchvision

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("peer", type=pathlib.Path)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--batches", type=int, nargs="+", default=[1, 8])
parser.add_argument("--device", default="cpu", help="of this program")
parser.add_argument("--torch", default="cpu", help="device of PyTorch")
parser.add_argument("--precision", choices=["f32", "f16"], default="f32")
options = parser.parse_args()

torch.set_num_threads(options.threads)
model = torchvision.models.vgg16(weights=None).eval()
model.classifier = model.classifier[:5]  # up to the rectified fc7, as the program's features
DTYPE = {"f32": torch.float32, "f16": torch.float16}[options.precision]
model = model.to(options.torch, DTYPE)


def timed(work):
    """Wall and CPU milliseconds of a call."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return 1e3 * (time.perf_counter() - wall), 1e3 * (time.process_time() - cpu)


def by_torch(pictures):
    return model(torch.from_numpy(pictures).to(options.torch, DTYPE)).float().cpu()


def session(batch, folder):
    import onnxruntime

    path = os.path.join(folder, f"vgg16-{batch}.onnx")
    torch.onnx.export(model, torch.zeros(batch, 3, 224, 224), path, dynamo=False)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])


def ours(batch):
    environment = {**os.environ, "RAYON_NUM_THREADS": str(options.threads)}
    output = subprocess.run(
        [options.peer, "--device", options.device, "--precision", options.precision, "forward", str(batch), "1"],
        env=environment, check=True, capture_output=True, text=True,
    ).stdout
    wall, cpu = output.split()[:2]
    return float(wall), float(cpu)


def main():
    print(f"threads {options.threads}, rounds {options.rounds}, torch {torch.__version__} on {options.torch}, "
          f"this program on {options.device}, {options.precision}")
    print("batch  program        wall ms    CPU ms")
    with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
        for batch in options.batches:
            pictures = np.random.default_rng(0).normal(size=(batch, 3, 224, 224)).astype(np.float32)
            programs = {
                "this program": lambda: ours(batch),
                "PyTorch": lambda: timed(lambda: by_torch(pictures)),
            }
            if (options.torch, options.precision) == ("cpu", "f32"):
                runtime = session(batch, folder)
                name = runtime.get_inputs()[0].name
                programs["ONNX Runtime"] = lambda: timed(lambda: runtime.run(None, {name: pictures}))
            for run in programs.values():
                run()
            times = {program: [] for program in programs}
            for _ in range(options.rounds):
                for program, run in programs.items():
                    times[program].append(run())
            median = {p: [statistics.median(column) for column in zip(*rows)] for p, rows in times.items()}
            for program, (wall, cpu) in median.items():
                print(f"{batch:5}  {program:12}  {wall:9.1f} {cpu:9.1f}")
            for program in median.keys() - {"this program"}:
                wall, cpu = (median[program][i] / median["this program"][i] for i in range(2))
                print(f"       {program} takes {wall:.2f} times our wall time, {cpu:.2f} times our CPU time")


main()
