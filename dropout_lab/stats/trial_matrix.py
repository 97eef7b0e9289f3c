"""Trials -> one number per point of the sweep and planned pair of repeat and fold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dropout_lab.errors import ResultsError
from dropout_lab.stats.cluster_robust import cluster_robust
from dropout_lab.stats.collapse import collapsed
from dropout_lab.stats.comparison import Comparison
from dropout_lab.stats.corrected_t import estimate
from dropout_lab.stats.design import Design, corrections
from dropout_lab.stats.dummy import Dummy, HeldOutTargets, SavedTargets, held_out_targets
from dropout_lab.stats.estimates import Estimate
from dropout_lab.stats.missing_trials import MISSING, OK
from dropout_lab.stats.row_matrix import RowMatrix, row_matrix

__all__ = [
    "NOTHING",
    "STRENGTHS",
    "Basis",
    "TrialMatrix",
    "baseline_index",
    "index_of",
    "minus_row",
    "points_of",
    "trial_matrix",
]

Array = NDArray[np.float64]

Basis = Literal["rows", "distinct rows", "groups", "blocks", "trials"]

STRENGTHS = ("rate", "dropout.stddev")
"""The columns of how strong the dropout is: 0 is no dropout."""

NOTHING = "none"
"""Where the values of an axis have names, that of the one which leaves out what the axis is about."""


@dataclass(frozen=True)
class TrialMatrix:
    """The metric of all trials, arranged for a comparison.

    Attributes
    ----------
    comparison : Comparison
    frame : pandas.DataFrame
        The trials that it was made from.
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
    baseline : int or None
        The row of the point that others are compared with, if there is one.
    rows : RowMatrix or None
        The metric row by row; None where predictions are not known.
    targets : HeldOutTargets or None
        None where predictions are not known.
    predicted, collapsed : array of shape (points,), or None
        How many trials of each point have predictions, and how many of those are `collapsed`; None as above.
    """

    comparison: Comparison
    frame: pd.DataFrame
    points: pd.DataFrame
    values: Array
    trials: NDArray[np.int64]
    failed: NDArray[np.int64]
    ratios: Array
    baseline: int | None
    rows: RowMatrix | None = None
    targets: HeldOutTargets | None = None
    predicted: NDArray[np.int64] | None = None
    collapsed: NDArray[np.int64] | None = None

    @cached_property
    def dummy(self) -> Dummy | None:
        """The metric of predictions without a look at the inputs, on the same held-out rows; None if it is unknown."""
        return None if self.targets is None else self.targets.dummy(self.comparison.metric)

    @property
    def basis(self) -> Basis:
        """What standard errors rest on; see `Decision`."""
        return "trials" if self.rows is None else self.rows.basis

    @property
    def complete(self) -> NDArray[np.bool_]:
        """Which points have a result of every planned pair: the mean of a part is no match for that of all."""
        complete: NDArray[np.bool_] = np.logical_and.reduce(np.isfinite(self.values), axis=1)
        return complete

    @property
    def planned(self) -> int:
        """How many trials there are to be: of each point all, unless looks decide how many it gets."""
        return self.values.size if self.comparison.looks == 1 else len(self.frame)

    @property
    def held_out_rows(self) -> int:
        """How many rows the fullest repeat holds out."""
        held_out = self.frame.groupby([*self.comparison.columns, "repeat"], dropna=False)["test_rows"].sum()
        return int(held_out.max()) if len(held_out) else 0

    def means(self) -> Estimate:
        """Estimate the mean of each point."""
        found = estimate(self.values, self.ratios)
        return found if self.rows is None else cluster_robust(found, self.rows.values, self.rows.cells)

    def differences(self, index: int | None) -> Estimate:
        """Estimate the differences of all points from the one in row `index` (`minus_row`), pair by pair."""
        found = estimate(minus_row(self.values, index), self.ratios_with(index))
        if self.rows is None:
            return self.uncertain_by_a_row(found)
        return cluster_robust(found, minus_row(self.rows.values, index), self.rows.cells)

    def differences_from_dummy(self) -> Estimate | None:
        """Estimate the differences of all points from the dummy, pair by pair; None if it is unknown."""
        if self.targets is None or self.dummy is None:
            return None
        found = estimate(self.values - self.dummy.values, self.ratios)
        if self.rows is None or self.dummy.rows is None:
            return self.uncertain_by_a_row(found)
        if not self.rows.holds_out(self.targets.pair, self.targets.row):
            return None
        return cluster_robust(found, self.rows.values - self.dummy.rows, self.rows.cells)

    def uncertain_by_a_row(self, found: Estimate) -> Estimate:
        """Give differences of 0 in all trials the error of a step, where the metric changes in steps of a row.

        That the trials agree shows no spread and yet leaves doubt; see `cluster_robust`.
        """
        step = self.comparison.metric.step
        if not step or not self.held_out_rows:
            return found
        equal = (found.error == 0) & (found.mean == 0)
        return replace(found, error=np.where(equal, step / self.held_out_rows, found.error))

    def ratios_with(self, index: int | None) -> Array:
        """Return the larger of each point's correction and that of row `index`, for differences of the two."""
        return self.ratios if index is None else np.fmax(self.ratios, self.ratios[index])


