"""Scaling of inputs, fitted on training rows only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Scaling", "scaling"]

_CHUNK_ROWS = 10_000


@dataclass(frozen=True)
class Scaling:
    """``(inputs - shift) / divisor``, each an array of shape (inputs,), float64."""

    shift: NDArray[np.float64]
    divisor: NDArray[np.float64]

    def __call__(self, features: NDArray[Any]) -> NDArray[np.float64]:
        """Scale rows of shape (rows, inputs)."""
        return np.asarray((features - self.shift) / self.divisor)


def scaling(features: NDArray[Any], train: NDArray[np.int64], scale: str) -> Scaling:
    """Fit the scaling of the inputs on the training rows.

    Parameters
    ----------
    features : array of shape (rows, inputs)
    train : array of shape (train rows,)
        Row numbers to fit on.
    scale : str
        ``standard`` (mean 0, sd 1), ``minmax`` (0 to 1), ``unit`` (0..255 to 0..1) or ``none``.
    """
    inputs = features.shape[1]
    if scale in _FIXED:
        return Scaling(np.zeros(inputs), np.full(inputs, _FIXED[scale]))
    from sklearn.preprocessing import MinMaxScaler, StandardScaler

    scaler: Any = StandardScaler() if scale == "standard" else MinMaxScaler()
    for start in range(0, len(train), _CHUNK_ROWS):  # because float64 takes eight times the bytes of pictures
        scaler.partial_fit(features[train[start : start + _CHUNK_ROWS]])
    if scale == "standard":
        return Scaling(scaler.mean_, scaler.scale_)
    return Scaling(scaler.data_min_, 1 / scaler.scale_)


_FIXED = {"none": 1.0, "unit": 255.0}
