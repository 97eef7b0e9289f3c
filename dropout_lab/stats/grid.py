"""Trials -> one number per point of the sweep and place of its design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dropout_lab.errors import ResultsError

__all__ = ["NOTHING", "Grid", "against", "baseline_place", "grid", "place_of", "points_of"]

Array = NDArray[np.float64]

NOTHING = "none"
"""Where the values of an axis have names, that of the one which leaves out what the axis is about."""


@dataclass(frozen=True)
class Grid:
    """One metric of all trials.

    Attributes
    ----------
    points : pandas.DataFrame
        A row per point of the sweep, in ascending order; the columns of the sweep.
    values : array of shape (points, pairs)
        A column per (repeat, fold), in that order; missing where a trial has no result.
    trials : array of shape (points,)
        How many trials each point has, with or without a result.
    """

    points: pd.DataFrame
    values: Array
    trials: NDArray[np.int64]


def grid(trials: pd.DataFrame, metric: str, by: Sequence[str]) -> Grid:
    """Arrange a metric by point of the sweep, repeat and fold; the order of the rows does not matter.

    Raises
    ------
    ResultsError
        If a point has two trials of the same repeat and fold: then `by` leaves an axis of the sweep out.
    """
    points, place = points_of(trials, by)
    pairs, pair = points_of(trials, ("repeat", "fold"))
    cells = np.zeros((len(points), len(pairs)), dtype=np.int64)
    np.add.at(cells, (place, pair), 1)
    if (cells > 1).any():
        raise ResultsError(
            f"trials: some points have more than one trial of the same repeat and fold when told apart by "
            f"{', '.join(by)}: name every axis of the sweep"
        )
    values = np.full(cells.shape, np.nan)
    values[place, pair] = trials[metric].to_numpy(np.float64)
    return Grid(points, values, cells.sum(axis=1))


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
    others = [(points[name] == NOTHING).to_numpy() for name in points.columns if name != "rate"]
    without = (points["rate"] == 0).to_numpy() if "rate" in points else np.ones(len(points), dtype=bool)
    if without.sum() > 1 and others:
        without = without & np.logical_and.reduce(others)
    return int(without.argmax()) if without.sum() == 1 and ("rate" in points or others) else None


def place_of(points: pd.DataFrame, point: Sequence[object]) -> int:
    """Return the row number of a point.

    Raises
    ------
    ResultsError
        If it is not there.
    """
    rows = points.itertuples(index=False, name=None)
    same = [len(point) == len(row) and all(map(_equal, row, point)) for row in rows]
    if not any(same):
        named, columns = ", ".join(map(str, point)), ", ".join(map(str, points.columns))
        raise ResultsError(f"the results have no point {named} of {columns}: name one that they have")
    return same.index(True)


def _equal(one: object, other: object) -> bool:
    """Whether two values are the same; a float read from text may miss its last digit, and a missing one is one."""
    if isinstance(one, int | float) and isinstance(other, int | float):
        return bool(np.isclose(one, other, rtol=1e-12, atol=0, equal_nan=True))
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
