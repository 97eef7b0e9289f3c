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


def scaling(
    features: NDArray[Any], train: NDArray[np.int64], scale: str, weights: NDArray[np.float64] | None = None
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
    """
    inputs = features.shape[1]
    if scale in _FIXED:
        return Scaling(np.zeros(inputs), np.full(inputs, _FIXED[scale]))
    from sklearn.preprocessing import MinMaxScaler, StandardScaler

    scaler: Any = StandardScaler() if scale == "standard" else MinMaxScaler()
    for start in range(0, len(train), _CHUNK_ROWS):  # because float64 takes eight times the bytes of pictures
        rows = train[start : start + _CHUNK_ROWS]
        weighted = {} if weights is None or scale != "standard" else {"sample_weight": weights[rows]}
        scaler.partial_fit(features[rows], **weighted)
    if scale == "standard":
        return Scaling(scaler.mean_, scaler.scale_)
    return Scaling(scaler.data_min_, 1 / scaler.scale_)


_FIXED = {"none": 1.0, "unit": 255.0}
