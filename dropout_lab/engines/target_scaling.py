"""The numbers that a net for regression learns, and those that it gives back: standardised inside, not outside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dropout_lab.engines.outcome import History

__all__ = ["TargetScaler", "fit_target_scaler", "regression_history"]


@dataclass(frozen=True)
class TargetScaler:
    """Mean and standard deviation of the training rows' targets."""

    mean: float
    sd: float

    def transform(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return numbers as the net learns them."""
        return (values - self.mean) / self.sd

    def inverse_transform(self, outputs: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return a net's outputs as numbers of the target's unit."""
        return outputs.astype(np.float64) * self.sd + self.mean


def fit_target_scaler(values: NDArray[np.float64], train: NDArray[np.int64]) -> TargetScaler:
    """Learn from the training rows, by scikit-learn's ``StandardScaler``, how targets are standardised."""
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(values[train, None])
    return TargetScaler(float(scaler.mean_[0]), float(scaler.scale_[0]))


def regression_history(
    unit: TargetScaler,
    train: NDArray[np.floating],
    test: NDArray[np.floating],
    trained: NDArray[np.float64],
    held: NDArray[np.float64],
    validation: NDArray[np.floating] | None = None,
) -> History:
    """Return the course of a training for regression.

    Parameters
    ----------
    unit : TargetScaler
    train, test : array of shape (epochs,)
        Mean squared errors of standardised numbers, of training and held-out rows.
    trained, held : array of shape (rows,)
        The targets of these rows, in their own unit.
    validation : array of shape (epochs,), optional
        As `train`, of the rows that tell when to stop.

    Returns
    -------
    History
        Mean squared errors in the target's unit, and what they explain of the variance of these rows' targets.
    """
    wide = (each.astype(np.float64) * unit.sd**2 for each in (train, test))
    train_mse, mse = wide
    stopping = None if validation is None else validation.astype(np.float64) * unit.sd**2
    return History(train_mse, _explained(train_mse, trained), mse, _explained(mse, held), stopping)


def _explained(mse: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    variance = values.var() if np.ptp(values) > 0 else 0.0  # where the mean is rounded, it is not quite 0
    return 1 - mse / variance if variance > 0 else np.full(len(mse), np.nan)
