"""What predicting the target's last value reaches on the held-out windows of a series."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dropout_lab.config import Experiment
from dropout_lab.datasets import Dataset, Split
from dropout_lab.metrics.dummy import TrainingTargets, dummy_predictions
from dropout_lab.metrics.metric import Metric
from dropout_lab.metrics.registry import METRICS
from dropout_lab.stats import held_out

__all__ = ["persistence", "persistence_values"]

_REPLACED = ("most_frequent", "mean", "median")
"""What a dummy says that predicts one answer; class shares are probabilities, which persistence has none of."""


def persistence(
    experiment: Experiment, data: Dataset, parts: Sequence[Split], learned: Sequence[TrainingTargets]
) -> dict[str, list[float]]:
    """Return what persistence reaches in each fold, by metric: of those in which it is better than the dummy.

    Parameters
    ----------
    experiment : Experiment
    data : Dataset
    parts : sequence of Split
    learned : sequence of TrainingTargets
        What a dummy learns in each of them.

    Returns
    -------
    dict of str to list of float
        Empty where there are no windows, or where it is not known of each of several folds: that of a single one has no
        error by fold.
    """
    found: dict[str, list[float]] = {}
    if data.windows is None or len(parts) < 2:
        return found
    true = data.labels if data.values is None else data.values
    for metric in (METRICS[name] for name in held_out(experiment)):
        values = persistence_values(data, parts, metric) if metric.dummy in _REPLACED else None
        if values is None:
            continue
        dummy = [
            metric.compute(dummy_predictions(metric, each, len(part.test)), true[part.test])
            for each, part in zip(learned, parts, strict=True)
        ]
        if metric.sign * (np.mean(values) - np.mean(dummy)) > 0:
            found[metric.name] = values
    return found


def persistence_values(data: Dataset, parts: Sequence[Split], metric: Metric) -> list[float] | None:
    """Return a metric of persistence in each fold; None if a last value is missing, or the metric undefined."""
    if data.windows is None or not data.windows.horizon:
        return None
    last, values = data.windows.last_value, []
    for part in parts:
        rows = part.test
        if not np.isfinite(last[rows]).all():
            return None
        if data.values is None:
            predicted = np.eye(len(data.classes))[last[rows].astype(np.int64)]
            values.append(metric.compute(predicted, data.labels[rows]))
        else:
            values.append(metric.compute(last[rows], data.values[rows]))
    return values if np.isfinite(values).all() else None
