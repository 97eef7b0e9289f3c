"""Scaling of inputs, fitted on training rows only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropout_lab.datasets.dataset import Dataset

__all__ = ["Scaling", "scale_for", "scaling"]

_CHUNK_ROWS = 10_000
_CHUNK_BYTES = 2**25
"""Of the float64 numbers of rows that are scaled at once, or fitted where rows may be large."""


@dataclass(frozen=True)
class Scaling:
    """``(inputs - shift) / divisor``, each an array of shape (inputs,), float64."""

    shift: NDArray[np.float64]
    divisor: NDArray[np.float64]

    def __call__(self, features: NDArray[Any], dtype: str = "float64") -> NDArray[Any]:
        """Scale rows of shape (rows, inputs), in float64, and return them in a precision."""
        scaled = np.empty(features.shape, dtype)
        for rows in _chunks(len(features), features.shape[1]):
            scaled[rows] = (features[rows] - self.shift) / self.divisor
        return scaled


def scaling(
    features: NDArray[Any],
    train: NDArray[np.int64],
    scale: str,
    weights: NDArray[np.float64] | None = None,
    channels: int | None = None,
) -> Scaling:
    """Fit the scaling of the inputs on the training rows.

    Parameters
    ----------
    features : array of shape (rows, inputs)
    train : array of shape (train rows,)
        Row numbers to fit on.
    scale : str
        ``standard`` (mean 0, sd 1), ``minmax`` (0 to 1), ``unit`` (0..255 to 0..1) or ``none``.
    weights : array of shape (rows,), optional
        How many rows each row stands for, in mean and sd.
    channels : int, optional
        As `Dataset.channels`: the inputs of a channel are scaled alike. By default each input is scaled by itself.
    """
    inputs = features.shape[1]
    if scale in _FIXED:
        return Scaling(np.zeros(inputs), np.full(inputs, _FIXED[scale]))
    from sklearn.preprocessing import MinMaxScaler, StandardScaler

    scaler: Any = StandardScaler() if scale == "standard" else MinMaxScaler()
    by_rows = [slice(start, start + _CHUNK_ROWS) for start in range(0, len(train), _CHUNK_ROWS)]
    for chunk in by_rows if channels is None else _chunks(len(train), inputs):  # float64 takes many bytes
        rows = train[chunk]
        weighted = {} if weights is None or scale != "standard" else {"sample_weight": weights[rows]}
        scaler.partial_fit(features[rows].astype(np.float64, copy=False), **weighted)
    if channels is not None:
        return _by_channel(scaler, scale, channels)
    if scale == "standard":
        return Scaling(scaler.mean_, scaler.scale_)
    return Scaling(scaler.data_min_, 1 / scaler.scale_)


def _by_channel(scaler: Any, scale: str, channels: int) -> Scaling:
    """Return what scikit-learn would fit on all values of a channel, from what it fitted on each input."""
    epsilon = np.finfo(np.float64).eps
    if scale == "minmax":
        shift = scaler.data_min_.reshape(-1, channels).min(axis=0)
        divisor = scaler.data_max_.reshape(-1, channels).max(axis=0) - shift
        constant = divisor < 10 * epsilon
    else:
        means = scaler.mean_.reshape(-1, channels)
        shift = means.mean(axis=0)
        variance = scaler.var_.reshape(-1, channels).mean(axis=0) + ((means - shift) ** 2).mean(axis=0)
        divisor, rows = np.sqrt(variance), np.max(scaler.n_samples_seen_)
        constant = variance <= rows * epsilon * variance + (rows * shift * epsilon) ** 2
    alike = len(scaler.scale_) // channels
    return Scaling(np.tile(shift, alike), np.tile(np.where(constant, 1, divisor), alike))


def scale_for(data: Dataset) -> str:
    """Return what ``preprocessing.scale: auto`` stands for: ``unit`` for pictures of bytes, else ``standard``."""
    return "unit" if len(data.shape) > 2 and data.features.dtype == np.uint8 else "standard"


def _chunks(rows: int, inputs: int) -> list[slice]:
    size = max(1, _CHUNK_BYTES // (8 * max(1, inputs)))
    return [slice(start, start + size) for start in range(0, rows, size)]


_FIXED = {"none": 1.0, "unit": 255.0}
