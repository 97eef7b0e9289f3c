"""What a set of predictions is worth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["accuracy", "log_loss"]

_SMALLEST = 1e-300


def accuracy(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the share of rows whose likeliest class is the true one.

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
        Of equal ones the first counts.
    labels : array of shape (rows,)
        Class codes.
    """
    return float(np.mean(probabilities.argmax(axis=1) == labels))


def log_loss(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the mean of -ln of the true class's probability, in nats.

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
        Clipped at 1e-300, so that one sure mistake does not make the loss infinite.
    labels : array of shape (rows,)
        Class codes.
    """
    true = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.maximum(true, _SMALLEST)).mean())
