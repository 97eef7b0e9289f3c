"""What predictions that do not look at the inputs reach on the same held-out rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dropout_lab.metrics.dummy import TrainingTargets, dummy_predictions, training_targets
from dropout_lab.metrics.metric import Metric
from dropout_lab.stats.design import Design

__all__ = ["Dummy", "HeldOutTargets", "SavedTargets", "held_out_targets"]

Array = NDArray[np.float64]
SavedTargets = Mapping[tuple[int, int], TrainingTargets]
"""By repeat and fold; of a fixed split, which is the same in each repeat, those of repeat 0."""


@dataclass(frozen=True)
class Dummy:
    """A metric of predictions without a look at the inputs.

    Attributes
    ----------
    values : array of shape (pairs,)
        By planned repeat and fold; missing where the metric is undefined, or the training rows are not known.
    rows : array of shape (cells,), or None
        Row by row, in the order of `HeldOutTargets`; None for metrics without row values.
    """

    values: Array
    rows: Array | None

    @property
    def mean(self) -> float:
        """The mean over the pairs; missing if there is none."""
        known = self.values[np.isfinite(self.values)]
        return float(known.mean()) if len(known) else np.nan


@dataclass(frozen=True)
class HeldOutTargets:
    """The targets of the rows that each planned repeat and fold holds out, in the order of the cells of `RowMatrix`.

    Attributes
    ----------
    pair, row : array of shape (cells,), int64
    target : array of shape (cells,)
        Class codes, or numbers.
    training : tuple of (TrainingTargets or None)
        Of the rows that each pair is trained on; None where these are not known.
    """

    pair: NDArray[np.int64]
    row: NDArray[np.int64]
    target: NDArray[np.int64] | Array
    training: tuple[TrainingTargets | None, ...]

    def beside_persistence(self, metric: Metric) -> Metric:
        """Return a metric with `Metric.dummy` persistence, where that is better than its own wherever it is known."""
        known = [each for each in self.training if each is not None]
        persists = bool(known) and all(metric.name in each.persistence for each in known)
        return replace(metric, dummy="persistence") if persists else metric

    def dummy(self, metric: Metric) -> Dummy | None:
        """Compute a metric of predictions without a look at the inputs; None if that is nowhere known."""
        if not metric.dummy:
            return None
        if metric.dummy == "persistence":
            return Dummy(np.array([each.persistence[metric.name] if each else np.nan for each in self.training]), None)
        values, rows = np.full(len(self.training), np.nan), np.full(len(self.target), np.nan)
        for pair, learned in enumerate(self.training):
            held_out = slice(*np.searchsorted(self.pair, [pair, pair + 1]))
            true = self.target[held_out]
            if learned is None or not len(true):
                continue
            predicted = dummy_predictions(metric, learned, len(true))
            if metric.has_row_values:
                rows[held_out] = metric.row_values(predicted, true)
                values[pair] = rows[held_out].mean()
            else:
                values[pair] = metric.compute(predicted, true)
        if not np.isfinite(values).any():
            return None
        return Dummy(values, rows if metric.has_row_values else None)


def held_out_targets(
    predictions: pd.DataFrame, trials: pd.DataFrame, pair: NDArray[np.int64], design: Design, saved: SavedTargets
) -> HeldOutTargets:
    """Find the targets of held-out rows, and what is known of those of training rows.

    Where all points and all folds of a repeat are trained on as many rows as the other folds hold out, as in
    cross-validation, they are trained on those, and the predictions tell their targets. Otherwise the program saves
    what a dummy learns.

    Parameters
    ----------
    predictions : pandas.DataFrame
        As in ``predictions.csv.gz``.
    trials : pandas.DataFrame
        As in ``trials.csv``.
    pair : array of shape (trials,)
        The planned repeat and fold of each trial.
    design : Design
    saved : mapping
    """
    classes = sum(bool(re.fullmatch("p[0-9]+", str(name))) for name in predictions)
    of_trial = pd.Series(pair, index=trials["trial"])
    of_trial = of_trial[of_trial.index.isin(predictions["trial"].unique())]
    one_each = of_trial[~of_trial.duplicated()]
    held_out = predictions.loc[predictions["trial"].isin(one_each.index), ["trial", "row", "label"]]
    held_out = held_out.assign(pair=held_out["trial"].map(one_each)).sort_values(["pair", "row"])
    cell, row = held_out["pair"].to_numpy(np.int64), held_out["row"].to_numpy(np.int64)
    target = held_out["label"].to_numpy(np.int64 if classes else np.float64)
    _, first, code = np.unique(row, return_index=True, return_inverse=True)
    trained = trials["train_rows"].groupby(pair).agg(["min", "max"]).reindex(range(design.trials)).to_numpy()
    others = len(first) - np.bincount(cell, minlength=design.trials)
    told = ((others > 0)[:, np.newaxis] & (trained == others[:, np.newaxis])).all(axis=1)
    told = np.repeat(told.reshape(-1, design.folds).all(axis=1), design.folds)
    training: list[TrainingTargets | None] = []
    for number in range(design.trials):
        key = (0 if design.fixed else number // design.folds, number % design.folds)
        learned = saved.get(key)
        if learned is None and told[number]:
            trained_on = np.ones(len(first), dtype=bool)
            trained_on[code[cell == number]] = False
            learned = training_targets(target[first[trained_on]], classes)
        training.append(learned)
    return HeldOutTargets(cell, row, target, tuple(training))
