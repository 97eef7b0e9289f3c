"""Which point of a sweep to take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dropout_lab.stats.corrected_t import estimate
from dropout_lab.stats.design import Design
from dropout_lab.stats.metric import Metric, metric_named
from dropout_lab.stats.trial_matrix import TrialMatrix, grid

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


def choose(
    trials: pd.DataFrame, design: Design, *, metric: str = "accuracy", by: Sequence[str] = ("rate",)
) -> Selection:
    """Choose the best point, and the simplest that is about as good.

    The second is the one-standard-error rule (Breiman, Friedman, Olshen and Stone, "Classification and Regression
    Trees", 1984, section 3.4.3), with the corrected standard error (`estimate`) of the paired difference to the best.

    Parameters
    ----------
    trials : pandas.DataFrame
        As in ``trials.csv``.
    design : Design
    metric : str
    by : sequence of str
        The columns that tell the points of the sweep apart.

    Raises
    ------
    ResultsError
        If the metric is not known, or `by` leaves an axis of the sweep out.
    """
    table, measure = grid(trials, metric, by, design), metric_named(metric)
    best = _best(table, measure)
    if best is None:
        return Selection(None, None)
    difference = table.differences(best)
    with np.errstate(invalid="ignore"):
        behind = -measure.sign * difference.mean
        near = _whole(table) & (behind <= difference.error + _TIE * np.abs(behind))
    near[best] = True
    return Selection(best, int(np.flatnonzero(near)[0]))


def _best(table: TrialMatrix, measure: Metric) -> int | None:
    whole = _whole(table)
    if not whole.any():
        return None
    means = np.where(whole, measure.sign * estimate(table.values, 0).mean, -np.inf)
    top = means.max()
    return int(np.flatnonzero(means >= top - _TIE * abs(top))[0])


def _whole(table: TrialMatrix) -> NDArray[np.bool_]:
    """Return which points have a result of every planned pair: the mean of a part is no match for that of all."""
    whole: NDArray[np.bool_] = np.logical_and.reduce(np.isfinite(table.values), axis=1)
    return whole
