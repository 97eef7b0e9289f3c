"""Whether a data set has enough rows for an evaluation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.evaluation import CrossValidation, Evaluation, Holdout, OfficialTest, Predefined
from dropout_lab.datasets.dataset import VALIDATION, Dataset
from dropout_lab.datasets.distinct_rows import class_counts, distinct_splits
from dropout_lab.datasets.folds import folds, holdout, parts_for
from dropout_lab.datasets.given_checks import GIVEN_CHECKS
from dropout_lab.datasets.given_splits import GIVEN, given_splits
from dropout_lab.datasets.tabular.target_advice import remedies
from dropout_lab.errors import DataError

__all__ = ["check_rows"]

_EQUAL_AS_ONE = "; rows with equal inputs count as one here, unless dataset.duplicates is keep"


def check_rows(data: Dataset, evaluation: Evaluation, train_rows: int | None, validation_share: float = 0) -> None:
    """Raise `DataError` unless there are enough rows for the splits, ``train_rows`` and early stopping."""
    counts = class_counts(data)
    if data.values is None and (len(data.classes) < 2 or np.count_nonzero(counts) < 2):
        raise DataError("all rows are of one class: there is nothing to classify")
    if data.split_groups is not None:
        _check_groups(data, data.split_groups, evaluation)
    try:
        _CHECKS[type(evaluation)](data, evaluation, counts)
    except DataError as error:
        raise DataError(f"{error}{_EQUAL_AS_ONE if data.grouped_by_inputs else ''}") from None
    minimum, maximum = max(2, len(data.classes)), _min_train_rows(data, evaluation)
    if train_rows is not None and not minimum <= train_rows <= maximum:
        raise DataError(
            f"dataset.train_rows: {train_rows}: expected {minimum} (one per class) to {maximum} (the rows to train on)"
        )
    rows = train_rows or maximum
    if isinstance(evaluation, Predefined) and (data.split_folds == VALIDATION).any():
        return  # early stopping has rows of its own
    if validation_share and rows - max(1, round(rows * validation_share)) < minimum:
        raise DataError(
            f"training.early_stopping: validation_share {validation_share:g} of {rows} training rows does not leave "
            f"{minimum} to learn from: take a smaller share, or leave early_stopping out"
        )


def _check_groups(data: Dataset, groups: NDArray[np.int64], evaluation: Evaluation) -> None:
    count, minimum = len(np.unique(groups)), 1
    if isinstance(evaluation, CrossValidation):
        minimum, key = evaluation.folds, f"evaluation.folds: {evaluation.folds}"
    elif isinstance(evaluation, Holdout):
        share = evaluation.test_share
        minimum, key = parts_for(min(share, 1 - share)), f"evaluation.test_share: {share}"
    if count >= minimum:
        return
    remedies = [f"take evaluation.folds <= {count}"] if count > 1 else []
    if count > 1 and isinstance(evaluation, Holdout):
        remedies.append("a share nearer to 0.5")
    if data.grouped_by_inputs:
        needed, have = "rows with different inputs", f"there are {count}"
    else:
        needed, have = "groups of rows", f"dataset.group has {count}"
        remedies = remedies or ["name another dataset.group", "none"]
    if data.duplicates and data.duplicates.treatment != "keep":
        have += "" if data.grouped_by_inputs else ", as those that share equal inputs count as one"
        remedies.append("set dataset.duplicates: keep")
    raise DataError(f"{key}: needs at least {minimum} {needed}, but {have}: {', or '.join(remedies)}")


def _check_folds(data: Dataset, evaluation: CrossValidation, counts: NDArray[np.int64]) -> None:
    k, smallest = evaluation.folds, counts.min()
    if data.values is not None:
        if counts.sum() < k:
            raise DataError(f"evaluation.folds: {k} folds need as many rows, but there are {counts.sum()}")
    elif smallest < 2:
        why = "it cannot be both trained on and held out"
        raise DataError(f"the smallest class has only one row: {why}{remedies(data, 2, ': ')}")
    elif smallest < k:
        raise DataError(
            f"evaluation.folds: {k} folds need {k} rows of each class, but the smallest class has {smallest}: "
            f"take evaluation.folds <= {smallest}{remedies(data, k, '; or ')}"
        )


def _check_test(data: Dataset, evaluation: OfficialTest, counts: NDArray[np.int64]) -> None:
    if not data.test_rows:
        remedy = ", or name the file with the test rows: dataset.test" if data.roles is not None else ""
        raise DataError(
            f"evaluation.split: test: {data.name} has no official test set: take evaluation.split folds or "
            f"holdout{remedy}"
        )


def _check_holdout(data: Dataset, evaluation: Holdout, counts: NDArray[np.int64]) -> None:
    rows = int(counts.sum())
    held_out = int(np.ceil(rows * evaluation.test_share))
    smaller_side = min(held_out, rows - held_out)
    if data.values is not None and smaller_side > 0:
        return
    if counts.min() < 2 or smaller_side < len(counts):
        raise DataError(
            f"evaluation.test_share: {evaluation.test_share} of {rows} rows does not leave a row of each of "
            f"{len(counts)} classes on both sides: take a share nearer to 0.5, or folds"
        )


_CHECKS: dict[type, Callable[..., None]] = {
    CrossValidation: _check_folds,
    OfficialTest: _check_test,
    Holdout: _check_holdout,
    **GIVEN_CHECKS,
}


def _min_train_rows(data: Dataset, evaluation: Evaluation) -> int:
    """Return the training rows of the split with the fewest; with groups, in the first repeat."""
    rows = len(data.split_labels)
    if type(evaluation) in GIVEN:
        return min(len(split.train) for split in given_splits(data, evaluation))
    if data.grouped_by_inputs and isinstance(evaluation, CrossValidation | Holdout):
        return min(len(split.train) for split in distinct_splits(data, evaluation, 0))
    if data.groups is not None and isinstance(evaluation, CrossValidation):
        labels, groups, stratified = data.split_labels, data.split_groups, data.values is None
        splits = folds(labels, evaluation.folds, 0, evaluation.split_seed, groups, stratified=stratified)
        return min(len(split.train) for split in splits)
    if data.groups is not None and isinstance(evaluation, Holdout):
        return len(holdout(data, evaluation).train)
    if isinstance(evaluation, CrossValidation):
        return rows - -(-rows // evaluation.folds)
    if isinstance(evaluation, Holdout):
        return rows - int(np.ceil(rows * evaluation.test_share))
    return rows
