"""The corrected resampled t: means of trials that depend on one another, where nothing is known row by row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dropout_lab.stats.estimates import Estimate, all_equal

__all__ = ["estimate"]

Array = NDArray[np.float64]


def estimate(values: Array, ratio: float | Array) -> Estimate:
    """Estimate means from values that may depend on one another through shared training rows.

    The variance of a mean of n values is (1 / n + `ratio`) times their sample variance, with n - 1 degrees of freedom
    (Nadeau and Bengio, "Inference for the generalization error", Machine Learning 52, 2003, section 5; for repeated
    cross-validation Bouckaert and Frank, PAKDD 2004). With a ratio of 0 it is the ordinary t.

    Parameters
    ----------
    values : array of shape (points, pairs)
        Missing ones are left out. Values equal but for rounding have an sd of exactly 0.
    ratio : float or array of shape (points,)
        n_test / n_train for cross-validation, 0 for seeds on a fixed split; see `correction`.

    Notes
    -----
    The correction assumes a correlation between folds that paired differences do not have: where predictions are known
    row by row, `cluster_robust` gives intervals that are narrower and hold what they promise.
    """
    known = np.isfinite(values)
    n = known.sum(axis=-1).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        mean = np.where(known, values, 0).sum(axis=-1) / n
        mean += np.where(known, values - mean[..., np.newaxis], 0).sum(axis=-1) / n  # so that 0.6, 0.7, 0.8 make 0.7
        squares = np.where(known, values - mean[..., np.newaxis], 0) ** 2
        sd = np.sqrt(squares.sum(axis=-1) / np.where(n > 1, n - 1, np.nan))
        sd = np.where(all_equal(values) & (n > 1), 0.0, sd)
        return Estimate(n, mean, sd, np.sqrt(1 / n + ratio) * sd, n - 1, np.full_like(n, np.nan))
