"""Recomputes with plain PyTorch what a finished run of exp-lesion or exp-attention claims, and compares.

    python sweep_reference.py RUN_FOLDER WEIGHTS PICTURE_FOLDER

(needs cbor2, numpy, pandas, pillow, safetensors, torch, torchvision)

WEIGHTS is the .bpk file of the run, or the .pth file with torchvision's names that it was converted from.
PICTURE_FOLDER holds the run's pictures, those of a set in a folder of the set's name or all in one. Use lossless
pictures (PNG): two JPEG decoders differ by some grey levels. The synthetic pictures of a demonstration are written by

    cargo run -p stimuli --release --example synthetic_set -- flat 40 11 PICTURE_FOLDER/synthetic-flat

torchvision prepares the pictures and PyTorch runs the network; forward hooks read the rectified convolutions and
multiply channels by their slopes, one full pass per condition. No shortcut of the program (Winograd kernels, gain lines,
shared prefixes) is repeated here. The control groups are not compared: a run does not store which channels were drawn.

1. Responses: arrays/responses.npz, every picture, layer and channel.
2. Selective channels: tables/selective.csv, from the responses of 1 to the pictures that decide, by the rule
   `preprint-2023`.
3. Conditions: counts, base F1 and AUC of every group that is no random draw in tables/sweep.csv, as heads.safetensors
   read them: lesions and gains of the selective channels, and slopes that follow from the tuning values in units.csv.
4. Best gains (exp-attention): tables/best.csv, chosen again from the AUC and the F1 in sweep_validation.csv.

Exit status 0 where all agree, 1 where anything differs by more than rounding can explain.
"""

import argparse
import hashlib
import json
import re
import pathlib
import sys

import cbor2
import numpy as np
import pandas as pd
import torch
from PIL import Image
from safetensors.numpy import load_file
from torch import nn
from torchvision import transforms

EMOTIONS = ["pleasant", "neutral", "unpleasant"]
NETWORK = "trained"
BATCH = 8
# Slopes of all layers at once follow from a tenth of the tuning values (Lindsay & Miller 2018).
ALL_LAYERS_SHARE = 0.1
# Single precision carries 6e-8 per operation. Over 13 layers, each a sum of up to 4,608 products, two orders of
# summation (and Winograd's transforms) part by 1e-6 to 1e-5 of the largest value; 1e-4 leaves a factor of ten. A wrong
# channel, pixel or weight gives far more.
TOLERANCE = 1e-4


class Run:
    """What the run's folder holds."""

    def __init__(self, folder):
        self.manifest = json.loads((folder / "manifest.json").read_text())
        self.network = self.manifest["weights"]["network"]
        self.layers = [site["name"] for site in self.network["sites"]]
        # A picture may be called `1.10`, or `NA`: its name is text, and only an empty cell is missing.
        options = {"dtype": {"picture": str}, "keep_default_na": False, "na_values": [""], "low_memory": False}
        table = lambda name: pd.read_csv(folder / "tables" / f"{name}.csv", **options)
        self.pictures, self.selective, self.sweep, self.units = map(table, ["pictures", "selective", "sweep", "units"])
        self.has_gains = (folder / "tables" / "best.csv").exists()
        self.best, self.validation = map(table, ["best", "sweep_validation"]) if self.has_gains else (None, None)
        self.responses = np.load(folder / "arrays" / "responses.npz")
        self.heads = load_file(folder / "heads.safetensors")
        self.sets = list(dict.fromkeys(self.pictures["set"]))

    def rows(self, name):
        """Positions in pictures.csv of one set."""
        return np.flatnonzero(self.pictures["set"] == name)

    def channels(self, layer, emotion):
        table = self.selective
        chosen = (table.network == NETWORK) & (table.layer == layer) & (table.emotion == emotion)
        return table.channel[chosen].to_numpy()

    def tuning(self, layer, emotion):
        """Tuning values of a layer's channels, mean over sets; 0 where a channel is constant."""
        table = self.units[(self.units.network == NETWORK) & (self.units.layer == layer)]
        return table.groupby("channel")[f"s_{emotion}"].apply(lambda values: values.fillna(0).mean()).to_numpy()

    def check(self, weights):
        """The weights must be the run's, and this script knows one rule of selection."""
        recorded, digest = self.manifest["weights"], hashlib.sha256(weights.read_bytes()).hexdigest()
        if digest not in (recorded["sha256"], recorded["origin"]["sha256"]):
            sys.exit(f"{weights} is not the file that the run's weights came from ({recorded['origin']['source']})")
        if self.manifest["config"]["selection"]["rule"] != "preprint-2023":
            sys.exit("the run selects by another rule than preprint-2023")


