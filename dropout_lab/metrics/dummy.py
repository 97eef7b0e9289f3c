"""Predictions that do not look at the inputs: those of scikit-learn's ``DummyClassifier`` and ``DummyRegressor``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropout_lab.metrics.metric import Metric

__all__ = ["TrainingTargets", "dummy_predictions", "training_targets"]


@dataclass(frozen=True)
class TrainingTargets:
    """What a dummy learns: of classes how many rows each has, of numbers their mean and median.

    Attributes
    ----------
    counts : tuple of int
        By class code; empty for numbers.
    mean, median : float
        In the target's unit; missing for classes.
    persistence : mapping of str to float
        Of windows of a series: the metrics, by name, in which predicting the target's last value is better, and what it
        reaches on the rows that are held out.
    """

    counts: tuple[int, ...] = ()
    mean: float = np.nan
    median: float = np.nan
    persistence: Mapping[str, float] = field(default_factory=dict)


def training_targets(targets: NDArray[Any], classes: int) -> TrainingTargets:
    """Learn from the targets of training rows.

    Parameters
    ----------
    targets : array of shape (rows,)
        Class codes; for regression numbers in the target's unit.
    classes : int
        0 for regression.
    """
    if classes:
        return TrainingTargets(tuple(np.bincount(targets.astype(np.int64), minlength=classes).tolist()))
    return TrainingTargets(mean=float(np.mean(targets)), median=float(np.median(targets)))


def dummy_predictions(metric: Metric, learned: TrainingTargets, rows: int) -> NDArray[np.float64]:
    """Predict rows without looking at them.

    Parameters
    ----------
    metric : Metric
        One that has a dummy.
    learned : TrainingTargets
        From at least one row.
    rows : int

    Returns
    -------
    array of shape (rows, classes), or (rows,) for regression
        The class shares, of which the most frequent class is the largest (of equally frequent ones the first); the
        mean; or the median. Not to be changed.
    """
    if metric.task == "classification":
        counts = np.asarray(learned.counts, np.float64)
        return np.broadcast_to(counts / counts.sum(), (rows, len(counts)))
    return np.broadcast_to(np.float64(learned.median if metric.dummy == "median" else learned.mean), rows)
