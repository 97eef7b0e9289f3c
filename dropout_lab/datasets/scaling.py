"""Scaling of the inputs, fitted on training rows only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["scaled"]


def scaled(features: NDArray[np.float64], train: NDArray[np.int64], scale: str) -> NDArray[np.float64]:
    """Scale all rows by what the training rows say.

    Parameters
    ----------
    features : array of shape (rows, inputs)
    train : array of shape (train rows,)
        Row numbers that the scale may be learned from.
    scale : str
        ``standard`` (mean 0, sd 1), ``minmax`` (0 to 1) or ``none``.

    Returns
    -------
    array of shape (rows, inputs)
    """
    if scale == "none":
        return features
    from sklearn.preprocessing import MinMaxScaler, StandardScaler

    scaler: Any = StandardScaler() if scale == "standard" else MinMaxScaler()
    result: NDArray[np.float64] = scaler.fit(features[train]).transform(features)
    return result
