"""Trials -> one number per point of the sweep and place of its design."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dropout_lab.errors import ResultsError
from dropout_lab.stats.corrected_t import Estimate, estimate
from dropout_lab.stats.design import Design, corrections
from dropout_lab.stats.missing_trials import MISSING, OK

__all__ = ["NOTHING", "STRENGTHS", "TrialMatrix", "against", "baseline_place", "grid", "place_of", "points_of"]

Array = NDArray[np.float64]

STRENGTHS = ("rate", "dropout.stddev")
"""The columns of how strong the dropout is: 0 is no dropout."""

NOTHING = "none"
"""Where the values of an axis have names, that of the one which leaves out what the axis is about."""


@dataclass(frozen=True)
class TrialMatrix:
    """One metric of all trials.

    Attributes
    ----------
    points : pandas.DataFrame
        A row per point of the sweep, in ascending order; the columns of the sweep.
    values : array of shape (points, pairs)
        A column per planned (repeat, fold), in that order; missing where there is no trial, or one without a result.
    trials : array of shape (points,)
        How many trials each point has, with or without a result; those that are `MISSING` do not count.
    failed : array of shape (points,)
        How many of those have a status other than `OK`. One that is `OK` may lack a metric that its held-out rows do
        not have.
    ratios : array of shape (points,)
        The `correction` of each point.
    """

    points: pd.DataFrame
    values: Array
    trials: NDArray[np.int64]
    failed: NDArray[np.int64]
    ratios: Array

    def differences(self, place: int | None) -> Estimate:
        """Estimate the differences of all points from the one at `place` (`against`), pair by pair."""
        return estimate(against(self.values, place), self.ratios_with(place))

    def ratios_with(self, place: int | None) -> Array:
        """Return the larger of each point's correction and that of the one at `place`, for differences of the two."""
        return self.ratios if place is None else np.fmax(self.ratios, self.ratios[place])


def grid(trials: pd.DataFrame, metric: str, by: Sequence[str], design: Design) -> TrialMatrix:
    """Arrange a metric by point of the sweep and planned repeat and fold; the order of the rows does not matter.

    Raises
    ------
    ResultsError
        If a point has two trials of the same repeat and fold: then `by` leaves an axis of the sweep out. If there is a
        trial that is not planned.
    """
    points, place = points_of(trials, by)
    pair = _pairs(trials, design)
    cells = np.zeros((len(points), design.trials), dtype=np.int64)
    np.add.at(cells, (place, pair), 1)
    if (cells > 1).any():
        raise ResultsError(
            f"trials: some points have more than one trial of the same repeat and fold when told apart by "
            f"{', '.join(by)}: name every axis of the sweep"
        )
    values = np.full(cells.shape, np.nan)
    values[place, pair] = trials[metric].to_numpy(np.float64)
    status = trials.get("status", pd.Series(OK, trials.index))
    done = (status != MISSING).to_numpy()
    failed = done & (status != OK).to_numpy()
    done_at, failed_at = (np.bincount(place[which], minlength=len(points)) for which in (done, failed))
    return TrialMatrix(points, values, done_at, failed_at, corrections(trials, place, len(points), design))


def _pairs(trials: pd.DataFrame, design: Design) -> NDArray[np.int64]:
    """Return the place of each trial among the planned pairs of repeat and fold."""
    repeat, fold = trials["repeat"], trials["fold"]
    planned = repeat.between(0, design.repeats - 1) & fold.between(0, design.folds - 1)
    if not planned.all():
        which = f"repeat {repeat[~planned].iloc[0]}, fold {fold[~planned].iloc[0]}"
        raise ResultsError(
            f"trials: {which} is not planned: expected repeats from 0 to {design.repeats - 1} and folds from 0 to "
            f"{design.folds - 1}"
        )
    return (repeat * design.folds + fold).to_numpy(np.int64)


def points_of(frame: pd.DataFrame, by: Sequence[str]) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Return the different values of some columns, in ascending order (missing last), and each row's place in them."""
    columns = list(by)
    place = frame.groupby(columns, sort=True, dropna=False).ngroup()
    first = ~place.duplicated()
    points = frame.loc[first, columns].iloc[np.argsort(place[first].to_numpy())]
    return points.reset_index(drop=True), place.to_numpy().astype(np.int64)


def baseline_place(points: pd.DataFrame, baseline: Sequence[object] | None) -> int | None:
    """Return which point the others are compared with.

    Parameters
    ----------
    points : pandas.DataFrame
        A row per point.
    baseline : sequence or None
        A value per column of `points`; None takes the point at rate 0 (of several the one where other axes are
        called `NOTHING`), if there is one and only one.

    Raises
    ------
    ResultsError
        If `baseline` is not among the points.
    """
    if baseline is not None:
        return place_of(points, baseline)
    strength = next((name for name in STRENGTHS if name in points), None)
    others = [(points[name] == NOTHING).to_numpy() for name in points.columns if name != strength]
    without = (points[strength] == 0).to_numpy() if strength else np.ones(len(points), dtype=bool)
    if without.sum() > 1 and others:
        without = without & np.logical_and.reduce(others)
    return int(without.argmax()) if without.sum() == 1 and (strength or others) else None


def place_of(points: pd.DataFrame, point: Sequence[object]) -> int:
    """Return the row number of a point.

    Raises
    ------
    ResultsError
        If it is not there.
    """
    place = _index(list(points.itertuples(index=False, name=None)), point)
    if place is None:
        named, columns = ", ".join(map(str, point)), ", ".join(map(str, points.columns))
        raise ResultsError(f"the results have no point {named} of {columns}: name one that they have")
    return place


def _index(points: Sequence[Sequence[object]], point: Sequence[object]) -> int | None:
    same = (at for at, each in enumerate(points) if len(point) == len(each) and all(map(_equal, each, point)))
    return next(same, None)


def _equal(one: object, other: object) -> bool:
    """Whether two values are the same; a float read from text may miss its last digit, and a missing one is one."""
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-12) or (math.isnan(one) and math.isnan(other))
    return one == other


def against(values: Array, place: int | None) -> Array:
    """Subtract the values of the point at `place` from all others, pair by pair.

    Returns
    -------
    array of shape (points, pairs)
        Missing where either has no result, at `place` itself, and everywhere if that is None.
    """
    if place is None:
        return np.full_like(values, np.nan)
    differences: Array = values - values[place]
    differences[place] = np.nan
    return differences