def prepared(run, folder):
    recorded = run.manifest["weights"]["preprocessing"]
    shape = transforms.Compose([transforms.Resize(recorded["shorter_side"]), transforms.CenterCrop(recorded["crop"])])
    grey = run.manifest["config"]["network"]["colour"] == "grey"
    column = lambda key: np.array(recorded[key], np.float32)[:, None, None]

    def prepare(path):
        picture = Image.open(path).convert("RGB")
        picture = shape(picture.convert("L").convert("RGB") if grey else picture)
        values = np.asarray(picture).transpose(2, 0, 1)[:: -1 if recorded["order"] == "bgr" else 1].astype(np.float32)
        return torch.from_numpy((values * np.float32(recorded["scale"]) - column("mean")) / column("sd"))

    files = {str(path.relative_to(folder).with_suffix("")): path for path in folder.rglob("*") if path.suffix != ".csv"}
    of_row = lambda row: files.get(f"{row.set}/{row.picture}") or files[row.picture]
    return torch.stack([prepare(of_row(row)) for row in run.pictures.itertuples()])


class Network(nn.Module):
    """A network after the pattern of VGG by its sites, conv1_1 and on, with torchvision's names for a VGG-16."""

    def __init__(self, network):
        super().__init__()
        layers, inputs, side = [], 3, network["input_side"]
        groups = {}
        for site in network["sites"]:
            groups.setdefault(re.fullmatch(r"conv(\d+)_\d+", site["name"])[1], []).append(site["channels"])
        for widths in groups.values():
            for channels in widths:
                layers += [nn.Conv2d(inputs, channels, 3, padding=1), nn.ReLU()]
                inputs = channels
            layers.append(nn.MaxPool2d(2))
            side //= 2
        # Both hidden layers of these networks are as wide as what the heads read.
        self.features, dense, units = nn.Sequential(*layers), [], inputs * side * side
        for width in [network["feature_units"]] * 2:
            dense += [nn.Linear(units, width), nn.ReLU(), nn.Dropout()]
            units = width
        self.classifier = nn.Sequential(*dense, nn.Linear(units, network["classes"]))

    def forward(self, pictures):
        """Features: the last hidden layer after its ReLU."""
        return self.classifier[:-1](torch.flatten(self.features(pictures), 1))


def burnpack(path):
    """Tensors of a .bpk file by name: a header of 10 bytes, CBOR metadata, then data aligned to 256 bytes."""
    data = path.read_bytes()
    size = int.from_bytes(data[6:10], "little")
    start = (10 + size + 255) // 256 * 256
    tensors = {}
    for name, entry in cbor2.loads(data[10 : 10 + size])["tensors"].items():
        begin, end = (start + offset for offset in entry["data_offsets"])
        tensors[name] = torch.from_numpy(np.frombuffer(data[begin:end], "<f4").reshape(entry["shape"]).copy())
    return tensors


def network(run, weights):
    model = Network(run.network)
    if weights.suffix == ".bpk":
        stored, names = burnpack(weights), [*run.layers, *(f"fc{6 + i}" for i in range(3))]
        modules = [module for module in [*model.features, *model.classifier] if hasattr(module, "weight")]
        with torch.no_grad():
            for name, module in zip(names, modules, strict=True):
                module.weight.copy_(stored[f"{name}.weight"])
                module.bias.copy_(stored[f"{name}.bias"])
    else:
        model.load_state_dict(torch.load(weights, weights_only=True))
    return model.eval()


