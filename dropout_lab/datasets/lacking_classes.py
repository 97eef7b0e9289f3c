"""Folds of which the training or the held-out rows lack a class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dropout_lab.config.evaluation import CrossValidation, Evaluation, Holdout, LeaveOneOut, OfficialTest
from dropout_lab.datasets.dataset import Dataset
from dropout_lab.datasets.splits import splits

__all__ = ["LackingFold", "lacking_folds"]


@dataclass(frozen=True)
class LackingFold:
    """A fold that lacks a class.

    Attributes
    ----------
    repeat, fold : int
        Counted from 0.
    not_trained, not_held_out : tuple of int
        Codes of the classes that no training row, and no held-out row, is of.
    lost : int
        How many held-out rows are of classes without a training row.
    classes_trained, classes_held_out : int
        How many classes there are in the training and in the held-out rows.
    """

    repeat: int
    fold: int
    not_trained: tuple[int, ...]
    not_held_out: tuple[int, ...]
    lost: int
    classes_trained: int
    classes_held_out: int


def lacking_folds(
    data: Dataset, evaluation: Evaluation, repeats: int, train_rows: int | None = None, validation_share: float = 0
) -> Iterator[LackingFold]:
    """Yield the folds that lack a class, which stratification excludes.

    There are none in regression; and a fold of one row is not expected to have them all.

    Parameters
    ----------
    data : Dataset
    evaluation : Evaluation
    repeats : int
        How many repeats to look at.
    train_rows, validation_share
        As for `splits`.

    Raises
    ------
    DataError
        If the data do not allow the splits.
    """
    stratified = data.groups is None and isinstance(evaluation, CrossValidation | Holdout | OfficialTest)
    if data.values is not None or stratified or isinstance(evaluation, LeaveOneOut):
        return
    present = np.bincount(data.labels)
    for repeat in range(repeats):
        for fold, split in enumerate(splits(data, evaluation, train_rows, repeat, validation_share)):
            labels = data.labels[split.train], data.labels[split.test]
            trained, held_out = (np.bincount(each, minlength=len(present)) for each in labels)
            not_trained, not_held_out = ((counts == 0) & (present > 0) for counts in (trained, held_out))
            if not_trained.any() or not_held_out.any():
                yield LackingFold(
                    repeat,
                    fold,
                    tuple(np.flatnonzero(not_trained).tolist()),
                    tuple(np.flatnonzero(not_held_out).tolist()),
                    int(held_out[not_trained].sum()),
                    int((trained > 0).sum()),
                    int((held_out > 0).sum()),
                )
