"""A data set in memory."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dropout_lab.datasets.tabular.table import Table

__all__ = ["Dataset", "checksum"]


@dataclass(frozen=True)
class Dataset:
    """Rows to learn from.

    Attributes
    ----------
    name : str
    features : array of shape (rows, inputs), float64, or uint8 for pictures
    labels : array of shape (rows,), int64
        Class codes: positions in `classes`.
    classes : tuple of str
    source : str
        Where the rows came from, and whether they are known to be the published ones.
    shape : tuple of int
        What one row's inputs are in C order: ``(height, width, channels)`` of a picture; empty for a table's row.
    test_rows : int
        How many of the last rows are the data set's official test set; 0 if it has none.
    note : str
        What must be said wherever results from these rows are shown; mostly empty.
    table : Table or None
        What the columns of the user's own table are, whose features have yet to be encoded (see `encoding`): categories
        are positions in their words, missing values not a number.
    groups : array of shape (rows,), int64, or None
        Rows of one group are held out together.
    values : array of shape (rows,), float64, or None
        The numbers that are to be predicted, in their own unit, if that is no class: all `labels` are then 0, and
        there are no `classes`.
    """

    name: str
    features: NDArray[np.float64 | np.uint8]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    source: str
    shape: tuple[int, ...] = ()
    test_rows: int = 0
    note: str = ""
    table: Table | None = None
    groups: NDArray[np.int64] | None = None
    values: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        if self.shape and math.prod(self.shape) != self.features.shape[1]:
            raise ValueError(f"{self.name}: rows of {self.features.shape[1]} inputs cannot be pictures of {self.shape}")

    @property
    def row(self) -> tuple[int, ...]:
        """What one row's inputs are: `shape`, or their number in a table."""
        return self.shape or (self.inputs,)

    @property
    def task(self) -> str:
        """``regression`` where numbers are to be predicted, else ``classification``."""
        return "classification" if self.values is None else "regression"

    @property
    def inputs(self) -> int:
        """How many numbers of a row go into a net."""
        return self.table.inputs if self.table else self.features.shape[1]


def checksum(data: Dataset) -> str:
    """Return the SHA-256 of a data set's values, labels and class names (not of the file they came in)."""
    digest = hashlib.sha256()
    digest.update(repr((data.features.shape, data.classes)).encode())
    values = "u1" if data.features.dtype == np.uint8 else "<f8"
    digest.update(np.ascontiguousarray(data.features, dtype=values).data)
    digest.update(np.ascontiguousarray(data.labels, dtype="<i8").data)
    if data.table is not None:
        columns = [(column.name, column.kind, column.categories, column.inputs) for column in data.table.columns]
        digest.update(repr(columns).encode())
    if data.groups is not None:
        digest.update(np.ascontiguousarray(data.groups, dtype="<i8").data)
    if data.values is not None:
        digest.update(np.ascontiguousarray(data.values, dtype="<f8").data)
    return digest.hexdigest()