def hooked(run, model, pictures, hooks):
    """Features of the last hidden layer, with a forward hook on each of some layers."""
    modules = dict(zip(run.layers, (module for module in model.features if isinstance(module, nn.ReLU))))
    handles = [modules[layer].register_forward_hook(hook) for layer, hook in hooks.items()]
    with torch.no_grad():
        features = torch.cat([model(batch) for batch in pictures.split(BATCH)]).numpy()
    for handle in handles:
        handle.remove()
    return features


def responses(run, model, pictures):
    """Spatial means of all rectified maps, and the features of the intact network."""
    means = {layer: [] for layer in run.layers}
    keep = lambda layer: lambda _module, _input, output: means[layer].append(output.mean((2, 3)).numpy())
    features = hooked(run, model, pictures, {layer: keep(layer) for layer in run.layers})
    return {layer: np.concatenate(parts) for layer, parts in means.items()}, features


def slopes(run, group, layer, emotion, gain):
    """Slope of every channel of every layer that a condition changes."""
    if group == "selective":
        values = np.ones(dict(zip(run.layers, widths(run)))[layer], np.float32)
        values[run.channels(layer, emotion)] = gain
        return {layer: values}
    share = ALL_LAYERS_SHARE if layer == "all" else 1.0
    tuning = {name: run.tuning(name, emotion) for name in (run.layers if layer == "all" else [layer])}
    if group == "tuning_positive":
        tuning = {name: values.clip(min=0) for name, values in tuning.items()}
    of = lambda values: np.maximum(0, 1 + np.float32(gain - 1) * (share * values).astype(np.float32))
    return {name: of(values) for name, values in tuning.items()}


def widths(run):
    return [channels for channels, count in run.architecture["groups"] for _ in range(count)]


def changed(run, model, pictures, factors):
    def scale(values):
        return lambda _module, _input, output: output * torch.from_numpy(values)[None, :, None, None]

    return hooked(run, model, pictures, {layer: scale(values) for layer, values in factors.items()})


def compare_responses(run, means):
    """Largest error of every layer in units of its largest response, and the channels' largest absolute errors."""
    print("1. responses          largest   relative to the layer's  |  relative to the value itself")
    print("   layer             response   largest response         |  median    99.9 %    largest")
    worst, channel_errors = 0.0, {}
    for layer, expected in means.items():
        found = np.concatenate([run.responses[f"{name}/{layer}"] for name in run.sets]).astype(float)
        reference = np.concatenate([expected[run.rows(name)] for name in run.sets]).astype(float)
        error = np.abs(found - reference)
        relative = error[reference > 0] / reference[reference > 0]
        worst = max(worst, error.max() / reference.max())
        channel_errors[layer] = error.max(axis=0)
        print(f"   {layer:12} {reference.max():13.4f}   {error.max() / reference.max():.2e}                 |",
              f" {np.median(relative):.1e}   {np.quantile(relative, 0.999):.1e}   {relative.max():.1e}")
    print(f"   worst {worst:.2e}, allowed {TOLERANCE:.0e}")
    return worst <= TOLERANCE, channel_errors


def preferences(run, of_set):
    """`[sets × channels]`: the emotion with the largest mean response, or -1 for a constant channel, and its lead."""
    preferred, leads = [], []
    for name in run.sets:
        decides = run.pictures.decides.to_numpy(bool)[run.rows(name)]
        values = of_set(name).astype(float)[decides]
        categories = run.pictures.category.to_numpy()[run.rows(name)][decides]
        means = np.stack([values[categories == emotion].mean(axis=0) for emotion in EMOTIONS])
        ordered = np.sort(means, axis=0)
        preferred.append(np.where(np.ptp(values, axis=0) == 0, -1, means.argmax(axis=0)))
        leads.append(ordered[-1] - ordered[-2])
    return np.stack(preferred), np.stack(leads)


