"""Which rows are trained on and which are held out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.evaluation import CrossValidation, Evaluation, Holdout, OfficialTest
from dropout_lab.datasets.dataset import Dataset
from dropout_lab.datasets.shown import listed, shown
from dropout_lab.errors import DataError
from dropout_lab.streams import stream

__all__ = ["Split", "check_rows", "folds", "splits"]


@dataclass(frozen=True)
class Split:
    """Row numbers of one fold, each an array of shape (rows,)."""

    train: NDArray[np.int64]
    test: NDArray[np.int64]


def splits(data: Dataset, evaluation: Evaluation, train_rows: int | None, repeat: int) -> tuple[Split, ...]:
    """Make the splits of one repeat.

    The official test set, where a data set has one, is held out by ``split: test`` and left alone by the others.

    Parameters
    ----------
    data : Dataset
    evaluation : Evaluation
    train_rows : int or None
        Thin each split's training rows to a stratified part of so many.
    repeat : int
        Counted from 0. A fixed split is the same in every repeat.

    Returns
    -------
    tuple of Split
        ``evaluation.folds`` of them.

    Raises
    ------
    DataError
        If the data do not allow it; see `check_rows`.
    """
    check_rows(data, evaluation, train_rows)
    labels = data.labels[: len(data.labels) - data.test_rows]
    whole: tuple[Split, ...]
    if isinstance(evaluation, CrossValidation):
        whole = folds(labels, evaluation.folds, repeat, evaluation.split_seed, data.groups)
    elif isinstance(evaluation, Holdout):
        whole = (_holdout(labels, evaluation, data.groups),)
    else:
        whole = (Split(np.arange(len(labels)), np.arange(len(labels), len(data.labels))),)
    if train_rows is None:
        return whole
    which = repeat if isinstance(evaluation, CrossValidation) else 0
    return tuple(
        Split(_part(split.train, labels, train_rows, stream(evaluation.split_seed, "part", which, fold)), split.test)
        for fold, split in enumerate(whole)
    )


def folds(
    labels: NDArray[np.int64], count: int, repeat: int, seed: int, groups: NDArray[np.int64] | None = None
) -> tuple[Split, ...]:
    """Make the stratified folds of one repeat.

    Repeat 0 is scikit-learn's ``StratifiedKFold(count, shuffle=True, random_state=seed)`` to the row, so that seed 7
    gives the tutorial's folds; later repeats have derived seeds. A repeat's folds do not depend on how many
    repeats there are.

    Parameters
    ----------
    labels : array of shape (rows,)
        Class codes.
    count : int
        Number of folds.
    repeat : int
        Counted from 0.
    seed : int
        ``evaluation.split_seed``.
    groups : array of shape (rows,), optional
        Rows of one group are held out together, by scikit-learn's ``StratifiedGroupKFold``; folds may then be of
        unequal size, and miss a class.

    Returns
    -------
    tuple of Split

    Raises
    ------
    DataError
        If the groups leave a fold without rows.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    state = seed if repeat == 0 else stream(seed, "split", repeat) % 2**32
    kfold = (StratifiedKFold if groups is None else StratifiedGroupKFold)(count, shuffle=True, random_state=state)
    made = tuple(Split(train, test) for train, test in kfold.split(np.zeros(len(labels)), labels, groups))
    if not all(len(split.train) and len(split.test) for split in made):
        raise DataError(
            f"dataset.group: the groups are so unequal that one of {count} folds would be empty: take fewer folds"
        )
    return made


def _holdout(labels: NDArray[np.int64], evaluation: Holdout, groups: NDArray[np.int64] | None) -> Split:
    from sklearn.model_selection import StratifiedShuffleSplit

    if groups is not None:
        return folds(labels, _parts(evaluation.test_share), 0, evaluation.split_seed, groups)[0]
    shuffle = StratifiedShuffleSplit(1, test_size=evaluation.test_share, random_state=evaluation.split_seed)
    train, test = next(shuffle.split(np.zeros(len(labels)), labels))
    return Split(np.sort(train), np.sort(test))


