"""The methods that are compared: each makes intervals, adjusted p-values and a set of the best from one data set."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import softmax  # type: ignore[import-untyped]

from benchmarks.calibration.simulate import METRICS as MEASURED
from benchmarks.calibration.simulate import per_class
from dropout_lab.metrics.metric import Metric
from dropout_lab.metrics.registry import METRICS
from dropout_lab.stats import Comparison, Design, TrialMatrix, summarize
from dropout_lab.stats.cluster_robust import Cells, cluster_robust
from dropout_lab.stats.corrected_t import estimate
from dropout_lab.stats.estimates import Estimate, interval
from dropout_lab.stats.row_matrix import RowMatrix, cells_for, few_per_class
from dropout_lab.stats.trial_matrix import minus_row

__all__ = ["METHODS", "Answer", "DataSet", "answers"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class DataSet:
    """What was predicted on one data set.

    Attributes
    ----------
    labels : array of shape (rows,)
    folds : array of shape (repeats, rows)
    probabilities : array of shape (rates, repeats, rows, classes)
    truth : mapping
        Metric -> array of shape (rates, repeats, folds): that of each network on fresh rows.
    """

    labels: NDArray[np.int64]
    folds: NDArray[np.int64]
    probabilities: Array
    truth: dict[str, Array]

    @classmethod
    def of(cls, found: dict[str, NDArray[np.generic]]) -> DataSet:
        """Arrange the arrays of a file, as `simulate` writes it."""
        shares = softmax(per_class(np.asarray(found["logits"], np.float64)), axis=-1)
        truth = {name: np.asarray(found[name], np.float64) for name in MEASURED if name in found}
        folds = np.asarray(found["folds"], np.int64)
        return cls(np.asarray(found["labels"], np.int64), folds, shares, truth)

    @property
    def network(self) -> NDArray[np.int64]:
        """The number of the network that predicts each row in each repeat: shape (repeats, rows)."""
        repeats = np.arange(len(self.folds))[:, None]
        return self.folds + (1 + int(self.folds.max())) * repeats

    def first(self, repeats: int) -> DataSet:
        """Return what was predicted in the first repeats. The truth stays that of all."""
        return replace(self, folds=self.folds[:repeats], probabilities=self.probabilities[:, :repeats])

    def row_values(self, metric: Metric) -> Array:
        """Return the row values, trial by trial: shape (rates, repeats * rows)."""
        rates, repeats, rows = self.probabilities.shape[:3]
        network, probabilities = self.network.ravel(), self.probabilities.reshape(rates, repeats * rows, -1)
        labels, values = np.tile(self.labels, repeats), np.empty((rates, repeats * rows))
        for each in range(network.max() + 1):
            at = network == each
            for rate in range(rates):
                values[rate, at] = metric.row_values(probabilities[rate, at], labels[at])
        return values

    def true_means(self, metric: str) -> Array:
        """Return the mean of the metric on fresh rows over all networks of a rate: shape (rates,)."""
        return self.truth[metric].mean(axis=(1, 2))


@dataclass(frozen=True)
class Answer:
    """What a method says of the differences from the first rate, arrays of shape (rates - 1,); missing if nothing.

    Attributes
    ----------
    low, high : array
    joint_low, joint_high : array
        Of the intervals that hold for all rates at once.
    p_adjusted : array
    p_best : array of shape (rates,)
    """

    low: Array
    high: Array
    joint_low: Array
    joint_high: Array
    p_adjusted: Array
    p_best: Array


METHODS = ("naive", "corrected", "row_wise", "default")
"""The t over folds; Nadeau and Bengio's, as without predictions; Bayle and others'; this program's."""


def answers(data: DataSet, metric: str) -> dict[str, Answer]:
    """Return what each method says about a metric of a data set."""
    chosen, values = METRICS[metric], data.row_values(METRICS[metric])
    repeats, rows = data.folds.shape
    row, network = np.tile(np.arange(rows), repeats), data.network.ravel()
    per_class = few_per_class(chosen, row, np.tile(data.labels, repeats))
    known = RowMatrix(values, cells_for(chosen, row, network, per_class=per_class), row, "rows", per_class)
    default = _matrix(data, chosen, known)
    differences = estimate(minus_row(default.values, 0), 0)
    alone = Cells(row, np.zeros_like(network))
    return {
        "naive": _plain(differences),
        "corrected": _summarized(replace(default, rows=None)),
        "row_wise": _plain(cluster_robust(differences, minus_row(values, 0), alone)),
        "default": _summarized(default),
    }


def _matrix(data: DataSet, metric: Metric, known: RowMatrix) -> TrialMatrix:
    """Arrange a data set as the program does."""
    rates, repeats, folds = len(known.values), len(data.folds), 1 + int(data.folds.max())
    trials = repeats * folds
    counts = np.bincount(data.network.ravel(), minlength=trials)
    means = np.stack([np.bincount(data.network.ravel(), each) / counts for each in known.values])
    return TrialMatrix(
        Comparison(Design(folds, repeats), metric, baseline=(0.0,)),
        pd.DataFrame({"rate": 0.0, "repeat": np.arange(trials) // folds, "test_rows": counts}),
        pd.DataFrame({"rate": np.arange(rates) / rates}),
        means,
        trials=np.full(rates, trials),
        failed=np.zeros(rates, dtype=np.int64),
        ratios=np.full(rates, 1 / (folds - 1)),
        baseline=0,
        rows=known,
    )


def _summarized(matrix: TrialMatrix) -> Answer:
    found = summarize(matrix)
    columns = ("diff_low", "diff_high", "joint_low", "joint_high", "p_adjusted")
    return Answer(*(found[name].to_numpy()[1:] for name in columns), found["p_best"].to_numpy())


def _plain(found: Estimate) -> Answer:
    """Return intervals only."""
    low, high = (end[1:] for end in interval(found))
    unknown = np.full_like(low, np.nan)
    return Answer(low, high, unknown, unknown, unknown, np.full(len(low) + 1, np.nan))
