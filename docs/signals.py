#!/usr/bin/env python3
"""How soon do the programs end at a signal?

    docs/signals.py --programs target/release [--moments 12] [--only exp-lesion]

Starts every program on its demonstration, made smaller, alone and by its verbs, sends SIGTERM (every third time SIGINT) at moments that
are spread over the whole run, and prints how long it took until the first word and until the process was gone, the exit
statuses, and whether the same command then ends well, which every third process is asked. The exit status is 1 where a process took more than two seconds,
ended with another status, or could not be started again. Needs Python 3.9 or later and nothing else; runs on Unix.
"""

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

LIMIT = 2.0
STOPPED = 75
CPU = ["--device", "cpu", "--no-cache"]
SETTINGS = ["network.random_networks=0", "heads.splits=5", "sweep.draws=6", "sweep.draws_per_chunk=3"]
SMALL = [*CPU, *[word for setting in SETTINGS for word in ("--set", setting)]]
STUDIES = ["exp-selectivity", "exp-generalization", "exp-lesion", "exp-attention"]


class Case:
    """A command line; `again` is what goes on after it was stopped, `base` a folder that every try starts from a copy of."""

    def __init__(self, name, args, again=None, base=None, statuses=(STOPPED,)):
        self.name, self.args, self.again, self.base, self.statuses = name, args, again or args, base, statuses


def run(programs, args, place):
    """Runs a command to its end: seconds, status, and what it said."""
    begun = time.monotonic()
    done = subprocess.run(command(programs, args, place), cwd=place, capture_output=True, text=True)
    return time.monotonic() - begun, done.returncode, done.stderr


def command(programs, args, place):
    return [str(programs / args[0]), *[str(arg).replace("OUT", str(place / "run")) for arg in args[1:]]]


def stopped(programs, args, place, after, name):
    """Sends a signal after some seconds: seconds to the first word, seconds to the end, and the status; nothing where the
    program had ended before."""
    process = subprocess.Popen(command(programs, args, place), cwd=place, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    words = []

    def listen():
        for line in process.stdout:
            if b"stopp" in line:
                words.append(time.monotonic())

    listener = threading.Thread(target=listen)
    listener.start()
    time.sleep(after)
    gone = process.poll() is not None
    sent = time.monotonic()
    if not gone:
        process.send_signal(name)
    status = process.wait()
    ended = time.monotonic()
    listener.join()
    return None if gone or status == 0 else (words[0] - sent if words else None, ended - sent, status)


def fresh(case, root):
    place = Path(tempfile.mkdtemp(dir=root))
    if case.base:
        shutil.copytree(case.base, place / "run")
    return place


def measure(programs, case, moments, root):
    """Prints a line about a case; whether all was as it should be."""
    place = fresh(case, root)
    whole, status, said = run(programs, case.args, place)
    shutil.rmtree(place)
    if status != 0:
        print(f"{case.name}: status {status} without a signal: {said}")
        return False
    worst_word, worst_end, statuses, tries, wrong = 0.0, 0.0, set(), 0, []
    for moment in range(moments):
        place = fresh(case, root)
        name = signal.SIGINT if moment % 3 == 2 else signal.SIGTERM
        after = 0.1 + (whole - 0.15) * moment / moments
        found = stopped(programs, case.args, place, max(after, 0.02), name)
        if found:
            word, end, status = found
            tries += 1
            statuses.add(status)
            worst_end = max(worst_end, end)
            if word is None:
                wrong.append(f"no word at {after:.2f} s")
            else:
                worst_word = max(worst_word, word)
            # What was begun goes on; where nothing was begun, the run starts.
            tried = moment % 3 == 1
            again, said = run(programs, case.again, place)[1:] if tried else (0, "")
            if again != 0:
                wrong.append(f"after {after:.2f} s the command ends with {again}: {said.strip().splitlines()[-1:]}")
        shutil.rmtree(place)
    wrong += [f"status {status}" for status in statuses if status not in case.statuses]
    wrong += [f"{worst_end:.2f} s"] if worst_end > LIMIT else []
    print(
        f"{case.name:<32}{whole:>7.1f} s {tries:>4} signals   word {worst_word:>5.2f} s   end {worst_end:>5.2f} s   "
        f"status {sorted(statuses)} {'; '.join(wrong)}",
        flush=True,
    )
    return not wrong


def cases(programs, root):
    """All commands. Folders that verbs need are made first."""
    for study in STUDIES:
        out = ["--out", "OUT"]
        yield Case(study, [study, *SMALL, *out], [study, *SMALL, *out, "--resume"])
        yield Case(f"{study} --dry-run", [study, *SMALL, *out, "--dry-run"])
        base = Path(tempfile.mkdtemp(dir=root))
        run(programs, [study, *SMALL, *out], base)
        for verb in ["merge", "status", "verify"]:
            yield Case(f"{study} {verb}", [study, verb, *out], base=base / "run")
    paper = ["exp-paper", *SMALL, "--out", "OUT"]
    yield Case("exp-paper", paper, [*paper, "--resume"])
    yield Case("exp-paper --dry-run", [*paper, "--dry-run"])
    base = Path(tempfile.mkdtemp(dir=root))
    run(programs, paper, base)
    yield Case("exp-paper report", ["exp-paper", "report", "--out", "OUT"], base=base / "run")
    yield Case("exp-paper verify", ["exp-paper", "verify", "--out", "OUT"], base=base / "run")
    calibrate = ["exp-paper", "calibrate", *SMALL, "--out", "OUT"]
    yield Case("exp-paper calibrate", [*calibrate, "--labellings", "10"])
    yield Case("exp-paper calibrate --sweeps", [*calibrate, "--labellings", "2", "--sweeps", "2", "--set", "sweep.draws=4"])
    yield Case("exp-emonet", ["exp-emonet", "--device", "cpu", "--out", "OUT"])
    yield Case("exp-pretrain", ["exp-pretrain", "--steps", "20", "--hold-out", "290", "--out", "OUT.bpk"])
    weights = Path(__file__).resolve().parent.parent / "models/vgg16-demo.bpk"
    yield Case("weights-import show", ["weights-import", "show", weights], statuses=(130, 143))
    yield Case("weights-import convert", ["weights-import", "convert", weights, "-o", "OUT.bpk"], statuses=(130, 143))


def main():
    """Reads the options and measures the cases."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--programs", type=Path, required=True)
    options.add_argument("--moments", type=int, default=12)
    options.add_argument("--only", default="")
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as root:
        results = [
            measure(options.programs.resolve(), case, options.moments, root)
            for case in cases(options.programs.resolve(), root)
            if case.name.startswith(options.only)
        ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