def compare_selection(run, means, channel_errors):
    """A channel may differ only where two emotions lead each other by less than the error of its responses."""
    print("2. selective channels")
    compared = mismatches = ties = own = 0
    for layer in run.layers:
        recorded = np.full(means[layer].shape[1], -1)
        for index, emotion in enumerate(EMOTIONS):
            recorded[run.channels(layer, emotion)] = index
        agreed = lambda preferred: np.where((preferred == preferred[0]).all(axis=0), preferred[0], -1)
        own += (agreed(preferences(run, lambda name: run.responses[f"{name}/{layer}"])[0]) != recorded).sum()
        preferred, leads = preferences(run, lambda name: means[layer][run.rows(name)])
        compared += len(recorded)
        for channel in np.flatnonzero(agreed(preferred) != recorded):
            lead, error = leads[:, channel].min(), channel_errors[layer][channel]
            mismatches += 1
            ties += lead <= 2 * error
            print(f"   {layer} channel {channel}: leads by {lead:.2e}, the responses differ by up to {error:.2e}")
    print(f"   {compared} channels, {len(run.selective)} selective; {mismatches} differ, {ties} of them ties;",
          f"{own} differ where the run's own responses are used")
    return mismatches == ties and own == 0


def head_margins(run, features, name, task, split):
    key = f"{NETWORK}/{name}/{task}/{split}"
    logits = features.astype(float) @ run.heads[f"{key}/weight"].astype(float) + run.heads[f"{key}/bias"]
    return logits[:, 1] - logits[:, 0]


def confusion(margins, truth):
    yes = margins > 0
    return np.array([(yes & truth).sum(), (yes & ~truth).sum(), (~yes & ~truth).sum(), (~yes & truth).sum()])


def f1(counts):
    tp, fp, _, fn = counts
    return 0.0 if tp == 0 else 2 * tp / (2 * tp + fp + fn)


def auc(margins, truth):
    """AUC, and how many pairs of a target and another picture are nearly equal."""
    difference = margins[truth][:, None] - margins[~truth][None, :]
    near = np.abs(difference) < TOLERANCE * np.ptp(margins)
    return ((difference > 0) + 0.5 * (difference == 0)).mean(), near.mean()


def compare_row(run, row, intact, changed):
    """One row of sweep.csv: which claims hold, and the flips that are ties."""
    part = run.rows(row.set_test)
    test = part[(run.pictures[f"split_{row.split_seed}"].to_numpy()[part]) == "test"]
    truth = run.pictures.category.to_numpy()[test] == row.task
    margins = lambda features: head_margins(run, features[test], row.set_train, row.task, row.split_seed)
    base, now = margins(intact), margins(changed)
    found, expected = np.array([row.tp, row.fp, row.tn, row.fn]), confusion(now, truth)
    flips = np.abs(found - expected)[:2]
    near = np.abs(now) < TOLERANCE * np.ptp(now)
    value, near_pairs = auc(now, truth)
    base_near = (np.abs(base) < TOLERANCE * np.ptp(base)).any()
    return {
        "answers": len(test), "yes": int(expected[:2].sum()), "moved": int(((base > 0) != (now > 0)).sum()),
        "same": not flips.any(), "ties": flips[0] <= (near & truth).sum() and flips[1] <= (near & ~truth).sum(),
        "base": abs(row.base_f1 - f1(confusion(base, truth))) < 1e-12 or base_near,
        "auc": abs(float(row.auc) - value) <= near_pairs + 1e-12, "auc_same": abs(float(row.auc) - value) < 1e-12,
        "nearest": np.abs(now).min() / np.ptp(now), "shift": np.abs(now - base).max() / np.ptp(base),
        "flipped": np.sort(np.abs(now))[: flips.sum()].tolist(), "spread": np.ptp(now),
    }


