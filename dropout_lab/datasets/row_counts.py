"""Whether data have the rows that an evaluation needs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.evaluation import CrossValidation, Evaluation, Holdout, OfficialTest
from dropout_lab.datasets.dataset import Dataset
from dropout_lab.datasets.folds import folds, holdout, parts_for
from dropout_lab.datasets.message_text import join_names, printable
from dropout_lab.errors import DataError

__all__ = ["check_rows"]


def check_rows(data: Dataset, evaluation: Evaluation, train_rows: int | None, validation_share: float = 0) -> None:
    """Raise `DataError` unless the data have the rows that are needed."""
    labels = data.labels[: len(data.labels) - data.test_rows]
    sizes = np.bincount(labels)
    if data.values is None and (len(data.classes) < 2 or np.count_nonzero(sizes) < 2):
        raise DataError("all rows are of one class: there is nothing to classify")
    if data.groups is not None:
        _check_groups(data.groups, evaluation)
    _CHECKS[type(evaluation)](data, evaluation, sizes)
    least, most = max(2, len(data.classes)), _fewest_train_rows(data, evaluation)
    if train_rows is not None and not least <= train_rows <= most:
        raise DataError(
            f"dataset.train_rows: {train_rows}: expected {least} (one per class) to {most} (the rows to train on)"
        )
    rows = train_rows or most
    if validation_share and rows - max(1, round(rows * validation_share)) < least:
        raise DataError(
            f"training.early_stopping: validation_share {validation_share:g} of {rows} training rows does not leave "
            f"{least} to learn from: take a smaller share, or leave early_stopping out"
        )


def _check_groups(groups: NDArray[np.int64], evaluation: Evaluation) -> None:
    count, least = len(np.unique(groups)), 1
    if isinstance(evaluation, CrossValidation):
        least, key = evaluation.folds, f"evaluation.folds: {evaluation.folds}"
    elif isinstance(evaluation, Holdout):
        share = evaluation.test_share
        least, key = parts_for(min(share, 1 - share)), f"evaluation.test_share: {share}"
    if count < least:
        way = f"take evaluation.folds <= {count}" if count > 1 else "name another dataset.group, or none"
        way += ", or a share nearer to 0.5" if count > 1 and isinstance(evaluation, Holdout) else ""
        raise DataError(f"{key}: needs {least} groups of rows at least, but dataset.group has {count}: {way}")


def _check_folds(data: Dataset, evaluation: CrossValidation, sizes: NDArray[np.int64]) -> None:
    if data.values is not None:
        if sizes.sum() < evaluation.folds:
            raise DataError(
                f"evaluation.folds: {evaluation.folds} folds need as many rows, but there are {sizes.sum()}"
            )
        return
    if sizes.min() < 2:
        raise DataError(
            f"the smallest class has one row only: it cannot be both trained on and held out{_small(data, sizes, 2)}"
        )
    if sizes.min() < evaluation.folds:
        raise DataError(
            f"evaluation.folds: {evaluation.folds} folds need {evaluation.folds} rows of each class, but the smallest "
            f"class has {sizes.min()}: take evaluation.folds <= {sizes.min()}{_small(data, sizes, evaluation.folds)}"
        )


def _small(data: Dataset, sizes: NDArray[np.int64], least: int) -> str:
    """Return which classes of the user's own data have too few rows, and another way out."""
    if data.table is None:
        return ""
    small = [f"{printable(name)} ({size})" for name, size in zip(data.classes, sizes, strict=True) if size < least]
    return f"; or put classes together, or leave rows out, in the file. Too few rows have: {join_names(small)}"


def _check_test(data: Dataset, evaluation: OfficialTest, sizes: NDArray[np.int64]) -> None:
    if not data.test_rows:
        raise DataError(
            f"evaluation.split: test: {data.name} has no official test set: take evaluation.split folds or holdout"
        )


def _check_holdout(data: Dataset, evaluation: Holdout, sizes: NDArray[np.int64]) -> None:
    held_out = int(np.ceil(sizes.sum() * evaluation.test_share))
    least = min(held_out, int(sizes.sum()) - held_out)
    if data.values is not None and min(held_out, int(sizes.sum()) - held_out) > 0:
        return
    if sizes.min() < 2 or least < len(sizes):
        raise DataError(
            f"evaluation.test_share: {evaluation.test_share} of {sizes.sum()} rows leaves no row of each of "
            f"{len(sizes)} classes on both sides: take a share nearer to 0.5, or folds"
        )


_CHECKS: dict[type, Callable[..., None]] = {
    CrossValidation: _check_folds,
    OfficialTest: _check_test,
    Holdout: _check_holdout,
}


def _fewest_train_rows(data: Dataset, evaluation: Evaluation) -> int:
    """Return how many rows the split with the fewest has to train on; of grouped ones, in the first repeat."""
    rows = len(data.labels) - data.test_rows
    if data.groups is not None and isinstance(evaluation, CrossValidation):
        regression = data.values is not None
        made = folds(data.labels, evaluation.folds, 0, evaluation.split_seed, data.groups, stratified=not regression)
        return min(len(split.train) for split in made)
    if data.groups is not None and isinstance(evaluation, Holdout):
        return len(holdout(data, evaluation).train)
    if isinstance(evaluation, CrossValidation):
        return rows - -(-rows // evaluation.folds)
    if isinstance(evaluation, Holdout):
        return rows - int(np.ceil(rows * evaluation.test_share))
    return rows