def trial_matrix(
    trials: pd.DataFrame,
    comparison: Comparison,
    predictions: pd.DataFrame | None = None,
    saved: SavedTargets | None = None,
) -> TrialMatrix:
    """Arrange trials by point of the sweep and planned repeat and fold; the order of the rows does not matter.

    Parameters
    ----------
    trials : pandas.DataFrame
        As in ``trials.csv``; where the points of the sweep that have no trial yet count, as `completed`.
    comparison : Comparison
    predictions : pandas.DataFrame, optional
        As in ``predictions.csv.gz``, of the trials that have a result.
    saved : mapping, optional
        See `held_out_targets`.

    Raises
    ------
    ResultsError
        If a point has two trials of the same repeat and fold, as the columns leave an axis of the sweep out; if a trial
        is not planned, or the baseline is not among the points.
    """
    design = comparison.design
    points, point = points_of(trials, comparison.columns)
    pair = _pairs(trials, design)
    counts = np.zeros((len(points), design.trials), dtype=np.int64)
    np.add.at(counts, (point, pair), 1)
    if (counts > 1).any():
        raise ResultsError(
            f"trials: some points of {', '.join(comparison.columns)} have more than one trial of the same repeat and "
            f"fold: name every axis of the sweep"
        )
    values = np.full(counts.shape, np.nan)
    values[point, pair] = trials[comparison.metric.name].to_numpy(np.float64)
    status = trials.get("status", pd.Series(OK, trials.index))
    done = (status != MISSING).to_numpy()
    failed = done & (status != OK).to_numpy()
    known: dict[str, Any] = {}
    if predictions is not None:
        place = pd.DataFrame({"point": point, "pair": pair}, index=trials["trial"])
        predictions = predictions[predictions["trial"].isin(place.index)]
        same = collapsed(predictions)
        at = place.loc[same.index, "point"].to_numpy()
        known = {
            "rows": row_matrix(predictions, comparison.metric, place, values, design),
            "targets": held_out_targets(predictions, trials, pair, design, saved or {}),
            "predicted": np.bincount(at, minlength=len(points)),
            "collapsed": np.bincount(at[same.to_numpy()], minlength=len(points)),
        }
        comparison = replace(comparison, metric=known["targets"].beside_persistence(comparison.metric))
    return TrialMatrix(
        comparison,
        trials,
        points,
        values,
        trials=np.bincount(point[done], minlength=len(points)),
        failed=np.bincount(point[failed], minlength=len(points)),
        ratios=corrections(trials, point, len(points), design),
        baseline=baseline_index(points, comparison.baseline),
        **known,
    )


def _pairs(trials: pd.DataFrame, design: Design) -> NDArray[np.int64]:
    """Return the column of each trial among the planned pairs of repeat and fold."""
    repeat, fold = trials["repeat"], trials["fold"]
    planned = repeat.between(0, design.repeats - 1) & fold.between(0, design.folds - 1)
    if not planned.all():
        unplanned = f"repeat {repeat[~planned].iloc[0]}, fold {fold[~planned].iloc[0]}"
        raise ResultsError(
            f"trials: {unplanned} is not planned: expected repeats from 0 to {design.repeats - 1} and folds from 0 to "
            f"{design.folds - 1}"
        )
    return (repeat * design.folds + fold).to_numpy(np.int64)


def points_of(frame: pd.DataFrame, columns: Sequence[str]) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Return the different values of some columns, in ascending order (missing last), and which each row has."""
    index = frame.groupby(list(columns), sort=True, dropna=False).ngroup()
    first = ~index.duplicated()
    points = frame.loc[first, list(columns)].iloc[np.argsort(index[first].to_numpy())]
    return points.reset_index(drop=True), index.to_numpy().astype(np.int64)


def baseline_index(points: pd.DataFrame, baseline: Sequence[object] | None) -> int | None:
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
        return index_of(points, baseline)
    strength = next((name for name in STRENGTHS if name in points), None)
    others = [(points[name] == NOTHING).to_numpy() for name in points.columns if name != strength]
    without = (points[strength] == 0).to_numpy() if strength else np.ones(len(points), dtype=bool)
    if without.sum() > 1 and others:
        without = without & np.logical_and.reduce(others)
    return int(without.argmax()) if without.sum() == 1 and (strength or others) else None


def index_of(points: pd.DataFrame, point: Sequence[object]) -> int:
    """Return the row number of a point.

    Raises
    ------
    ResultsError
        If it is not there.
    """
    for index, row in enumerate(points.itertuples(index=False, name=None)):
        if len(point) == len(row) and all(map(_equal, row, point)):
            return index
    values, columns = ", ".join(map(str, point)), ", ".join(map(str, points.columns))
    raise ResultsError(f"the results have no point {values} of {columns}: name one that they have")


def _equal(one: object, other: object) -> bool:
    """Whether two values are the same; a float read from text may miss its last digit, and a missing one is one."""
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-12) or (math.isnan(one) and math.isnan(other))
    return one == other


def minus_row(values: Array, index: int | None) -> Array:
    """Subtract one row from all others, column by column.

    Returns
    -------
    array of the shape of `values`
        Missing where either is, in row `index` itself, and everywhere if that is None.
    """
    if index is None:
        return np.full_like(values, np.nan)
    differences: Array = values - values[index]
    differences[index] = np.nan
    return differences
