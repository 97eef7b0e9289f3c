"""Which rows are trained on and which are held out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.evaluation import CrossValidation, Evaluation, Holdout
from dropout_lab.datasets.dataset import Dataset
from dropout_lab.datasets.enough import check_rows
from dropout_lab.datasets.folds import Split, folds, holdout
from dropout_lab.streams import stream

__all__ = ["splits"]


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
        alike = data.values is not None
        whole = folds(labels, evaluation.folds, repeat, evaluation.split_seed, data.groups, stratified=not alike)
    elif isinstance(evaluation, Holdout):
        whole = (holdout(data, evaluation),)
    else:
        whole = (Split(np.arange(len(labels)), np.arange(len(labels), len(data.labels))),)
    if train_rows is None:
        return whole
    which = repeat if isinstance(evaluation, CrossValidation) else 0
    return tuple(
        Split(_part(split.train, labels, train_rows, stream(evaluation.split_seed, "part", which, fold)), split.test)
        for fold, split in enumerate(whole)
    )


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
