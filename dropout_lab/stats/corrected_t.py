"""Means of dependent values: the corrected resampled t, its posterior, and Holm's adjustment of its p-values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit  # type: ignore[import-untyped]  # Student's distribution and its inverse

from dropout_lab.stats.comparison import Comparison

__all__ = ["Estimate", "chances", "estimate", "holm", "inference", "interval", "significance", "upper_quantile"]

Array = NDArray[np.float64]

_ROUNDING = 1e-12
"""Values that differ by less than this share of the largest are equal but for rounding."""

_FEWEST_EQUAL = 6
"""Fewer values than these, all equal, show nothing: chance gives them one sign more often than once in 20 times."""


@dataclass(frozen=True)
class Estimate:
    """Means and their standard errors, each an array of shape (points,).

    Attributes
    ----------
    n : array
        How many values each mean rests on.
    mean, sd : array
        Of the values; sd with n - 1, missing for fewer than two.
    error : array
        Standard error of the mean.
    df : array
        Degrees of freedom of its t distribution.
    """

    n: Array
    mean: Array
    sd: Array
    error: Array
    df: Array


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
    """
    known = np.isfinite(values)
    n = known.sum(axis=-1).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, values, 0).sum(axis=-1) / n
        mean += np.where(known, values - mean[..., np.newaxis], 0).sum(axis=-1) / n  # so that 0.6, 0.7, 0.8 make 0.7
        squares = np.where(known, values - mean[..., np.newaxis], 0) ** 2
        sd = np.sqrt(squares.sum(axis=-1) / np.where(n > 1, n - 1, np.nan))
        lowest = np.where(known, values, np.inf).min(axis=-1, initial=np.inf)
        highest = np.where(known, values, -np.inf).max(axis=-1, initial=-np.inf)
        level = highest - lowest <= _ROUNDING * np.maximum(np.abs(lowest), np.abs(highest))
        sd = np.where(level & (n > 1), 0.0, sd)
        return Estimate(n, mean, sd, np.sqrt(1 / n + ratio) * sd, n - 1)


def interval(estimates: Estimate, confidence: float = 0.95) -> tuple[Array, Array]:
    """Return the lower and upper ends of the intervals of the means; missing for fewer than two values."""
    half = upper_quantile(estimates.df, 1 - confidence) * estimates.error
    return estimates.mean - half, estimates.mean + half


def upper_quantile(df: Array, level: float) -> Array:
    """Return what Student's t exceeds on either side with the chance `level` in all; missing for df < 1."""
    return np.where(df >= 1, stdtrit(np.maximum(df, 1), 1 - level / 2), np.nan)


def significance(estimates: Estimate) -> tuple[Array, Array]:
    """Return t and the two-sided p of the hypothesis that the true mean is 0.

    Without any spread t is 0 and p 1 if the mean is 0; else t is infinite, as two equal values would already make it,
    and p is that of the sign test, 2 ** (1 - n) (Dixon and Mood, Journal of the American Statistical Association 41,
    1946).
    """
    mean, error, df = estimates.mean, estimates.error, estimates.df
    equal = (error == 0) & (mean != 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where((error == 0) & (mean == 0), 0.0, mean / error)
    return t, np.where(equal, 0.5 ** np.where(equal, df, 0), 2 * stdtr(df, -np.abs(t)))


def chances(estimates: Estimate, margin: float) -> tuple[Array, Array, Array]:
    """Return the probabilities that the true mean is below -margin, within the margin, and above it.

    The Bayesian correlated t: a Student posterior with the location, scale and degrees of freedom of the corrected
    resampled t, and a region of practical equivalence (Benavoli, Corani, Demsar and Zaffalon, "Time for a change",
    JMLR 18, 2017, section 4.1). Without any spread they are 0 or 1, and missing for fewer than six values.

    Parameters
    ----------
    estimates : Estimate
    margin : float
        In the unit of the means, at least 0; means of just -margin and margin are within.
    """
    mean, error, df = estimates.mean, estimates.error, estimates.df
    with np.errstate(invalid="ignore", divide="ignore"):
        below = np.where(error == 0, mean < -margin, stdtr(df, (-margin - mean) / error))
        above = np.where(error == 0, mean > margin, stdtr(df, (mean - margin) / error))
    few = (error == 0) & (df < _FEWEST_EQUAL - 1)
    below, above = np.where(few, np.nan, below), np.where(few, np.nan, above)
    return below, np.maximum(1 - below - above, 0), above


def inference(differences: Estimate, comparison: Comparison) -> dict[str, Array]:
    """Judge differences: everything that is concluded from an estimate, whichever way it was made.

    Returns
    -------
    dict
        Arrays of shape (points,): the ends ``low`` and ``high`` of the `interval`; ``t`` and ``p`` (`significance`);
        ``prob_better``, ``prob_same``, ``prob_worse``, the `chances` of a true difference that is better than the
        margin, within it, or worse.
    """
    low, high = interval(differences, comparison.confidence)
    t, p = significance(differences)
    below, within, above = chances(differences, comparison.margin)
    better, worse = (above, below) if comparison.metric.sign > 0 else (below, above)
    return {
        "low": low,
        "high": high,
        "t": t,
        "p": p,
        "prob_better": better,
        "prob_same": within,
        "prob_worse": worse,
    }


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
