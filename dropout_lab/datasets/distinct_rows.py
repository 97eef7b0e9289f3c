"""Splits of rows of which some have equal inputs: those of the distinct rows, and every row goes with its equals."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.evaluation import CrossValidation, Holdout
from dropout_lab.datasets.dataset import Dataset
from dropout_lab.datasets.folds import Split, folds, holdout

__all__ = ["DistinctRows", "class_counts", "distinct_rows", "distinct_splits"]


@dataclass(frozen=True)
class DistinctRows:
    """One row for each group of rows.

    Attributes
    ----------
    data : Dataset
        The rows, with neither inputs nor groups; the class of each is the most frequent one of its group.
    code : array of shape (rows,), int64
        The number of each row's distinct row.
    """

    data: Dataset
    code: NDArray[np.int64]

    def expand(self, split: Split) -> Split:
        """Return a split of the distinct rows as one of all rows."""
        parts = {}
        for name, rows in (("train", split.train), ("test", split.test), ("validation", split.validation)):
            chosen = np.zeros(len(self.data.labels), bool)
            chosen[rows] = True
            parts[name] = np.flatnonzero(chosen[self.code])
        return Split(**parts)


def distinct_rows(data: Dataset, rows: NDArray[np.int64]) -> DistinctRows:
    """Return the distinct ones of some rows of a data set with groups, in the order of their occurrence."""
    if data.groups is None:
        raise ValueError("distinct rows need groups")
    _, first, code = np.unique(data.groups[rows], return_index=True, return_inverse=True)
    order = np.argsort(first)
    code = np.argsort(order)[code].astype(np.int64)
    labels = _most_frequent(code, data.labels[rows])
    one_each = replace(
        data,
        features=np.zeros((len(first), 0)),
        labels=labels,
        groups=None,
        test_rows=0,
        shape=(),
        values=None if data.values is None else data.values[rows][first[order]],
    )
    return DistinctRows(one_each, code)


def distinct_splits(data: Dataset, evaluation: CrossValidation | Holdout, repeat: int) -> tuple[Split, ...]:
    """Make the splits of one repeat: of copies of a table's rows, those of the table without the copies.

    Parameters
    ----------
    data : Dataset
        With groups; `check_rows` has found enough of them.
    evaluation : CrossValidation or Holdout
    repeat : int
        Counted from 0.
    """
    distinct = distinct_rows(data, np.arange(len(data.split_labels)))
    labels, count = distinct.data.labels, len(distinct.data.labels)
    if isinstance(evaluation, CrossValidation):
        stratified = data.values is None and np.bincount(labels).max() >= evaluation.folds
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The least populated class")  # which some folds lack
            made = folds(labels, evaluation.folds, repeat, evaluation.split_seed, stratified=stratified)
        return tuple(map(distinct.expand, made))
    held_out, labels = int(np.ceil(count * evaluation.test_share)), _joined(labels)
    if min(held_out, count - held_out) < len(np.unique(labels)):
        labels = np.zeros_like(labels)
    return (distinct.expand(holdout(replace(distinct.data, labels=labels), evaluation)),)


def class_counts(data: Dataset) -> NDArray[np.int64]:
    """Return how many rows of each class there are outside an official test set; of rows with equal inputs, one."""
    labels, groups = data.split_labels, data.split_groups
    if groups is None or not data.grouped_by_inputs:
        return np.bincount(labels)
    classes = int(labels.max()) + 1
    return np.bincount(np.unique(groups * classes + labels) % classes)


def _most_frequent(code: NDArray[np.int64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the most frequent class of each distinct row; of equally frequent ones the rarest of all."""
    classes = int(labels.max(initial=0)) + 1
    pairs, counts = np.unique(code * classes + labels, return_counts=True)
    owner, label = pairs // classes, pairs % classes
    order = np.lexsort((label, np.bincount(labels)[label], -counts, owner))
    _, best = np.unique(owner[order], return_index=True)
    chosen: NDArray[np.int64] = label[order][best]
    return chosen


def _joined(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return classes for stratification, where one of a single row joins the most frequent one."""
    counts = np.bincount(labels)
    return np.where(counts[labels] < 2, counts.argmax(), labels)
