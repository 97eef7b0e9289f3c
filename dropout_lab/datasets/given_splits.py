"""Splits that the data, or their order, determine: scikit-learn's splitters without a random state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.evaluation import LeaveOneGroupOut, LeaveOneOut, Predefined, TimeSeries
from dropout_lab.datasets.dataset import VALIDATION, Dataset
from dropout_lab.datasets.folds import Split

__all__ = ["GIVEN", "given_splits", "last_rows", "time_of", "without_overlap"]


def given_splits(data: Dataset, evaluation: Any) -> tuple[Split, ...]:
    """Make the splits of an evaluation of one of the types in `GIVEN`, the same in every repeat."""
    return GIVEN[type(evaluation)](data, evaluation)


def time_of(data: Dataset) -> NDArray[np.int64]:
    """Return when each row outside the official test set was; without a column for it, its number."""
    return np.arange(len(data.split_labels)) if data.time is None else data.time


def last_rows(rows: NDArray[np.int64], time: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return the last `count` of some rows by their time, of those of one time the last of the table; ascending."""
    latest = np.argsort(time[rows], kind="stable")
    return np.sort(rows[latest[len(rows) - count :]])


def _leave_one_out(data: Dataset, _: LeaveOneOut) -> tuple[Split, ...]:
    from sklearn.model_selection import LeaveOneOut as Splitter

    return tuple(Split(train, test) for train, test in Splitter().split(data.split_labels))


def _leave_one_group_out(data: Dataset, _: LeaveOneGroupOut) -> tuple[Split, ...]:
    from sklearn.model_selection import LeaveOneGroupOut as Splitter

    rows = data.split_labels
    return tuple(Split(train, test) for train, test in Splitter().split(rows, groups=data.split_groups))


def _predefined(data: Dataset, _: Predefined) -> tuple[Split, ...]:
    """Hold out the rows of each fold; rows for validation belong to none."""
    from sklearn.model_selection import PredefinedSplit

    fold = data.split_folds
    validation, rows = np.flatnonzero(fold == VALIDATION), np.flatnonzero(fold != VALIDATION)
    return tuple(Split(rows[train], rows[test], validation) for train, test in PredefinedSplit(fold[rows]).split())


def _time_series(data: Dataset, evaluation: TimeSeries) -> tuple[Split, ...]:
    """Hold out blocks of consecutive points in time, so that rows of one time are never on both sides.

    Windows are not trained on if their rows or target are as late as the first row of a held-out window.
    """
    from sklearn.model_selection import TimeSeriesSplit

    times, at = np.unique(time_of(data), return_inverse=True)
    blocks = TimeSeriesSplit(evaluation.folds, gap=evaluation.gap, test_size=evaluation.test_size).split(times)
    found = (
        Split(np.flatnonzero(at <= before[-1]), np.flatnonzero((block[0] <= at) & (at <= block[-1])))
        for before, block in blocks
    )
    return tuple(Split(without_overlap(data, split.train, split.test), split.test) for split in found)


def without_overlap(data: Dataset, earlier: NDArray[np.int64], later: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return which of some windows end, with their target, before any of some later ones begins; rows as they are."""
    if data.windows is None or not len(later):
        return earlier
    kept: NDArray[np.int64] = earlier[time_of(data)[earlier] < data.windows.begin[later].min()]
    return kept


GIVEN: dict[type, Callable[..., tuple[Split, ...]]] = {
    LeaveOneOut: _leave_one_out,
    LeaveOneGroupOut: _leave_one_group_out,
    Predefined: _predefined,
    TimeSeries: _time_series,
}
"""The type of an evaluation -> its splits."""
