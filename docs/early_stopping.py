"""How many control draws would a sweep need if it stopped as soon as its answers are settled?

    python docs/early_stopping.py results/exp-paper/demo/lesion      # pandas and SciPy

An answer is settled when so many draws are as extreme as the selective group that p can no longer be below .05, whatever
the further draws say. A single site, a single test over layers, and an emotion and control with all their tests over layers
(mean and trend, in every network and set) are counted apart: the draws of all layers belong together, so only the last
could really stop.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

ALPHA = 0.05


def draws_needed(selective, draws, enough):
    """Draws until `enough` of them are as low as the selective group; all of them if that does not happen."""
    reached = np.flatnonzero(np.cumsum(draws <= selective + 1e-12) >= enough)
    return int(reached[0]) + 1 if len(reached) else len(draws)


def trend(values):
    return spearmanr(range(len(values)), values)[0]


def main(folder):
    rows = pd.read_csv(Path(folder) / "tables" / "sweep.csv")
    rows = rows[(rows.set_train == rows.set_test) & (rows.task == rows.emotion)]
    layers = list(dict.fromkeys(rows.layer))
    keys = ["network", "set_test", "emotion", "group", "layer", "draw"]
    means = rows.groupby(keys, dropna=False).auc_change.mean().reset_index()
    count = int(means.draw.max()) + 1
    enough = int(np.ceil(ALPHA * (count + 1)))
    sites, single, joint = [], [], {}
    for (_, _, emotion), cell in means.groupby(["network", "set_test", "emotion"]):
        selective = cell[cell.group == "selective"].set_index("layer").auc_change
        for control, drawn in cell[cell.group != "selective"].groupby("group"):
            drawn = drawn.pivot(index="draw", columns="layer", values="auc_change")
            used = [layer for layer in layers if layer in selective.index and layer in drawn.columns]
            drawn = drawn[used].dropna()
            sites += [draws_needed(selective[layer], drawn[layer].values, enough) for layer in used]
            tests = [draws_needed(selective[used].mean(), drawn.mean(axis=1).values, enough)]
            if len(used) > 2:
                trends = np.array([trend(draw) for draw in drawn.values])
                tests.append(draws_needed(trend(selective[used].values), trends, enough))
            single += tests
            joint.setdefault((emotion, control), []).extend(tests)
    print(f"of {count} draws, settled at {enough} as extreme:")
    print(f"a site                                {np.mean(sites):.1f} ({len(sites)} sites)")
    print(f"a test over layers                    {np.mean(single):.1f} ({len(single)} tests)")
    print(f"an emotion and control, all its tests {np.mean([max(tests) for tests in joint.values()]):.1f} ({len(joint)})")


if __name__ == "__main__":
    main(sys.argv[1])
