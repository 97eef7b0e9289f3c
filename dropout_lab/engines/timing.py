"""How long an epoch takes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["epoch_seconds"]


def epoch_seconds(ends: Sequence[float], epochs: Sequence[int]) -> float:
    """Return the median time of one epoch of one trial, in seconds; missing if there is nothing but a first stretch.

    Parameters
    ----------
    ends : sequence of float
        When each stretch of training ended. The first stretch is left out: what is compiled falls into it.
    epochs : sequence of int
        Epochs x trials in each stretch.
    """
    if len(ends) < 2:
        return float("nan")
    return float(np.median(np.diff(ends) / np.asarray(epochs[1:])))
