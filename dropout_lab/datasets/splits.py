"""Which rows are trained on and which are held out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.evaluation import CrossValidation, Evaluation, Holdout
from dropout_lab.datasets.dataset import Dataset
from dropout_lab.datasets.folds import Split, folds, grouped_part, holdout
from dropout_lab.datasets.row_counts import check_rows
from dropout_lab.errors import DataError
from dropout_lab.seeds import derive_seed

__all__ = ["set_aside", "splits"]


def splits(
    data: Dataset, evaluation: Evaluation, train_rows: int | None, repeat: int, validation_share: float = 0
) -> tuple[Split, ...]:
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
    labels = data.labels[: len(data.labels) - data.test_rows]
    whole: tuple[Split, ...]
    if isinstance(evaluation, CrossValidation):
        regression = data.values is not None
        whole = folds(labels, evaluation.folds, repeat, evaluation.split_seed, data.groups, stratified=not regression)
    elif isinstance(evaluation, Holdout):
        whole = (holdout(data, evaluation),)
    else:
        whole = (Split(np.arange(len(labels)), np.arange(len(labels), len(data.labels))),)
    which = repeat if isinstance(evaluation, CrossValidation) else 0
    if train_rows is not None:
        whole = tuple(
            replace(
                split,
                train=_part(split.train, labels, train_rows, derive_seed(evaluation.split_seed, "part", which, fold)),
            )
            for fold, split in enumerate(whole)
        )
    if not validation_share:
        return whole
    return tuple(
        set_aside(split, data, validation_share, derive_seed(evaluation.split_seed, "validation", which, fold))
        for fold, split in enumerate(whole)
    )


def set_aside(split: Split, data: Dataset, share: float, seed: int) -> Split:
    """Take rows out of those that are trained on, to see when training should stop.

    Of each class as many; at least one row of each class is left to learn from. Where rows are of groups, whole groups.

    Parameters
    ----------
    split : Split
    data : Dataset
    share : float
        How much of the training rows.
    seed : int

    Raises
    ------
    DataError
        If the training rows are of one group.
    """
    labels = data.labels
    if data.groups is None:
        count = len(split.train) - max(1, round(len(split.train) * share))
        kept = _part(split.train, labels, max(count, len(np.unique(labels[split.train]))), seed)
        return replace(split, train=kept, validation=np.setdiff1d(split.train, kept))
    groups = data.groups[split.train]
    if len(np.unique(groups)) < 2:
        raise DataError(
            "training.early_stopping: the training rows of a fold are of one group, so that none can be set aside: "
            "take more folds, or leave early_stopping out"
        )
    inner = grouped_part(labels[split.train], groups, share, seed % 2**32, stratified=data.values is None)
    return replace(split, train=split.train[inner.train], validation=split.train[inner.test])


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
