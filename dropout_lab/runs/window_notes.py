"""What must be known of windows before they are trained on: which are left out, and what persistence reaches."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dropout_lab.config import Experiment
from dropout_lab.config.evaluation import TimeSeries
from dropout_lab.datasets import Dataset, Split, splits
from dropout_lab.datasets.given_splits import time_of
from dropout_lab.metrics.registry import METRICS
from dropout_lab.runs.persistence import persistence_values
from dropout_lab.stats.phrases import named_value

__all__ = ["window_notes"]


def window_notes(experiment: Experiment, data: Dataset) -> Iterator[str]:
    """Yield a note on the windows that are not trained on, and one on a forecast without a network.

    Parameters
    ----------
    experiment : Experiment
        `check_data` has found nothing wrong with it.
    data : Dataset
    """
    if data.windows is None:
        return
    found = splits(data, experiment.evaluation, experiment.dataset.train_rows, 0)
    if isinstance(experiment.evaluation, TimeSeries):
        counts = sorted({_left_out(data, split) for split in found})
        count = f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
        yield (
            f"{count} windows before each held-out block are not trained on, so that no row, and no target, is in "
            f"both: a window and its target span {data.windows.span:,} rows"
        )
    metric = METRICS["accuracy" if data.values is None else "r2"]
    values = persistence_values(data, found, metric)
    if values is not None:
        yield (
            "persistence, which predicts that the target stays as it is in a window's last row, reaches "
            f"{named_value(metric, float(np.mean(values)))} on the held-out windows"
        )


def _left_out(data: Dataset, split: Split) -> int:
    """Return how many windows are earlier than the held-out ones and not trained on."""
    time = time_of(data)
    return int((time < time[split.test].min()).sum()) - len(split.train)
