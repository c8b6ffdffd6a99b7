"""Recomputes with plain PyTorch what a finished run of exp-lesion claims about a full VGG-16, and compares.

    python lesion_reference.py RUN_FOLDER WEIGHTS.pth PICTURE_FOLDER

(needs numpy, pandas, pillow, safetensors, torch, torchvision)


WEIGHTS.pth is the file that the run's weights were converted from, with torchvision's names; PICTURE_FOLDER holds the
run's pictures. Use lossless pictures (PNG): two JPEG decoders differ by some grey levels.

torchvision prepares the pictures and runs its own vgg16; forward hooks read the 13 rectified convolutions and set the
lesioned channels to 0. No shortcut of the program (Winograd kernels, gain lines, shared prefixes) is repeated here.
The control groups are not compared: a run does not store which channels were drawn.

1. Responses: arrays/responses.npz, every picture, layer and channel.
2. Selective channels: tables/selective.csv, from the responses of 1, by the rule `preprint-2023`.
3. Lesions: counts, base F1 and AUC of the group `selective` in tables/sweep.csv, as heads.safetensors read them.

Exit status 0 where all agree, 1 where anything differs by more than rounding can explain.
"""

import argparse
import hashlib
import json
import pathlib
import sys

import numpy as np
import pandas as pd
import torch
import torchvision
from PIL import Image
from safetensors.numpy import load_file
from torchvision import transforms

LAYERS = [f"conv{g + 1}_{i + 1}" for g, count in enumerate([2, 2, 3, 3, 3]) for i in range(count)]
EMOTIONS = ["pleasant", "neutral", "unpleasant"]
MEAN, SD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
NETWORK = "trained"
BATCH = 8
# Single precision carries 6e-8 per operation. Over 13 layers, each a sum of up to 4,608 products, two orders of
# summation (and Winograd's transforms) part by 1e-6 to 1e-5 of the largest value; 1e-4 leaves a factor of ten. A wrong
# channel, pixel or weight gives far more.
TOLERANCE = 1e-4


class Run:
    """What the run's folder holds."""

    def __init__(self, folder):
        self.manifest = json.loads((folder / "manifest.json").read_text())
        tables = (folder / "tables" / f"{name}.csv" for name in ["pictures", "selective", "sweep"])
        # A picture may be called `1.10`, or `NA`: its name is text, and only an empty cell is missing.
        options = {"dtype": {"picture": str}, "keep_default_na": False, "na_values": [""]}
        self.pictures, self.selective, self.sweep = (pd.read_csv(path, **options) for path in tables)
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

    def check(self, weights):
        """This script knows one way to prepare pictures and one rule, and the weights must be the run's."""
        recorded, config = self.manifest["weights"], self.manifest["config"]
        if recorded["origin"]["sha256"] != hashlib.sha256(weights.read_bytes()).hexdigest():
            sys.exit(f"{weights} is not the file that the run's weights came from ({recorded['origin']['source']})")
        wanted = {"shorter_side": 256, "crop": 224, "order": "rgb", "mean": MEAN, "sd": SD}
        differs = any(recorded["preprocessing"][key] != value for key, value in wanted.items())
        if differs or config["network"]["colour"] != "as-is":
            sys.exit("the run prepares its pictures otherwise than torchvision")
        if config["selection"] != {"rule": "preprint-2023", "pictures": "all"}:
            sys.exit("the run selects by another rule than preprint-2023 on all pictures")


def prepared(run, folder):
    prepare = transforms.Compose([
        transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
        transforms.Normalize(MEAN, SD),
    ])
    files = {str(path.relative_to(folder).with_suffix("")): path for path in folder.rglob("*") if path.suffix != ".csv"}
    return torch.stack([prepare(Image.open(files[name]).convert("RGB")) for name in run.pictures.picture])


def network(weights):
    model = torchvision.models.vgg16(weights=None, init_weights=False)
    model.load_state_dict(torch.load(weights, weights_only=True))
    return model.eval()


