"""Rows that are held out in turn, and a part that is held out once: by scikit-learn's own splitters."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.evaluation import Holdout
from dropout_lab.datasets.dataset import Dataset
from dropout_lab.errors import DataError
from dropout_lab.streams import stream

__all__ = ["Split", "folds", "holdout", "parts_for"]


@dataclass(frozen=True)
class Split:
    """Row numbers of one fold, each an array of shape (rows,).

    Attributes
    ----------
    train, test : array
    validation : array
        What is neither learned from nor held out: it tells when to stop training.
    """

    train: NDArray[np.int64]
    test: NDArray[np.int64]
    validation: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))


def folds(
    labels: NDArray[np.int64],
    count: int,
    repeat: int,
    seed: int,
    groups: NDArray[np.int64] | None = None,
    *,
    stratified: bool = True,
) -> tuple[Split, ...]:
    """Make the folds of one repeat.

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
    stratified : bool
        Whether each class is spread evenly; else it is ``KFold`` or ``GroupKFold``.

    Returns
    -------
    tuple of Split

    Raises
    ------
    DataError
        If the groups leave a fold without rows.
    """
    from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

    state = seed if repeat == 0 else stream(seed, "split", repeat) % 2**32
    kinds = (StratifiedKFold, StratifiedGroupKFold) if stratified else (KFold, GroupKFold)
    kfold = kinds[groups is not None](count, shuffle=True, random_state=state)
    made = tuple(Split(train, test) for train, test in kfold.split(np.zeros(len(labels)), labels, groups))
    if not all(len(split.train) and len(split.test) for split in made):
        raise DataError(
            f"dataset.group: the groups are so unequal that one of {count} folds would be empty: take fewer folds"
        )
    return made


def holdout(data: Dataset, evaluation: Holdout) -> Split:
    """Hold out a part of the rows: of each class as many, or whole groups."""
    from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit

    labels, stratified = data.labels[: len(data.labels) - data.test_rows], data.values is None
    if data.groups is not None:
        parts = parts_for(evaluation.test_share)
        return folds(labels, parts, 0, evaluation.split_seed, data.groups, stratified=stratified)[0]
    shuffle = (StratifiedShuffleSplit if stratified else ShuffleSplit)(
        1, test_size=evaluation.test_share, random_state=evaluation.split_seed
    )
    train, test = next(shuffle.split(np.zeros(len(labels)), labels))
    return Split(np.sort(train), np.sort(test))


def parts_for(share: float) -> int:
    """Return into how many folds rows are cut for one of them to be nearest to a share of the rows."""
    return max(2, round(1 / share))
