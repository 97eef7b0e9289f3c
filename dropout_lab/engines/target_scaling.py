"""Standardize the targets of regression, and convert losses back to the target's unit."""

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
        """Standardize targets."""
        return (values - self.mean) / self.sd

    def inverse_transform(self, outputs: NDArray[np.floating]) -> NDArray[np.float64]:
        """Convert a network's outputs to the target's unit."""
        return outputs.astype(np.float64) * self.sd + self.mean


def fit_target_scaler(
    values: NDArray[np.float64], train: NDArray[np.int64], weights: NDArray[np.float64] | None = None
) -> TargetScaler:
    """Fit the scaler on the training rows, each standing for `weights` rows, as scikit-learn's ``StandardScaler`` does.

    Parameters
    ----------
    values : array of shape (rows,)
        The targets.
    train : array of shape (train rows,)
        Row numbers to fit on.
    weights : array of shape (rows,), optional
    """
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(values[train, None], sample_weight=None if weights is None else weights[train])
    return TargetScaler(float(scaler.mean_[0]), float(scaler.scale_[0]))


def regression_history(
    unit: TargetScaler,
    train: NDArray[np.floating],
    test: NDArray[np.floating],
    trained: NDArray[np.float64],
    held: NDArray[np.float64],
    validation: NDArray[np.floating] | None = None,
) -> History:
    """Return the history of a training for regression.

    Parameters
    ----------
    unit : TargetScaler
    train, test : array of shape (epochs,)
        Mean squared errors of standardized targets, on the training and the held-out rows.
    trained, held : array of shape (rows,)
        The targets of these rows, in their unit.
    validation : array of shape (epochs,), optional
        As `train`, on the validation rows of early stopping.

    Returns
    -------
    History
        Mean squared errors in the target's unit, and R^2, which stands in the place of accuracy.
    """
    train_mse, mse = (values.astype(np.float64) * unit.sd**2 for values in (train, test))
    validation_mse = None if validation is None else validation.astype(np.float64) * unit.sd**2
    return History(train_mse, _r2(train_mse, trained), mse, _r2(mse, held), validation_mse)


def _r2(mse: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    variance = values.var() if np.ptp(values) > 0 else 0.0  # of equal values it is not quite 0 if their mean is rounded
    return 1 - mse / variance if variance > 0 else np.full(len(mse), np.nan)