def hooked(model, pictures, hooks):
    """Features of fc7 after its ReLU, with a forward hook on each of some layers."""
    modules = dict(zip(LAYERS, (module for module in model.features if isinstance(module, torch.nn.ReLU))))
    handles = [modules[layer].register_forward_hook(hook) for layer, hook in hooks.items()]
    with torch.no_grad():
        maps = (torch.flatten(model.avgpool(model.features(batch)), 1) for batch in pictures.split(BATCH))
        features = torch.cat([model.classifier[:6](units) for units in maps]).numpy()
    for handle in handles:
        handle.remove()
    return features


def responses(model, pictures):
    """Spatial means of all rectified maps, and the features of the intact network."""
    means = {layer: [] for layer in LAYERS}
    keep = lambda layer: lambda _module, _input, output: means[layer].append(output.mean((2, 3)).numpy())
    features = hooked(model, pictures, {layer: keep(layer) for layer in LAYERS})
    return {layer: np.concatenate(parts) for layer, parts in means.items()}, features


def lesioned(model, pictures, layer, channels):
    def silence(_module, _input, output):
        output = output.clone()
        output[:, channels.tolist()] = 0
        return output

    return hooked(model, pictures, {layer: silence})


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
        values, categories = of_set(name).astype(float), run.pictures.category.to_numpy()[run.rows(name)]
        means = np.stack([values[categories == emotion].mean(axis=0) for emotion in EMOTIONS])
        ordered = np.sort(means, axis=0)
        preferred.append(np.where(np.ptp(values, axis=0) == 0, -1, means.argmax(axis=0)))
        leads.append(ordered[-1] - ordered[-2])
    return np.stack(preferred), np.stack(leads)


def compare_selection(run, means, channel_errors):
    """A channel may differ only where two emotions lead each other by less than the error of its responses."""
    print("2. selective channels")
    compared = mismatches = ties = own = 0
    for layer in LAYERS:
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


def compare_lesions(run, model, pictures, intact):
    print("3. lesions of the selective channels")
    print("   layer    emotion     channels  rows  same counts  same AUC  answers  yes  changed  largest shift")
    sweep = run.sweep[(run.sweep.network == NETWORK) & (run.sweep.group == "selective")]
    if sweep.empty:
        sys.exit("the run has no lesion of selective channels")
    checked = []
    for (layer, emotion), rows in sweep.groupby(["layer", "emotion"], sort=False):
        channels = run.channels(layer, emotion)
        changed = lesioned(model, pictures, layer, channels)
        results = pd.DataFrame([compare_row(run, row, intact, changed) for row in rows.itertuples()])
        results["units"] = rows.n_units.to_numpy() == len(channels)
        for flip in results[~results.same].itertuples():
            print(f"   counts differ: margins {flip.flipped} where margins spread over {flip.spread:.3f}")
        total = results[["same", "auc_same", "answers", "yes", "moved"]].sum()
        print(f"   {layer:8} {emotion:10} {len(channels):9} {len(rows):5} {total.same:12} {total.auc_same:9}",
              f"{total.answers:8} {total.yes:4} {total.moved:8} {results['shift'].max():14.2f}", flush=True)
        checked.append(results)
    checked = pd.concat(checked)
    print(f"   {len(checked)} rows, {checked.answers.sum()} answers, {checked.yes.sum()} of them yes,",
          f"{checked.moved.sum()} changed by a lesion:")
    print(f"   {(~checked.same).sum()} rows with other counts, {(~checked.auc_same).sum()} with another AUC,",
          f"{(~checked.base).sum()} with another base F1")
    print(f"   nearest margin to 0: {checked.nearest.min():.2e} of the margins' spread; a tie is below {TOLERANCE:.0e}")
    return bool(checked[["ties", "base", "auc", "units"]].to_numpy().all())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("weights", type=pathlib.Path)
    parser.add_argument("pictures", type=pathlib.Path)
    options = parser.parse_args()
    run = Run(options.run)
    run.check(options.weights)
    model, pictures = network(options.weights), prepared(run, options.pictures)
    print(f"{len(pictures)} pictures, torch {torch.__version__}, torchvision {torchvision.__version__};",
          f"run on {run.manifest['device']['backend']}")
    means, intact = responses(model, pictures)
    fine, channel_errors = compare_responses(run, means)
    results = [fine, compare_selection(run, means, channel_errors), compare_lesions(run, model, pictures, intact)]
    for name, fine in zip(["responses", "selective channels", "lesions"], results):
        print(f"{name}: {'agree' if fine else 'DIFFER'}")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
