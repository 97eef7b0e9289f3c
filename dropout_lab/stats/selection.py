"""Which point of a sweep to take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dropout_lab.stats.trial_matrix import TrialMatrix

__all__ = ["Selection", "choose"]

_TIE = 1e-12
"""Means that differ by less than this share are equal but for rounding."""


@dataclass(frozen=True)
class Selection:
    """Two points of a sweep, as row numbers of its summary; None where there is none.

    Attributes
    ----------
    best : int or None
        The best mean among the points that have a result of every planned repeat and fold; of equal ones the first,
        so at the lowest rate.
    simplest : int or None
        The first of these points, so at the lowest rate, whose mean is within one standard error of the best.
    """

    best: int | None
    simplest: int | None


def choose(matrix: TrialMatrix) -> Selection:
    """Choose the best point, and the simplest that is about as good.

    The second is the one-standard-error rule (Breiman, Friedman, Olshen and Stone, "Classification and Regression
    Trees", 1984, section 3.4.3), with the corrected standard error (`estimate`) of the paired difference to the best.
    """
    complete, sign = matrix.complete, matrix.comparison.metric.sign
    if not complete.any():
        return Selection(None, None)
    scores = np.where(complete, sign * matrix.means().mean, -np.inf)
    top = scores.max()
    best = int(np.flatnonzero(scores >= top - _TIE * abs(top))[0])
    difference = matrix.differences(best)
    with np.errstate(invalid="ignore"):
        behind = -sign * difference.mean
        near = complete & (behind <= difference.error + _TIE * np.abs(behind))
    near[best] = True
    return Selection(best, int(np.flatnonzero(near)[0]))
