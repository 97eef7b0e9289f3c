"""A table as it was read: columns of numbers or of text, whose meaning is still to be inferred."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from dropout_lab.datasets.message_text import number_label
from dropout_lab.datasets.tabular.notation import NumberStyle

__all__ = ["RawColumn", "RawTable"]


@dataclass(frozen=True)
class RawColumn:
    """One column.

    Attributes
    ----------
    name : str
    values : array of shape (rows,)
        float64, NaN where missing; or int64, indices into `categories`, -1 where missing.
    categories : tuple of str or None
        Its distinct texts; None for a column of numbers.
    assumed_missing : tuple of str
        Texts that were taken for missing values though the config does not say so.
    doubtful : str
        Of numbers: a cell whose point, read as a decimal sign, may separate thousands; usually empty.
    padded : str
        Of whole numbers: a cell that begins with zeros, like a code; usually empty.
    """

    name: str
    values: NDArray[np.float64] | NDArray[np.int64]
    categories: tuple[str, ...] | None = None
    assumed_missing: tuple[str, ...] = ()
    doubtful: str = ""
    padded: str = ""

    @classmethod
    def from_values(cls, name: str, values: Iterable[Any]) -> Self:
        """Return values of any type as a column of text, None as missing."""
        codes: dict[str, int] = {}
        indices = [-1 if value is None else codes.setdefault(str(value).strip(), len(codes)) for value in values]
        return cls(name, np.array(indices, np.int64), tuple(codes))

    @property
    def present(self) -> NDArray[np.bool_]:
        """Which rows have a value, of shape (rows,)."""
        return ~np.isnan(self.values) if self.categories is None else self.values >= 0

    def rows(self, rows: NDArray[np.int64]) -> Self:
        """Return the column with these rows only."""
        return self if len(rows) == len(self.values) else replace(self, values=self.values[rows])

    def counts(self) -> NDArray[np.int64]:
        """Return how many rows have each text, of shape (categories,)."""
        return np.bincount(self.values[self.present].astype(np.int64), minlength=len(self.categories or ()))

    def map_categories(self, values: Iterable[Any], missing: Any) -> NDArray[Any]:
        """Return an array of shape (rows,): each row's category replaced by its value, of `values` in their order."""
        return np.array([*values, missing])[self.values.astype(np.int64)]  # -1 is the last

    def as_category(self) -> Self:
        """Return a column of numbers as one of text, a category for each distinct number, in ascending order."""
        if self.categories is not None:
            return self
        numbers, codes = np.unique(self.values[self.present], return_inverse=True)
        values = np.full(len(self.values), -1, np.int64)
        values[self.present] = codes
        return replace(self, values=values, categories=tuple(map(number_label, numbers)))

    def sorted_categories(self) -> Self:
        """Return a column of text with the categories that occur in it only, in alphabetical order."""
        categories = self.categories or ()
        used = sorted((categories[code], code) for code in np.unique(self.values[self.present]).tolist())
        ranks = {code: rank for rank, (_, code) in enumerate(used)}
        values = self.map_categories((ranks.get(code, -1) for code in range(len(categories))), -1)
        return replace(self, values=values, categories=tuple(category for category, _ in used))


@dataclass(frozen=True)
class RawTable:
    """Columns of equal length.

    Attributes
    ----------
    file : str
        Its name in messages.
    columns : tuple of RawColumn
    lines : array of shape (rows,), int64
        The line of the file in which each row ends, counted from 1; empty where a file has no lines.
    format : str
        How the file was read, in words.
    notes : tuple of str
        What the user should know about how it was read.
    style : NumberStyle
        Of numbers in its text.
    header : bool
        Whether the file names its columns.
    test_file : str
        The name, in messages, of the file that the last rows are from; empty if they are from the same.
    test_rows : int
        How many rows that are.
    """

    file: str
    columns: tuple[RawColumn, ...]
    lines: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    format: str = ""
    notes: tuple[str, ...] = ()
    style: NumberStyle = field(default_factory=NumberStyle)
    header: bool = True
    test_file: str = ""
    test_rows: int = 0

    def rows(self, rows: NDArray[np.int64]) -> Self:
        """Return the table with these rows only."""
        lines = self.lines[rows] if len(self.lines) else self.lines
        test_rows = int((rows >= self.train_rows).sum())
        columns = tuple(column.rows(rows) for column in self.columns)
        return replace(self, columns=columns, lines=lines, test_rows=test_rows)

    @property
    def train_rows(self) -> int:
        """How many of the first rows are from the file itself."""
        return len(self.columns[0].values) - self.test_rows

    @property
    def is_text(self) -> bool:
        """Whether it was read from a text file, in which numbers have many notations."""
        return len(self.lines) > 0

    def location(self, row: int) -> str:
        """Return where a row is, counted from 0: file and line."""
        of_test = row >= self.train_rows
        file, number = (self.test_file, row - self.train_rows) if of_test else (self.file, row)
        return f"{file}:{self.lines[row]}" if len(self.lines) else f"{file}, row {number + 1}"
