"""Single layers on the CPU: this program's kernels and PyTorch in turn, and the ratios.

    cargo build --release -p kernels --example layers
    python benches/peers/layers.py TARGET/release/examples/layers [--threads 1] [--pictures 1] [--rounds 5]

(needs torch). In every round each program computes every layer for 0.3 s after a warm-up; the medians over rounds are
printed. CPU time counts all threads, so it says what the work costs where other programs disturb the wall clock. Both
programs rectify their sums; PyTorch runs with its maps in its own order and channels last, and the faster one counts.
"""

import argparse
import pathlib
import statistics
import subprocess
import time

import torch

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("layers", type=pathlib.Path)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--pictures", type=int, default=1)
parser.add_argument("--rounds", type=int, default=5)
options = parser.parse_args()
torch.set_num_threads(options.threads)


def ours():
    """Per layer: its sizes, wall and CPU milliseconds."""
    command = [options.layers, str(options.threads), str(options.pictures)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    for line in lines:
        name, *sizes, wall, cpu = line.split()
        yield name, tuple(map(int, sizes)), (float(wall), float(cpu))


def by_torch(sizes, order):
    side, inputs, outputs, groups, kernel, stride, padding = sizes
    conv = torch.nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups).to(memory_format=order)
    pictures = torch.randn(options.pictures, inputs, side, side).to(memory_format=order)
    work = lambda: conv(pictures).relu_()
    work()
    walls, start, cpu = [], time.perf_counter(), time.process_time()
    while time.perf_counter() - start < 0.3:
        once = time.perf_counter()
        work()
        walls.append(1e3 * (time.perf_counter() - once))
    return statistics.median(walls), 1e3 * (time.process_time() - cpu) / len(walls)


def main():
    print(f"threads {options.threads}, pictures {options.pictures}, rounds {options.rounds}, torch {torch.__version__}")
    times = {}
    with torch.inference_mode():
        for _ in range(options.rounds):
            for name, sizes, own in ours():
                orders = [torch.contiguous_format, torch.channels_last]
                peers = [by_torch(sizes, order) for order in orders]
                times.setdefault(name, []).append((*own, *min(peers, key=lambda peer: peer[1])))
    print(f"{'layer':20} {'wall ms':>9} {'CPU ms':>9} {'PyTorch wall':>13} {'CPU':>9} {'ratio':>7} {'of CPU':>7}")
    for name, rows in times.items():
        wall, cpu, peer_wall, peer_cpu = (statistics.median(column) for column in zip(*rows))
        ratios = f"{peer_wall / wall:7.2f} {peer_cpu / cpu:7.2f}"
        print(f"{name:20} {wall:9.3f} {cpu:9.3f} {peer_wall:13.3f} {peer_cpu:9.3f} {ratios}")


main()
