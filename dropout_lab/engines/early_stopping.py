"""What early stopping looks at after each epoch, and when it ends a training."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dropout_lab.engines.fold_data import FoldData, undefined_monitor
from dropout_lab.errors import DataError
from dropout_lab.metrics.registry import METRICS
from dropout_lab.plan import Trial

__all__ = ["Monitor", "monitor_of"]

_LARGEST = float(np.finfo(np.float32).max)
"""The largest loss that Keras can represent."""


@dataclass(frozen=True)
class Monitor:
    """The validation rows of a trial, and what is measured on them.

    Attributes
    ----------
    fold : FoldData
    metric : str
        Empty: the loss.
    higher : bool
        Whether a higher value is better.
    min_delta : float
        By how much a value must be better, in the unit of the loss or the metric.
    patience : int
        Epochs without a better one after which training ends.
    sigmoid : bool
        As in `fold_data.per_class`.
    """

    fold: FoldData
    metric: str
    higher: bool
    min_delta: float
    patience: int
    sigmoid: bool = False

    @property
    def rows(self) -> NDArray[np.int64]:
        """The validation rows."""
        return self.fold.split.validation

    def measure(self, outputs: NDArray[np.floating]) -> tuple[float, float | None]:
        """Return loss and metric from the network's logits for the validation rows; None if the loss is monitored."""
        loss = _representable(self.fold.loss(outputs, self.rows, sigmoid=self.sigmoid))
        if not self.metric:
            return loss, None
        return loss, _representable(self.fold.measure(self.metric, outputs, self.rows, sigmoid=self.sigmoid))

    def is_better(self, value: float, best: float) -> bool:
        """Return whether a value is better than the best so far, as ``keras.callbacks.EarlyStopping`` has it."""
        return value - self.min_delta > best if self.higher else value + self.min_delta < best


def monitor_of(trial: Trial, fold: FoldData, classes: int, *, sigmoid: bool = False) -> Monitor | None:
    """Return what a trial's early stopping monitors; None without early stopping.

    Raises
    ------
    DataError
        If the metric is undefined on the validation rows.
    """
    early, name = trial.experiment.training.early_stopping, trial.experiment.monitor
    if early is None:
        return None
    rows = fold.split.validation
    metric = METRICS[name] if name not in (None, "loss", "mse") else None
    if metric and not metric.is_defined(fold.labels[rows], classes):
        raise DataError(undefined_monitor(metric, len(rows)))
    unit = fold.target_scaler.sd**2 if fold.target_scaler and metric is None else 1.0
    higher = metric is not None and metric.sign > 0
    return Monitor(fold, metric.name if metric else "", higher, early.min_delta / unit, early.patience, sigmoid)


def _representable(value: float) -> float:
    """Return a number as Keras can represent it."""
    return value if value < _LARGEST else math.inf if value >= _LARGEST else math.nan
