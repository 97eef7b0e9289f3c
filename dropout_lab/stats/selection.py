"""Which point of a sweep to take, and which others may be as good."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri  # type: ignore[import-untyped]  # the inverse of the normal distribution

from dropout_lab.stats.estimates import Estimate, significance
from dropout_lab.stats.simultaneous import drawn_parts, standardized
from dropout_lab.stats.trial_matrix import TrialMatrix

__all__ = ["best_index", "chances_of_best"]

Array = NDArray[np.float64]

_NEGLIGIBLE = 1e-4
"""A chance that is smaller even if no two comparisons depended on one another is not looked at any closer."""

_TIE = 1e-12
"""Means that differ by less than this share are equal but for rounding."""


def best_index(matrix: TrialMatrix) -> int | None:
    """Return the row number, in the summary, of the best mean; of equal ones the first, so at the lowest rate.

    Only points that have a result of every planned repeat and fold count. None if there is none.
    """
    complete = matrix.complete
    if not complete.any():
        return None
    scores = np.where(complete, matrix.comparison.metric.sign * matrix.means().mean, -np.inf)
    top = scores.max()
    return int(np.flatnonzero(scores >= top - _TIE * abs(top))[0])


def chances_of_best(matrix: TrialMatrix) -> Array:
    """Compare each point with the best of the others.

    Multiple comparisons with the best (Hsu, "Constrained simultaneous confidence intervals for multiple comparisons
    with the best", Annals of Statistics 12, 1984; for unequal variances Edwards and Hsu, Journal of the American
    Statistical Association 78, 1983): a point is ruled out if a one-sided test that allows for all others finds one
    that is better. The points that are not hold the truly best among them with the probability asked for, as it is the
    one of which no other is better.

    Returns
    -------
    array of shape (points,)
        For each point the chance that the best of the others would look as much better, if none were: it may be the
        best where this is at least the significance level. Missing for points that lack results, and where nothing is
        known about chance.
    """
    complete, sign = matrix.complete, matrix.comparison.metric.sign
    found = np.full(len(complete), np.nan)
    influence = matrix.means().influence
    parts = None if influence is None else drawn_parts(influence)
    best = best_index(matrix)
    behind = None if best is None else _one_sided(-sign, matrix.differences(best)) * complete.sum()
    for index in np.flatnonzero(complete):
        if behind is not None and behind[index] < _NEGLIGIBLE:  # of hundreds of points, most
            found[index] = behind[index]
            continue
        others = matrix.differences(int(index))
        among = np.flatnonzero(complete & np.isfinite(others.error))
        if len(among):
            ahead = None if parts is None else tuple(part[among] - part[index] for part in parts)
            found[index] = _as_good(sign, others, among, ahead)
    return found


def _one_sided(sign: int, differences: Estimate) -> Array:
    """Return the p-values of the hypotheses that points are no better than the one they differ from."""
    t, two_sided = significance(differences)
    return np.where(sign * t > 0, two_sided / 2, 1 - two_sided / 2)


def _as_good(sign: int, others: Estimate, among: NDArray[np.intp], ahead: tuple[Array, ...] | None) -> float:
    """Return the p-value of the hypothesis that no other point is better, from their differences."""
    p = _one_sided(sign, others)[among]
    if ahead is None or others.influence is None or len(p) * p.min() < _NEGLIGIBLE:
        return float(min(1.0, len(p) * p.min()))
    rows, networks = others.influence.row_scale[among], others.influence.network_scale[among]
    drawn = sign * (rows[:, np.newaxis] * ahead[0] + networks[:, np.newaxis] * ahead[1])
    return float(max((standardized(drawn.T).max(axis=1) >= -ndtri(p.min())).mean(), p.min()))
