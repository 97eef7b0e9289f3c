"""What a table's columns are: numbers, categories, or no inputs. Inferred from their values alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.encodings import Embedding, Encoding, Text
from dropout_lab.datasets.message_text import printable
from dropout_lab.datasets.named_inputs import NamedInput
from dropout_lab.datasets.tabular.notation import Notation
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.datasets.tabular.words import RESERVED

__all__ = [
    "MAX_MAGNITUDE",
    "MIN_COUNTED_ROWS",
    "ROW_NUMBER",
    "Column",
    "ExcludedColumn",
    "flush_tiny",
    "infer_column",
    "row_number_columns",
]

MAX_MAGNITUDE = 1e30
"""Of numbers: larger ones are not measurements, and their squares overflow."""

ROW_NUMBER = "an id: it numbers the rows"
"""Why a column is left out that counts the rows."""

_MIN_MAGNITUDE = 1e-30
MIN_COUNTED_ROWS = 10
"""Rows from which on consecutive whole numbers are taken for row numbers."""


@dataclass(frozen=True)
class Column:
    """A column that is an input.

    Attributes
    ----------
    name : str
    kind : str
        ``number``, ``category`` or ``text``.
    missing : int
        Rows without a value.
    categories : tuple of str
        In alphabetical order; the values of the column are indices into them. Empty for numbers; of a text column all
        different texts.
    inputs : int
        How many inputs of the network it becomes.
    span : tuple of float
        The smallest and the largest number; empty for categories.
    notation : Notation or None
        How its numbers are written in the file, if not as usual.
    encoding : Encoding or None
        What the config says of a column that is neither one-hot encoded nor a number.
    """

    name: str
    kind: Literal["number", "category", "text"]
    missing: int = 0
    categories: tuple[str, ...] = ()
    inputs: int = 1
    span: tuple[float, ...] = ()
    notation: Notation | None = None
    encoding: Encoding | None = None

    def encoded(self, encoding: Encoding) -> Column:
        """Return the column with an encoding of indices."""
        if isinstance(encoding, Text):
            return replace(self, kind="text", inputs=encoding.length, encoding=encoding)
        return replace(self, inputs=1, encoding=encoding)

    def named_input(self) -> NamedInput | None:
        """Return what its indices are to a network; None if it is among the numbers."""
        if isinstance(self.encoding, Text):
            return NamedInput(self.name, (self.encoding.length,), self.encoding.words)
        if isinstance(self.encoding, Embedding):
            count = len(self.categories)
            return NamedInput(self.name, (), RESERVED + count, self.encoding.size_for(count))
        return None


@dataclass(frozen=True)
class ExcludedColumn:
    """A column that is not an input, and the reason."""

    name: str
    reason: str


def infer_column(
    raw: RawColumn, keep: bool, most_categories: int
) -> tuple[Column, NDArray[np.float64]] | ExcludedColumn:
    """Infer what a column is.

    Parameters
    ----------
    raw : RawColumn
    keep : bool
        Whether it is an input even if it looks like an id.
    most_categories : int
        Inputs that a category has at most.

    Returns
    -------
    Column and array of shape (rows,), or ExcludedColumn
        Its values: numbers or indices into the categories, NaN where missing.
    """
    present = raw.values[raw.present]
    missing = len(raw.values) - len(present)
    if not len(present):
        return ExcludedColumn(raw.name, "empty")
    if (present == present[0]).all():
        value = printable(raw.categories[int(present[0])]) if raw.categories is not None else f"{present[0]:g}"
        return ExcludedColumn(raw.name, f"the same in every row{' that has it' if missing else ''}: {value}")
    if raw.categories is None:
        if not keep and _is_row_number(present):
            return ExcludedColumn(raw.name, ROW_NUMBER)
        span = float(present.min()), float(present.max())
        return Column(raw.name, "number", missing, span=span), flush_tiny(raw.values)
    column = raw.sorted_categories()
    categories = column.categories or ()
    if not keep and len(categories) == len(present):
        return ExcludedColumn(raw.name, "an id: a different text in every row")
    inputs = min(len(categories), most_categories)
    values = np.where(column.present, column.values, np.nan)
    return Column(raw.name, "category", missing, categories, inputs), values


def row_number_columns(raw: RawTable) -> frozenset[str]:
    """Return the names of the columns that number the rows of a file, with and without a target.

    A test file may number its rows anew.
    """
    columns = (replace(column, values=column.values[: raw.train_rows]) for column in raw.columns)
    return frozenset(
        column.name for column in columns if column.categories is None and _is_row_number(column.values[column.present])
    )


def flush_tiny(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return numbers with 0 for those so small that their squares underflow."""
    return np.where(np.abs(values) < _MIN_MAGNITUDE, 0.0, values)


def _is_row_number(present: NDArray[np.float64] | NDArray[np.int64]) -> bool:
    """Return whether these are consecutive whole numbers, each once: 1 to 500 in any order."""
    if len(present) < MIN_COUNTED_ROWS or present.max() - present.min() != len(present) - 1:
        return False
    return bool((np.diff(np.sort(present)) == 1).all())
