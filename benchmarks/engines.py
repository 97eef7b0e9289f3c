"""Two results of one sweep, trained by different engines, side by side: ``python -m benchmarks.engines DIR DIR``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from dropout_lab.results import read_trials


def side_by_side(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Compare two results rate by rate.

    Parameters
    ----------
    one, other : pandas.DataFrame
        ``trials.csv`` of each.

    Returns
    -------
    pandas.DataFrame
        Per rate: number of folds, each engine's mean accuracy and its standard error over folds, the mean difference
        (first minus second) and its standard error, paired by repeat and fold.
    """
    names = (one["engine"].iloc[0], other["engine"].iloc[0])
    pairs = one.merge(other, on=["rate", "repeat", "fold"], suffixes=("_1", "_2"))
    pairs["difference"] = pairs["accuracy_1"] - pairs["accuracy_2"]
    grouped = pairs.groupby("rate")
    table = pd.DataFrame({"folds": grouped.size()})
    for column, name in zip(("accuracy_1", "accuracy_2", "difference"), (*names, "difference"), strict=True):
        table[name] = grouped[column].mean()
        table[f"{name}_se"] = grouped[column].std(ddof=1) / np.sqrt(table["folds"])
    return table.reset_index()


if __name__ == "__main__":
    frames = [read_trials(Path(folder)) for folder in sys.argv[1:3]]
    side_by_side(*frames).to_csv(sys.stdout, index=False, float_format="%.4f")
