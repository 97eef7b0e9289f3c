"""Many comparisons at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["holm"]


def holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjust p-values so that the chance of even one false alarm among them stays at the level asked for.

    The k-th smallest of m becomes the largest of (m - j + 1) p_j over j <= k, at most 1 (Holm, Scandinavian Journal of
    Statistics 6, 1979).

    Parameters
    ----------
    p : array of shape (comparisons,)
        Missing ones are no comparisons and stay missing.
    """
    adjusted = np.full_like(p, np.nan)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(factors * p[order]), 1)
    return adjusted