def _parts(share: float) -> int:
    """Return into how many folds rows are cut for one of them to be nearest to a share of the rows."""
    return max(2, round(1 / share))


def _part(rows: NDArray[np.int64], labels: NDArray[np.int64], count: int, seed: int) -> NDArray[np.int64]:
    """Return a stratified part of rows, in ascending order; with the same seed, a larger part holds a smaller one.

    Each class's rows are put in random order and spread evenly over 0..1; the part is those that come first. The
    first row of each class comes before all others, so that a part with as many rows as there are classes has them
    all; where every class would have come early enough, this changes nothing.
    """
    rng = np.random.default_rng(seed)
    places = np.empty(len(rows))
    classes = labels[rows]
    for code in np.unique(classes):
        members = np.flatnonzero(classes == code)
        places[rng.permutation(members)] = (np.arange(len(members)) + rng.random()) / len(members)
    order = np.argsort(places, kind="stable")
    _, first = np.unique(classes[order], return_index=True)
    order = np.concatenate([order[np.sort(first)], np.delete(order, first)])
    return np.sort(rows[order[:count]])


def check_rows(data: Dataset, evaluation: Evaluation, train_rows: int | None) -> None:
    """Raise `DataError` unless the data have the rows that are needed."""
    labels = data.labels[: len(data.labels) - data.test_rows]
    sizes = np.bincount(labels)
    if len(data.classes) < 2 or np.count_nonzero(sizes) < 2:
        raise DataError("all rows are of one class: there is nothing to tell apart")
    if data.groups is not None:
        _check_groups(data.groups, evaluation)
    _CHECKS[type(evaluation)](data, evaluation, sizes)
    least, most = len(data.classes), _fewest_train_rows(data, evaluation)
    if train_rows is not None and not least <= train_rows <= most:
        raise DataError(
            f"dataset.train_rows: {train_rows}: expected {least} (one per class) to {most} (the rows to train on)"
        )


def _check_groups(groups: NDArray[np.int64], evaluation: Evaluation) -> None:
    count, least = len(np.unique(groups)), 1
    if isinstance(evaluation, CrossValidation):
        least, key = evaluation.folds, f"evaluation.folds: {evaluation.folds}"
    elif isinstance(evaluation, Holdout):
        least, key = _parts(evaluation.test_share), f"evaluation.test_share: {evaluation.test_share}"
    if count < least:
        way = f"take evaluation.folds <= {count}" if count > 1 else "name another dataset.group, or none"
        raise DataError(f"{key}: needs {least} groups of rows at least, but dataset.group has {count}: {way}")


def _check_folds(data: Dataset, evaluation: CrossValidation, sizes: NDArray[np.int64]) -> None:
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
    small = [f"{shown(name)} ({size})" for name, size in zip(data.classes, sizes, strict=True) if size < least]
    return f"; or put classes together, or leave rows out, in the file. Too few rows have: {listed(small)}"


def _check_test(data: Dataset, evaluation: OfficialTest, sizes: NDArray[np.int64]) -> None:
    if not data.test_rows:
        raise DataError(
            f"evaluation.split: test: {data.name} has no official test set: take evaluation.split folds or holdout"
        )


def _check_holdout(data: Dataset, evaluation: Holdout, sizes: NDArray[np.int64]) -> None:
    held_out = int(np.ceil(sizes.sum() * evaluation.test_share))
    least = min(held_out, int(sizes.sum()) - held_out)
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
        made = folds(data.labels, evaluation.folds, 0, evaluation.split_seed, data.groups)
        return min(len(split.train) for split in made)
    if data.groups is not None and isinstance(evaluation, Holdout):
        return len(_holdout(data.labels, evaluation, data.groups).train)
    if isinstance(evaluation, CrossValidation):
        return rows - -(-rows // evaluation.folds)
    if isinstance(evaluation, Holdout):
        return rows - int(np.ceil(rows * evaluation.test_share))
    return rows
