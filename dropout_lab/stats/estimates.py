"""Means of dependent values, and what follows from them: intervals, p-values, chances of practical equivalence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit  # type: ignore[import-untyped]  # Student's distribution and its inverse

from dropout_lab.stats.comparison import Comparison

__all__ = ["Estimate", "Influence", "all_equal", "chances", "inference", "interval", "significance", "upper_quantile"]

Array = NDArray[np.float64]

_FEWEST_EQUAL = 6
"""Fewer values than these, all equal, show nothing: chance gives them one sign more often than once in 20 times."""

_ROUNDING = 1e-12
"""Values that differ by less than this share of the largest are equal but for rounding."""


@dataclass(frozen=True)
class Influence:
    """What each row, or group of rows held out together, and each trained network contributes to means.

    Attributes
    ----------
    rows : array of shape (points, units)
    networks : array of shape (points, networks)
        Of differences of points that have all trials, they are the differences of the points' own.
    row_scale, network_scale : array of shape (points,)
        Times these, the squares of each add up to its part of the variance, and products to covariances.
    """

    rows: Array
    networks: Array
    row_scale: Array
    network_scale: Array


@dataclass(frozen=True)
class Estimate:
    """Means and their standard errors, each an array of shape (points,).

    Attributes
    ----------
    n : array
        How many values of trials each mean rests on.
    mean, sd : array
        Of these values; sd with n - 1, missing for fewer than two.
    error : array
        Standard error of the mean.
    df : array
        Degrees of freedom of its t distribution.
    row_error : array
        The part of the standard error that more repeats leave, as it comes from which rows there happen to be; the
        squares of it and of the part that comes from training add up to that of `error`. Missing where unknown.
    influence : Influence or None
        None where predictions are not known row by row.
    """

    n: Array
    mean: Array
    sd: Array
    error: Array
    df: Array
    row_error: Array
    influence: Influence | None = None


def all_equal(values: Array) -> NDArray[np.bool_]:
    """Return whether the values along the last axis are equal but for rounding; True of one, missing ones left out."""
    known = np.isfinite(values)
    lowest = np.where(known, values, np.inf).min(axis=-1, initial=np.inf)
    highest = np.where(known, values, -np.inf).max(axis=-1, initial=-np.inf)
    equal: NDArray[np.bool_] = highest - lowest <= _ROUNDING * np.maximum(np.abs(lowest), np.abs(highest))
    return equal


def interval(estimates: Estimate, confidence: float = 0.95) -> tuple[Array, Array]:
    """Return the lower and upper ends of the intervals of the means; missing where there is no standard error."""
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
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        t = np.where((error == 0) & (mean == 0), 0.0, mean / error)
    return t, np.where(equal, 0.5 ** np.where(equal, df, 0), 2 * stdtr(df, -np.abs(t)))


def chances(estimates: Estimate, margin: float) -> tuple[Array, Array, Array]:
    """Return the probabilities that the true mean is below -margin, within the margin, and above it.

    A Student posterior with the location, scale and degrees of freedom of the estimate, and a region of practical
    equivalence (Benavoli, Corani, Demsar and Zaffalon, "Time for a change", JMLR 18, 2017, section 4.1). Without any
    spread they are 0 or 1, and missing for fewer than six values.

    Parameters
    ----------
    estimates : Estimate
    margin : float
        In the unit of the means, at least 0; means of just -margin and margin are within.
    """
    mean, error, df = estimates.mean, estimates.error, estimates.df
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
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
    low, high = interval(differences, comparison.certainty)
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
