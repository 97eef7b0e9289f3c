"""Predictions -> the metric row by row, at each point of the sweep."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dropout_lab.metrics.metric import Metric
from dropout_lab.stats.cluster_robust import Cells
from dropout_lab.stats.design import Design, with_blocks

__all__ = ["RowMatrix", "cells_for", "few_per_class", "paired_rows", "row_matrix", "row_values"]

Array = NDArray[np.float64]
_Basis = Literal["rows", "distinct rows", "groups", "blocks"]

_MANY_CLASSES = 6
_MOST_PER_CLASS = 50
"""With at least so many classes, and on average at most so many rows of each, errors are larger than rows show."""


@dataclass(frozen=True)
class RowMatrix:
    """The row values of all trials, arranged for a comparison.

    Attributes
    ----------
    values : array of shape (points, cells)
        A column per held-out row of each planned repeat and fold; missing where a trial has no result.
    cells : Cells
    row : array of shape (cells,), int64
        The number of each cell's row in the data.
    basis : str
        What the units are: ``rows``; ``distinct rows``, where those with equal inputs are held out together; ``groups``
        that the user named; or ``blocks`` of neighbors in time.
    per_class : float or None
        How many units each class has, where errors allow for their being `few <few_per_class>`.
    """

    values: Array
    cells: Cells
    row: NDArray[np.int64]
    basis: _Basis
    per_class: float | None = None

    @property
    def units(self) -> int:
        """How many rows, or groups of them, there are."""
        return int(self.cells.unit.max(initial=-1)) + 1

    def holds_out(self, network: NDArray[np.int64], row: NDArray[np.int64]) -> bool:
        """Return whether the cells are just these rows of these networks, in this order."""
        return np.array_equal(self.cells.network, network) and np.array_equal(self.row, row)


def row_matrix(
    predictions: pd.DataFrame, metric: Metric, place: pd.DataFrame, values: Array, design: Design
) -> RowMatrix | None:
    """Arrange the row values of a metric as the trials are.

    Parameters
    ----------
    predictions : pandas.DataFrame
        As in ``predictions.csv.gz``, of these trials.
    metric : Metric
    place : pandas.DataFrame
        The ``point`` and ``pair`` of each trial, by its id.
    values : array of shape (points, pairs)
        The metric of the trials.
    design : Design

    Returns
    -------
    RowMatrix or None
        None if the metric has no row values, or predictions of a trial that has the metric are missing.
    """
    if not metric.has_row_values:
        return None
    at = place.loc[predictions["trial"]]
    point, pair = at["point"].to_numpy(np.int64), at["pair"].to_numpy(np.int64)
    row, each = predictions["row"].to_numpy(np.int64), row_values(predictions, metric)
    _, first, cell = np.unique(pair * (row.max(initial=0) + 1) + row, return_index=True, return_inverse=True)
    found = np.full((len(values), len(first)), np.nan)
    found[point, cell] = np.where(np.isfinite(values[point, pair]), each, np.nan)
    have = np.zeros(values.shape, dtype=bool)
    have[point, pair] = np.isfinite(each)
    if (np.isfinite(values) & ~have).any():
        return None
    grouped: _Basis = "groups" if design.named_groups else "distinct rows"
    basis: _Basis = grouped if "group" in predictions else "rows"
    if design.unit != "row" and basis == "rows":
        basis = "blocks"
    unit = row if basis == "rows" else with_blocks(predictions, design)["group"].to_numpy(np.int64)
    steps = None if basis in ("rows", "distinct rows") else len(np.unique(row))
    label = None if design.fixed or basis == "blocks" else predictions["label"].to_numpy()[first]
    share = len(np.unique(pair[first] % design.folds)) / design.folds
    per_class = few_per_class(metric, unit[first], label, share)
    cells = cells_for(metric, unit[first], pair[first], steps, per_class)
    return RowMatrix(found, cells, row[first], basis, per_class)


def row_values(predictions: pd.DataFrame, metric: Metric) -> Array:
    """Return the row values of a metric, trial by trial.

    Parameters
    ----------
    predictions : pandas.DataFrame
        As in ``predictions.csv.gz``.
    metric : Metric
        One that has row values.

    Returns
    -------
    array of shape (predictions,)
        Missing for trials that diverged.
    """
    numbers = [name for name in map(str, predictions) if re.fullmatch(r"prediction|p[0-9]+", name)]
    code = pd.factorize(predictions["trial"])[0]
    order = np.argsort(code, kind="stable")
    predicted, true = predictions[numbers].to_numpy(np.float64)[order], predictions["label"].to_numpy()[order]
    starts = np.flatnonzero(np.diff(code[order], prepend=-1))
    found = np.full(len(predictions), np.nan)
    for start, end in itertools.pairwise([*starts, len(predictions)]):
        of_trial = predicted[start:end]
        if np.isfinite(of_trial).all():
            of_trial = of_trial[:, 0] if metric.task == "regression" else of_trial
            found[order[start:end]] = metric.row_values(of_trial, true[start:end])
    return found


def few_per_class(
    metric: Metric, unit: NDArray[np.int64], label: NDArray[Any] | None, share: float = 1.0
) -> float | None:
    """Return how many rows, or groups with a row, each class has on average, where errors are to allow for so few.

    Where each of many classes has few, a single one of them in training moves what is predicted for others, and errors
    of metrics of predicted classes are larger than their rows show; see `cluster_robust`.

    Parameters
    ----------
    metric : Metric
    unit : array of shape (cells,)
    label : array of shape (cells,), or None
        The class of each cell's row; None where rows that are held out are not those that networks are trained on.
    share : float
        Of the folds, those that have cells.

    Returns
    -------
    float or None
        None where there are enough, or few classes, or the metric is none of predicted classes.
    """
    if metric.step != 1 or label is None:
        return None
    classes, code = np.unique(label, return_inverse=True)
    if len(classes) < _MANY_CLASSES:
        return None
    units = len(np.unique(unit * len(classes) + code)) / len(classes) / share
    return units if units <= _MOST_PER_CLASS else None


def cells_for(
    metric: Metric,
    unit: NDArray[np.int64],
    network: NDArray[np.int64],
    steps: int | None = None,
    per_class: float | None = None,
) -> Cells:
    """Return the cells of rows or groups, by whatever numbers, and what standard errors of the metric allow for.

    Parameters
    ----------
    metric : Metric
    unit, network : array of shape (cells,)
    steps : int, optional
        How many rows the mean is over, each a step of the metric; by default as many as there are units. The mean over
        a group or a whole fold moves in steps of a row; equal rows are predicted alike, so that theirs is one step.
    per_class : float, optional
        How many units each class has, if they are `few <few_per_class>`.
    """
    names, codes = np.unique(unit, return_inverse=True)
    bounded = math.isfinite(metric.minimum) and math.isfinite(metric.maximum)
    return Cells(
        codes,
        network,
        minimum_error=metric.step / max(steps or len(names), 1),
        instability=0.0 if metric.step == 1 and per_class is None else 0.75 if bounded else 1.5,
    )


def paired_rows(first: RowMatrix, second: RowMatrix) -> tuple[Array, Cells]:
    """Return the differences, second minus first, of two results of one point each, where both hold out a row."""
    most = 1 + max(int(rows.row.max(initial=0)) for rows in (first, second))
    keys = [rows.cells.network * most + rows.row for rows in (first, second)]
    _, of_first, of_second = np.intersect1d(keys[0], keys[1], assume_unique=True, return_indices=True)
    unit = np.unique(first.cells.unit[of_first], return_inverse=True)[1]
    cells = replace(first.cells, unit=unit, network=first.cells.network[of_first])
    return second.values[:, of_second] - first.values[:, of_first], cells
