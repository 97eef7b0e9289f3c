"""Which rows are trained on and which are held out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dropout_lab.errors import DataError
from dropout_lab.streams import stream

__all__ = ["Split", "check_folds", "folds"]


@dataclass(frozen=True)
class Split:
    """Row numbers of one fold, each an array of shape (rows,)."""

    train: NDArray[np.int64]
    test: NDArray[np.int64]


def folds(labels: NDArray[np.int64], count: int, repeat: int, seed: int) -> tuple[Split, ...]:
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

    Returns
    -------
    tuple of Split

    Raises
    ------
    DataError
        If a class has fewer rows than there are folds.
    """
    from sklearn.model_selection import StratifiedKFold

    check_folds(labels, count)
    state = seed if repeat == 0 else stream(seed, "split", repeat) % 2**32
    kfold = StratifiedKFold(count, shuffle=True, random_state=state)
    return tuple(Split(train, test) for train, test in kfold.split(np.zeros(len(labels)), labels))


def check_folds(labels: NDArray[np.int64], count: int) -> None:
    """Raise `DataError` unless every class has a row for every fold, and there are two classes."""
    sizes = np.bincount(labels)
    if len(sizes) < 2:
        raise DataError("all rows are of one class: there is nothing to tell apart")
    if sizes.min() < 2:
        raise DataError("the smallest class has one row only: it cannot be both trained on and held out")
    if sizes.min() < count:
        raise DataError(
            f"evaluation.folds: {count} folds need {count} rows of each class, but the smallest class has "
            f"{sizes.min()}: take evaluation.folds <= {sizes.min()}"
        )