def compare_conditions(run, model, pictures, intact):
    print("3. conditions: lesions and gains")
    print("   group            layer    emotion     gains  rows  same counts  same AUC  answers  yes  changed  largest shift")
    sweep = run.sweep[(run.sweep.network == NETWORK) & run.sweep.draw.isna()]
    if sweep.empty:
        sys.exit("the run has no condition that is not a random draw")
    checked = []
    for (group, layer, emotion), rows in sweep.groupby(["group", "layer", "emotion"], sort=False):
        results = [compare_gain(run, model, pictures, intact, cell) for _, cell in rows.groupby("gain", sort=False)]
        of_cell = pd.concat(results)
        total = of_cell[["same", "auc_same", "answers", "yes", "moved"]].sum()
        print(f"   {group:16} {layer:8} {emotion:10} {len(results):6} {len(rows):5} {total.same:12} {total.auc_same:9}",
              f"{total.answers:8} {total.yes:4} {total.moved:8} {of_cell['shift'].max():14.2f}", flush=True)
        checked.append(of_cell)
    checked = pd.concat(checked)
    print(f"   {len(checked)} rows, {checked.answers.sum()} answers, {checked.yes.sum()} of them yes,",
          f"{checked.moved.sum()} changed by a condition:")
    print(f"   {(~checked.same).sum()} rows with other counts, {(~checked.auc_same).sum()} with another AUC,",
          f"{(~checked.base).sum()} with another base F1")
    print(f"   nearest margin to 0: {checked.nearest.min():.2e} of the margins' spread; a tie is below {TOLERANCE:.0e}")
    return bool(checked[["ties", "base", "auc", "units"]].to_numpy().all())


def compare_gain(run, model, pictures, intact, rows):
    """All rows of one condition at one gain."""
    first = rows.iloc[0]
    factors = slopes(run, first.group, first.layer, first.emotion, first.gain)
    features = changed(run, model, pictures, factors)
    results = pd.DataFrame([compare_row(run, row, intact, features) for row in rows.itertuples()])
    changes = lambda values: (values != 1).sum() if first.gain != 1 else 0
    # A slope of 1 changes nothing, but its rows still name the size of the group.
    results["units"] = (rows.n_units.to_numpy() == sum(map(changes, factors.values()))) | (first.gain == 1)
    for flip in results[~results.same].itertuples():
        print(f"   counts differ: margins {flip.flipped} where margins spread over {flip.spread:.3f}")
    return results


def compare_best(run):
    """The choice of the best gain in each split, from the rows of sweep_validation.csv and sweep.csv."""
    print("4. best gains, chosen on validation pictures")
    keys = ["set_train", "set_test", "layer", "emotion", "group"]
    own = lambda table: table[(table.network == NETWORK) & (table.task == table.emotion) & table.draw.isna()]
    validation, test, best = own(run.validation), own(run.sweep), own(run.best)
    best, wrong = best[best.chosen_on == "validation"], 0
    for measure, change in [("auc", "auc_change"), ("f1", "change_pct")]:
        chosen_by = best[best.chosen_by == measure].set_index(keys)
        for key, rows in validation.groupby(keys, sort=False):
            # Of equal values the gain nearest to the intact network wins.
            rows = rows.assign(distance=-(rows.gain - 1).abs()).sort_values(["split_seed", measure, "distance"])
            chosen = rows.groupby("split_seed").last()[["gain"]].reset_index()
            of_test = test
            for name, value in zip(keys, key):
                of_test = of_test[of_test[name] == value]
            changes = chosen.merge(of_test, on=["split_seed", "gain"])[change].dropna()
            row = chosen_by.loc[key]
            same = abs(row.gain - chosen.gain.mean()) < 1e-9
            same &= (np.isnan(row[change]) and changes.empty) or abs(row[change] - changes.mean()) < 1e-9
            wrong += not same
    print(f"   {len(best)} choices, {wrong} with another gain or change")
    return wrong == 0 and len(best) > 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("weights", type=pathlib.Path)
    parser.add_argument("pictures", type=pathlib.Path)
    options = parser.parse_args()
    run = Run(options.run)
    run.check(options.weights)
    model, pictures = network(run, options.weights), prepared(run, options.pictures)
    print(f"{len(pictures)} pictures, torch {torch.__version__}; run on {run.manifest['device']['backend']}")
    means, intact = responses(run, model, pictures)
    fine, channel_errors = compare_responses(run, means)
    results = {"responses": fine, "selective channels": compare_selection(run, means, channel_errors)}
    results["conditions"] = compare_conditions(run, model, pictures, intact)
    if run.has_gains:
        results["best gains"] = compare_best(run)
    for name, fine in results.items():
        print(f"{name}: {'agree' if fine else 'DIFFER'}")
    sys.exit(0 if all(results.values()) else 1)


if __name__ == "__main__":
    main()
