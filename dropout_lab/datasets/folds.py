"""Cross-validation folds and hold-out splits, by scikit-learn's own splitters."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.evaluation import Holdout
from dropout_lab.datasets.dataset import Dataset
from dropout_lab.errors import DataError
from dropout_lab.seeds import derive_seed

__all__ = ["Split", "folds", "grouped_part", "holdout", "parts_for"]

_MIN_PARTS = 20
"""Into how many folds groups are divided so that some of them make up a share; more for smaller shares only."""


@dataclass(frozen=True)
class Split:
    """Row numbers of one fold.

    Attributes
    ----------
    train, test : array of shape (rows,), int64
    validation : array of shape (rows,), int64
        Rows for early stopping: neither trained on nor held out.
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
        Classes.
    count : int
        Number of folds.
    repeat : int
        Counted from 0.
    seed : int
        ``evaluation.split_seed``.
    groups : array of shape (rows,), optional
        Rows of one group are held out together, by scikit-learn's ``StratifiedGroupKFold``; folds may then differ in
        size, and lack a class.
    stratified : bool
        Whether each class is spread evenly; otherwise by ``KFold`` or ``GroupKFold``.

    Returns
    -------
    tuple of Split

    Raises
    ------
    DataError
        If the groups leave a fold without rows.
    """
    from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

    state = seed if repeat == 0 else derive_seed(seed, "split", repeat) % 2**32
    kinds = (StratifiedKFold, StratifiedGroupKFold) if stratified else (KFold, GroupKFold)
    kfold = kinds[groups is not None](count, shuffle=True, random_state=state)
    splits = tuple(Split(train, test) for train, test in kfold.split(np.zeros(len(labels)), labels, groups))
    if not all(len(split.train) and len(split.test) for split in splits):
        raise DataError(
            f"dataset.group: the groups are so unequal that one of {count} folds would be empty: take fewer folds"
        )
    return splits


def holdout(data: Dataset, evaluation: Holdout) -> Split:
    """Hold out a share of the rows, stratified, or of whole groups."""
    from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit

    labels, groups, stratified = data.split_labels, data.split_groups, data.values is None
    if groups is not None:
        share, seed = evaluation.test_share, evaluation.split_seed
        return grouped_part(labels, groups, share, seed, stratified=stratified)
    shuffle = (StratifiedShuffleSplit if stratified else ShuffleSplit)(
        1, test_size=evaluation.test_share, random_state=evaluation.split_seed
    )
    train, test = next(shuffle.split(np.zeros(len(labels)), labels))
    return Split(np.sort(train), np.sort(test))


def grouped_part(
    labels: NDArray[np.int64], groups: NDArray[np.int64], share: float, seed: int, *, stratified: bool = True
) -> Split:
    """Hold out whole groups: folds of them, joined until they come nearest to a share of the rows.

    Parameters
    ----------
    labels : array of shape (rows,)
        Classes.
    groups : array of shape (rows,)
        At least two different ones.
    share : float
        Of the rows.
    seed : int
    stratified : bool
        Whether the folds are those of ``StratifiedGroupKFold``, as far as the classes allow, or of ``GroupKFold``.

    Returns
    -------
    Split
        With rows on both sides.
    """
    from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

    largest = int(np.bincount(labels).max())
    stratified = stratified and largest > 1
    max_folds = min(len(np.unique(groups)), max(_MIN_PARTS, parts_for(min(share, 1 - share))))
    if stratified:
        max_folds = min(max_folds, largest)  # scikit-learn's own limit
    nearest = min(max(Fraction(share), Fraction(1, max_folds)), 1 - Fraction(1, max_folds))
    count = nearest.limit_denominator(max_folds).denominator
    kfold = (StratifiedGroupKFold if stratified else GroupKFold)(count, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class")  # which some folds lack
        tests = [test for _, test in kfold.split(np.zeros(len(labels)), labels, groups) if len(test)]
    sizes = np.cumsum([len(test) for test in tests[:-1]])
    joined = int(np.abs(sizes - share * len(labels)).argmin()) + 1
    test = np.sort(np.concatenate(tests[:joined]))
    return Split(np.setdiff1d(np.arange(len(labels)), test), test)


def parts_for(share: float) -> int:
    """Return the number of folds with which one fold comes nearest to a share of the rows."""
    return max(2, round(1 / share))
