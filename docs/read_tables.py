"""Change of F1 (%) by layer and group of silenced channels, from the tables of a lesion run.

    python docs/read_tables.py results/exp-lesion/demo
"""

import sys

import pandas

run = sys.argv[1]
# Only an empty cell is missing: a set may be called "NA". pandas.read_parquet(f"{run}/tables/sweep.parquet") is the same.
sweep = pandas.read_csv(f"{run}/tables/sweep.csv", keep_default_na=False, na_values=[""])
own = sweep[
    (sweep.network == "trained")
    & (sweep.set_train == sweep.set_test)  # heads read the set that they were trained on
    & (sweep.task == sweep.emotion)  # and the emotion whose channels are silenced
]
change = own.pivot_table(index="layer", columns="group", values="change_pct", sort=False)
print(change.sort_index(axis="columns").round(2).to_string())
