"""A data set in memory."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropout_lab.datasets.duplicates import Duplicates
from dropout_lab.datasets.roles import Roles
from dropout_lab.datasets.tabular.table import Table
from dropout_lab.datasets.windows import Windows

__all__ = ["VALIDATION", "Dataset", "checksum"]

_CHUNK_ROWS = 1000

VALIDATION = -2
"""In `Dataset.test_fold`: a row that is neither trained on nor held out."""


@dataclass(frozen=True)
class Dataset:
    """Rows to learn from, and what is to be predicted from them.

    Attributes
    ----------
    name : str
    features : array of shape (rows, inputs), or (rows of the table, columns)
        float64, or uint8 for pictures; of arrays of the user's own any numbers, perhaps mapped from their file.
    labels : array of shape (rows,), int64
        Indices into `classes`.
    classes : tuple of str
    source : str
        Where the rows come from, and whether they are known to be the published ones.
    shape : tuple of int
        Of one row's inputs in C order: ``(height, width, channels)`` of a picture, ``(steps, features)`` of a sequence;
        empty for a row of a table.
    test_rows : int
        How many of the last rows are the official test set; 0 if there is none.
    note : str
        What must be shown with every result from these rows; usually empty.
    table : Table or None
        The columns of a user's table, whose features are still to be encoded (see `encoding`): categories are indices,
        missing values NaN.
    groups : array of shape (rows,), int64, or None
        Rows of one group are held out together.
    test_fold : array of shape (rows outside the official test set,), int64, or None
        The fold that holds each row out, as of scikit-learn's ``PredefinedSplit``: -1 where none does, `VALIDATION` for
        rows that are for early stopping only.
    time : array of shape (rows outside the official test set,), int64, or None
        When each row was: a larger number for a later one, equal where they were at one time.
    values : array of shape (rows,), float64, or None
        The numbers to predict in regression, in their own unit; all `labels` are then 0, and `classes` is empty.
    duplicates : Duplicates or None
        The rows of the user's own data that have equal inputs; None if there are none.
    own_groups : array of shape (rows,), int64, or None
        Where there are such rows, `groups` without regard to them.
    roles : Roles or None
        What the user's own data call their target and so on; None for a built-in data set.
    notes : tuple of str
        What the user should know of how their own data were read.
    windows : Windows or None
        Where each row is a window of rows of a table, the index of these in `features`; everything else is by window.
    """

    name: str
    features: NDArray[Any]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    source: str
    shape: tuple[int, ...] = ()
    test_rows: int = 0
    note: str = ""
    table: Table | None = None
    groups: NDArray[np.int64] | None = None
    values: NDArray[np.float64] | None = None
    test_fold: NDArray[np.int64] | None = None
    time: NDArray[np.int64] | None = None
    duplicates: Duplicates | None = None
    own_groups: NDArray[np.int64] | None = None
    roles: Roles | None = None
    notes: tuple[str, ...] = ()
    windows: Windows | None = None

    def __post_init__(self) -> None:
        if self.shape and math.prod(self.shape) != self.inputs:
            raise ValueError(f"{self.name}: rows of {self.inputs} inputs cannot be of shape {self.shape}")

    @property
    def row(self) -> tuple[int, ...]:
        """The shape of one row's inputs, in a table their number; a `RowShape` where some are indices."""
        return self.shape or (self.table.row if self.table else (self.inputs,))

    @property
    def channels(self) -> int | None:
        """The size of the last axis of the user's own arrays, along which inputs are scaled; None: each by itself.

        A feature is scaled alike at every step of a sequence, a channel at every pixel of a picture.
        """
        return self.shape[-1] if self.shape and self.roles is not None else None

    @property
    def task(self) -> str:
        """``regression`` where numbers are to be predicted, else ``classification``."""
        return "classification" if self.values is None else "regression"

    @property
    def inputs(self) -> int:
        """How many inputs of a network a row becomes; a window, at all its steps."""
        columns = self.table.inputs if self.table else self.features.shape[1]
        return columns * self.windows.length if self.windows else columns

    @property
    def grouped_by_inputs(self) -> bool:
        """Whether rows are held out together for nothing but their equal inputs."""
        return self.groups is not None and self.roles is not None and not self.roles.group

    @property
    def split_labels(self) -> NDArray[np.int64]:
        """The labels of the rows outside the official test set, which folds are made of; of shape (rows,)."""
        return self.labels[: len(self.labels) - self.test_rows]

    @property
    def split_folds(self) -> NDArray[np.int64]:
        """The folds of these rows; without a column for them, no fold holds any of them out."""
        return np.full(len(self.split_labels), -1) if self.test_fold is None else self.test_fold

    @property
    def split_groups(self) -> NDArray[np.int64] | None:
        """The groups of the same rows."""
        return None if self.groups is None else self.groups[: len(self.labels) - self.test_rows]


def checksum(data: Dataset) -> str:
    """Return the SHA-256 of a data set's values, labels and class names (not of the file they come from)."""
    digest = hashlib.sha256()
    digest.update(repr((data.features.shape, data.classes)).encode())
    values = "u1" if data.features.dtype == np.uint8 else "<f8"
    for start in range(0, len(data.features), _CHUNK_ROWS):  # in another type they may take many times the memory
        digest.update(np.ascontiguousarray(data.features[start : start + _CHUNK_ROWS], dtype=values).data)
    digest.update(np.ascontiguousarray(data.labels, dtype="<i8").data)
    if data.channels is not None:
        digest.update(repr(data.shape).encode())
    if data.table is not None:
        columns = [(column.name, column.kind, column.categories, column.inputs) for column in data.table.columns]
        digest.update(repr(columns).encode())
        digest.update("".join(map(repr, filter(None, (column.encoding for column in data.table.columns)))).encode())
    if data.groups is not None:
        digest.update(np.ascontiguousarray(data.groups, dtype="<i8").data)
    if data.roles is not None and data.test_rows:
        digest.update(f"test {data.test_rows}".encode())
    for key, rows in (("fold", data.test_fold), ("time", data.time)):
        if rows is not None:
            digest.update(key.encode())
            digest.update(np.ascontiguousarray(rows, dtype="<i8").data)
    if data.windows is not None:
        digest.update(repr((data.windows.length, data.windows.horizon)).encode())
        digest.update(np.ascontiguousarray([data.windows.first, data.windows.begin], dtype="<i8").data)
    if data.values is not None:
        digest.update(np.ascontiguousarray(data.values, dtype="<f8").data)
    return digest.hexdigest()
