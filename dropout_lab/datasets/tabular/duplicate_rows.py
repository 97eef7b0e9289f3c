"""What becomes of rows of the user's own data that have equal inputs."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.dataset import Treatment
from dropout_lab.config.evaluation import CrossValidation, Evaluation, Holdout
from dropout_lab.datasets.dataset import Dataset, checksum
from dropout_lab.datasets.duplicates import copies_of_earlier_rows, count_duplicates
from dropout_lab.datasets.equal_rows import first_equal_rows

__all__ = ["treat_duplicates", "under_evaluation"]


def treat_duplicates(data: Dataset, treatment: Treatment) -> Dataset:
    """Hold rows with equal inputs out together, keep them as they are, or drop copies of earlier rows.

    Parameters
    ----------
    data : Dataset
        The user's own, perhaps with groups. Groups that share inputs become one.
    treatment : str
        See `Duplicates`.

    Returns
    -------
    Dataset
        With its duplicates counted and noted; as it was if all inputs differ.
    """
    first = first_equal_rows(data.features)
    target = data.labels if data.values is None else data.values
    found = count_duplicates(first, target, data.classes)
    if found is None:
        return data
    found = replace(found, treatment=treatment, kept_checksum=checksum(data))
    data = replace(data, own_groups=data.groups)
    if treatment == "drop":
        rows = np.flatnonzero(~copies_of_earlier_rows(first, target))
        data, first = _rows(data, rows), first[rows]
    if treatment != "keep":
        data = replace(data, groups=_held_out_together(data.groups, first))
        found = replace(found, groups=_joined(data))
    return replace(data, duplicates=found, notes=(*data.notes, found.note))


def _joined(data: Dataset) -> tuple[int, ...]:
    """Return how many groups of the user's own there are, and how many after some became one; nothing if none did."""
    if data.own_groups is None or data.groups is None:
        return ()
    own, left = (len(np.unique(groups)) for groups in (data.own_groups, data.groups))
    return (own, left) if left < own else ()


def under_evaluation(data: Dataset, evaluation: Evaluation) -> Dataset:
    """Return data whose rows with equal inputs are held out together only where an evaluation divides the rows itself.

    A given fold, an order in time, or each row or group alone says what is held out, whatever is equal to it.
    """
    found = data.duplicates
    if found is None or isinstance(evaluation, CrossValidation | Holdout):
        return data
    treatment: Treatment = "keep" if found.treatment == "group" else found.treatment
    kept = replace(found, treatment=treatment, split=evaluation.split)
    notes = tuple(kept.note if note == found.note else note for note in data.notes)
    return replace(data, groups=data.own_groups, duplicates=kept, notes=notes)


def _rows(data: Dataset, rows: NDArray[np.int64]) -> Dataset:
    """Return a data set of these rows, in ascending order; some columns are of the rows before the test set only."""
    values = {field.name: getattr(data, field.name) for field in fields(data)}
    chosen: dict[str, Any] = {
        name: value[rows[rows < len(value)]] for name, value in values.items() if isinstance(value, np.ndarray)
    }
    return replace(data, **chosen, test_rows=int((rows >= len(data.split_labels)).sum()))


def _held_out_together(groups: NDArray[np.int64] | None, first: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Return groups in which rows are that share a group or, as `first` says, their inputs; numbered as they occur."""
    inputs, code = np.unique(first, return_inverse=True)
    if len(inputs) == len(first):
        return groups
    if groups is None:
        return code.astype(np.int64)
    from scipy.sparse import coo_array  # type: ignore[import-untyped]
    from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

    own = np.unique(groups, return_inverse=True)[1]
    size = int(own.max()) + 1
    links = coo_array((np.ones(len(own)), (own, size + code)), shape=(size + len(inputs),) * 2)
    count, component = connected_components(links, directed=False)
    if count == size:  # no two groups share inputs
        return groups
    _, position, joined = np.unique(component[own], return_index=True, return_inverse=True)
    return np.argsort(np.argsort(position))[joined].astype(np.int64)
