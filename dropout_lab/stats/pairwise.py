"""All pairs of points of a sweep compared at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri  # type: ignore[import-untyped]  # the normal distribution and its inverse

from dropout_lab.stats.estimates import Estimate, chances, significance
from dropout_lab.stats.simultaneous import drawn_parts, standardized
from dropout_lab.stats.trial_matrix import TrialMatrix

__all__ = ["Pairwise", "pairwise"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Pairwise:
    """The differences of all pairs of points; of point i in row i and point j in column j, that of j minus i.

    Attributes
    ----------
    diff : array of shape (points, points)
    p : array of shape (points, points)
        Two-sided, of no difference, adjusted for all pairs: the chance that any pair of equal points would look as
        different.
    same : array of shape (points, points)
        The probability that the difference is within the margin, of each pair by itself.
    level : float
        The level of a single pair at which all pairs together have that of the comparison.
    estimates : tuple of Estimate
        By i.
    """

    diff: Array
    p: Array
    same: Array
    level: float
    estimates: tuple[Estimate, ...]


def pairwise(matrix: TrialMatrix) -> Pairwise:
    """Compare all pairs of points, by the joint distribution of their differences (Tukey's comparisons by max-t).

    Parameters
    ----------
    matrix : TrialMatrix
        Of points that have a result of every planned repeat and fold.

    Notes
    -----
    Without predictions the dependence is unknown, and the pairs share the level equally (Bonferroni).

    What networks add to the variance of a difference is estimated from few of them, and of many pairs some would pass
    the level just because it comes out as nothing. So each pair has at least the median of what networks add to all.
    """
    points, comparison = len(matrix.points), matrix.comparison
    estimates = _steadied(tuple(matrix.differences(index) for index in range(points)))
    p = np.array([significance(each)[1] for each in estimates])
    pairs, largest = points * (points - 1) // 2, _largest(matrix, estimates)
    if largest is None:
        adjusted, level = np.minimum(pairs * p, 1.0), comparison.look_level / max(pairs, 1)
    else:
        beyond = len(largest) - np.searchsorted(largest, -ndtri(p / 2))
        adjusted = np.where(np.isfinite(p), np.maximum(beyond / len(largest), p), np.nan)
        level = min(2 * float(ndtr(-np.quantile(largest, comparison.certainty))), comparison.look_level)
    return Pairwise(
        np.array([each.mean for each in estimates]),
        adjusted,
        np.array([chances(each, comparison.margin)[1] for each in estimates]),
        max(level, comparison.look_level / max(pairs, 1)),
        estimates,
    )


def _steadied(estimates: tuple[Estimate, ...]) -> tuple[Estimate, ...]:
    """Give the difference of each pair at least the median part of the variance that networks add to all pairs."""
    parts = []
    for estimate in estimates:
        if estimate.influence is None:
            return estimates
        sums = np.einsum("ij,ij->i", estimate.influence.networks, estimate.influence.networks)
        parts.append(estimate.influence.network_scale**2 * sums)
    pairs = np.triu_indices(len(parts), 1)
    if not len(pairs[0]):
        return estimates
    usual = float(np.median(np.array(parts)[pairs]))
    return tuple(
        replace(estimate, error=np.sqrt(estimate.error**2 + np.maximum(usual - part, 0)))
        for estimate, part in zip(estimates, parts, strict=True)
    )


def _largest(matrix: TrialMatrix, estimates: tuple[Estimate, ...]) -> Array | None:
    """Draw the largest of all standardized differences if nothing differs, in ascending order; None if unknown."""
    influence = matrix.means().influence
    if influence is None:
        return None
    rows, networks = drawn_parts(influence)
    largest = np.zeros(rows.shape[1])
    for index, estimate in enumerate(estimates[:-1]):
        if estimate.influence is None:
            return None
        others = slice(index + 1, None)
        scale = estimate.influence.row_scale[others, None], estimate.influence.network_scale[others, None]
        drawn = scale[0] * (rows[others] - rows[index]) + scale[1] * (networks[others] - networks[index])
        largest = np.maximum(largest, np.abs(standardized(drawn.T)).max(axis=1))
    return np.sort(largest)
