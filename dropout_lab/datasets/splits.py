"""Training, validation and test rows of each fold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.evaluation import CrossValidation, Evaluation, Holdout, Predefined, TimeSeries
from dropout_lab.datasets.dataset import VALIDATION, Dataset
from dropout_lab.datasets.distinct_rows import distinct_rows, distinct_splits
from dropout_lab.datasets.folds import Split, folds, grouped_part, holdout
from dropout_lab.datasets.given_splits import GIVEN, given_splits, last_rows, time_of, without_overlap
from dropout_lab.datasets.row_counts import check_rows
from dropout_lab.errors import DataError
from dropout_lab.seeds import derive_seed

__all__ = ["set_aside", "splits"]


def splits(
    data: Dataset, evaluation: Evaluation, train_rows: int | None, repeat: int, validation_share: float = 0
) -> tuple[Split, ...]:
    """Make the splits of one repeat.

    The official test set, where there is one, is used by ``split: test`` only.

    Parameters
    ----------
    data : Dataset
    evaluation : Evaluation
    train_rows : int or None
        Reduce each split's training rows to a stratified sample of this size; of a time series, to the last ones.
    repeat : int
        Counted from 0. Splits that are not shuffled, and a hold-out, are the same in every repeat.
    validation_share : float
        See `set_aside`.

    Returns
    -------
    tuple of Split
        ``evaluation.folds`` of them.

    Raises
    ------
    DataError
        If the data do not allow it; see `check_rows`.
    """
    check_rows(data, evaluation, train_rows, validation_share)
    repeat = repeat if isinstance(evaluation, CrossValidation) else 0
    prepared = []
    for fold, split in enumerate(_complete_splits(data, evaluation, repeat)):
        if train_rows is not None:
            seed = derive_seed(evaluation.split_seed, "part", repeat, fold)
            split = replace(split, train=_part(split.train, data, evaluation, train_rows, seed))
        if not validation_share:
            split = Split(split.train, split.test)
        elif not len(split.validation):
            seed = derive_seed(evaluation.split_seed, "validation", repeat, fold)
            split = set_aside(split, data, evaluation, validation_share, seed)
        prepared.append(split)
    return tuple(prepared)


def _complete_splits(data: Dataset, evaluation: Evaluation, repeat: int) -> tuple[Split, ...]:
    """Make the splits of one repeat, each of all rows."""
    labels = data.split_labels
    if data.grouped_by_inputs and isinstance(evaluation, CrossValidation | Holdout):
        return distinct_splits(data, evaluation, repeat)
    if isinstance(evaluation, CrossValidation):
        stratified = data.values is None
        groups, seed = data.split_groups, evaluation.split_seed
        return folds(labels, evaluation.folds, repeat, seed, groups, stratified=stratified)
    if isinstance(evaluation, Holdout):
        return (holdout(data, evaluation),)
    if type(evaluation) in GIVEN:
        return given_splits(data, evaluation)
    return (Split(np.arange(len(labels)), np.arange(len(labels), len(data.labels))),)


def set_aside(split: Split, data: Dataset, evaluation: Evaluation, share: float, seed: int) -> Split:
    """Move a share of the training rows to the validation rows, for early stopping.

    It is stratified, and leaves at least one training row of each class; where there are groups, it takes whole groups,
    and rows with equal inputs go together. Of a time series it is the last part, cut between two points in time, and
    windows that overlap with it are left out; where
    ``dataset.fold`` calls rows validation, it is those.

    Parameters
    ----------
    split : Split
    data : Dataset
    evaluation : Evaluation
    share : float
        Of the training rows.
    seed : int

    Raises
    ------
    DataError
        If all training rows are of one group, or one time.
    """
    if _is_ordered(data, evaluation):
        return _set_last_aside(split, data, share)
    if isinstance(evaluation, Predefined) and data.test_fold is not None:
        given = data.test_fold[split.train] == VALIDATION
        if given.any():
            return replace(split, train=split.train[~given], validation=split.train[given])
    labels = data.labels
    if data.groups is None:
        count = len(split.train) - max(1, round(len(split.train) * share))
        kept = _sample(split.train, labels, max(count, len(np.unique(labels[split.train]))), seed)
        return replace(split, train=kept, validation=np.setdiff1d(split.train, kept))
    if data.grouped_by_inputs:
        distinct = distinct_rows(data, split.train)
        every = np.arange(len(distinct.data.labels))
        part = distinct.expand(set_aside(Split(every, every[:0]), distinct.data, evaluation, share, seed))
        if not len(part.validation):
            raise DataError(
                "training.early_stopping: the training rows of a fold have too few different inputs to set some aside: "
                "set dataset.duplicates: keep, or leave early_stopping out"
            )
        return replace(split, train=split.train[part.train], validation=split.train[part.validation])
    groups = data.groups[split.train]
    if len(np.unique(groups)) < 2:
        raise DataError(
            "training.early_stopping: all training rows of a fold are of one group, which cannot be split: "
            "take more folds, or leave early_stopping out"
        )
    inner = grouped_part(labels[split.train], groups, share, seed % 2**32, stratified=data.values is None)
    return replace(split, train=split.train[inner.train], validation=split.train[inner.test])


def _is_ordered(data: Dataset, evaluation: Evaluation) -> bool:
    """Return whether the last rows are taken where only a part is: of a time series, and of windows."""
    return isinstance(evaluation, TimeSeries) or (data.windows is not None and data.groups is None)


def _set_last_aside(split: Split, data: Dataset, share: float) -> Split:
    """Move the last training rows of a time series to the validation rows, at least a share of them if possible."""
    rows, time = split.train, time_of(data)
    first = time[last_rows(rows, time, max(1, round(len(rows) * share)))].min()
    if first == time[rows].min():
        later = time[rows][time[rows] > first]
        if not len(later):
            raise DataError(
                "training.early_stopping: all training rows of a fold are of one time, which cannot be split: "
                "take fewer folds, or leave early_stopping out"
            )
        first = later.min()
    validation = rows[time[rows] >= first]
    train = without_overlap(data, rows[time[rows] < first], validation)
    if not len(train):
        raise DataError(
            "training.early_stopping: all training windows of a fold share rows with those that would decide when "
            "to stop: take fewer folds, a smaller window, or leave early_stopping out"
        )
    return replace(split, train=train, validation=validation)


def _part(rows: NDArray[np.int64], data: Dataset, evaluation: Evaluation, count: int, seed: int) -> NDArray[np.int64]:
    """Return a part of the training rows; a larger part contains a smaller one."""
    if _is_ordered(data, evaluation):
        return last_rows(rows, time_of(data), count)
    return _sample(rows, data.labels, count, seed)


def _sample(rows: NDArray[np.int64], labels: NDArray[np.int64], count: int, seed: int) -> NDArray[np.int64]:
    """Return a stratified sample of rows, in ascending order; with one seed, a larger sample contains a smaller one.

    Each class's rows are shuffled and spread evenly over 0..1; the sample is those that come first. The first row of
    each class comes before all others, so that a sample with as many rows as there are classes has them all; where
    every class would have come early enough anyway, this changes nothing.
    """
    rng = np.random.default_rng(seed)
    positions = np.empty(len(rows))
    classes = labels[rows]
    for code in np.unique(classes):
        members = np.flatnonzero(classes == code)
        positions[rng.permutation(members)] = (np.arange(len(members)) + rng.random()) / len(members)
    order = np.argsort(positions, kind="stable")
    _, first = np.unique(classes[order], return_index=True)
    order = np.concatenate([order[np.sort(first)], np.delete(order, first)])
    return np.sort(rows[order[:count]])
