"""Whether the data allow a split that they, or their order, determine."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.evaluation import (
    MAX_FOLDS,
    Evaluation,
    LeaveOneGroupOut,
    LeaveOneOut,
    Predefined,
    TimeSeries,
)
from dropout_lab.datasets.dataset import Dataset
from dropout_lab.datasets.given_splits import given_splits, time_of
from dropout_lab.datasets.windows import Windows
from dropout_lab.errors import DataError

__all__ = ["GIVEN_CHECKS", "folds_found"]


def folds_found(data: Dataset, evaluation: Evaluation) -> int:
    """Return how many folds an evaluation has on these data.

    Raises
    ------
    DataError
        If there are too many to train a network for each.
    """
    found = evaluation.folds
    if isinstance(evaluation, LeaveOneOut):
        found = len(data.split_labels)
    elif isinstance(evaluation, LeaveOneGroupOut):
        found = len(np.unique(data.split_groups)) if data.split_groups is not None else 0
    elif isinstance(evaluation, Predefined) and data.test_fold is not None:
        found = len(np.unique(data.test_fold[data.test_fold >= 0]))
    if found > MAX_FOLDS:
        raise DataError(
            f"evaluation.split: {evaluation.split} would train {found:,} networks at each point, one for each fold: "
            f"at most {MAX_FOLDS:,}: set evaluation: {{split: folds, folds: 10}}"
        )
    return found


def _check_leave_one_out(data: Dataset, evaluation: LeaveOneOut, counts: NDArray[np.int64]) -> None:
    _check_count(data, evaluation)
    if data.values is None and counts.min() < 2:
        raise DataError(
            "evaluation.split: leave_one_out holds out the only row of the smallest class, which is then unknown in "
            "training: merge classes, or leave the row out, in the file"
        )


def _check_leave_one_group_out(data: Dataset, evaluation: LeaveOneGroupOut, counts: NDArray[np.int64]) -> None:
    if (found := folds_found(data, evaluation)) < 2:
        raise DataError(
            f"evaluation.split: leave_one_group_out needs at least 2 groups of rows, but dataset.group has {found}: "
            "name another column, or set evaluation.split: folds and leave dataset.group out"
        )
    _check_count(data, evaluation)
    _check_classes(data, evaluation)


def _check_predefined(data: Dataset, evaluation: Predefined, counts: NDArray[np.int64]) -> None:
    if data.test_fold is None:
        raise DataError(f"evaluation.split: predefined: {data.name} has no column dataset.fold")
    if not folds_found(data, evaluation):
        raise DataError(
            "evaluation.split: predefined: no row is left to hold out, as all of them are copies of earlier rows: set "
            "dataset.duplicates: keep, or take evaluation.split: folds"
        )
    _check_count(data, evaluation)
    if data.split_groups is not None:
        pairs = np.unique(np.column_stack([data.split_groups, data.test_fold]), axis=0)
        groups, folds = np.unique(pairs[:, 0], return_counts=True)
        if divided := int((folds > 1).sum()):
            raise DataError(
                f"dataset.fold: {divided} of {len(groups)} groups have rows in several folds or parts, so that they "
                "are not held out whole: name another dataset.fold, or leave dataset.group out"
            )
    _check_classes(data, evaluation)


def _check_time_series(data: Dataset, evaluation: TimeSeries, counts: NDArray[np.int64]) -> None:
    points, what = len(np.unique(time_of(data))), "rows" if data.time is None else "points in time"
    folds, gap = evaluation.folds, evaluation.gap
    size = evaluation.test_size or points // (folds + 1)
    if folds >= points:
        raise DataError(
            f"evaluation.folds: {folds} folds need at least {folds + 1} {what}, but there are {points}: "
            f"take evaluation.folds <= {points - 1}"
        )
    if points - gap - size * folds < 1:
        key = f"evaluation.gap: {gap}" if gap else f"evaluation.test_size: {size}"
        raise DataError(
            f"{key}: {folds} blocks of {size} {what}{f' and a gap of {gap}' if gap else ''} leave none of {points} to "
            f"train the first fold on: take a smaller {'gap' if gap else 'test_size'}, or fewer folds"
        )
    if data.windows is not None:
        _check_overlap(data, data.windows, evaluation)
    _check_classes(data, evaluation)


def _check_overlap(data: Dataset, windows: Windows, evaluation: TimeSeries) -> None:
    """Refuse blocks so short that windows of neighboring ones share rows, or that leave no window to train on."""
    time, found = time_of(data), given_splits(data, evaluation)
    key = "evaluation.test_size" if evaluation.test_size else "evaluation.folds"
    wider = "a larger test_size, or " if evaluation.test_size else "fewer folds, or " if evaluation.folds > 2 else ""
    for number, split in enumerate(found, 1):
        start, end = int(time[split.test].min()), int(time[split.test].max())
        if windows.begin[split.test].max() < start:
            raise DataError(
                f"{key}: block {number} of {len(found)} spans {end - start + 1:,} points in time, and none of its "
                f"windows lies within it, as a window and its target span {windows.span:,} rows: take {wider}a smaller "
                "dataset.window"
            )
        if not len(split.train):
            raise DataError(
                f"evaluation.split: time_series: every window before block {number} of {len(found)} shares rows with "
                "it, or is in its gap, so that none is left to train on: take fewer folds, or a smaller dataset.window"
            )


def _check_count(data: Dataset, evaluation: LeaveOneOut | LeaveOneGroupOut | Predefined) -> None:
    found = folds_found(data, evaluation)
    if evaluation.folds not in (0, found):
        raise DataError(
            f"evaluation.folds: {evaluation.folds}, but {evaluation.split} has {found} on these data: leave folds out"
        )


def _check_classes(data: Dataset, evaluation: LeaveOneGroupOut | Predefined | TimeSeries) -> None:
    """Refuse folds without two training rows, or whose training rows are all of one class."""
    found = given_splits(data, evaluation)
    for number, split in enumerate(found, 1):
        which = f"evaluation.split: {evaluation.split}: fold {number} of {len(found)}"
        if len(split.train) < 2:
            left = "one row" if len(split.train) else "no row"
            raise DataError(f"{which} leaves {left} to train on: take fewer folds, or other ones")
        classes = np.unique(data.labels[split.train])
        if data.values is None and len(classes) < 2:
            raise DataError(
                f"{which} would be trained on {len(split.train):,} rows of one class only "
                f"({data.classes[int(classes[0])]}): there is nothing to learn from them"
            )


GIVEN_CHECKS: dict[type, Callable[..., None]] = {
    LeaveOneOut: _check_leave_one_out,
    LeaveOneGroupOut: _check_leave_one_group_out,
    Predefined: _check_predefined,
    TimeSeries: _check_time_series,
}
"""The type of an evaluation -> its check."""
