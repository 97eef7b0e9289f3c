"""What a table's columns are: numbers, categories, or no inputs at all. Decided from their values alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dropout_lab.datasets.message_text import join_names, number_label, printable
from dropout_lab.datasets.tabular.cell_values import is_grouped, number
from dropout_lab.datasets.tabular.raw_table import RawColumn

__all__ = ["LARGEST", "Column", "ExcludedColumn", "as_category", "as_column", "hint", "without_dust"]

LARGEST = 1e30
"""Of numbers, in size: larger ones are no measurements, and their squares no numbers."""

_SMALLEST = 1e-30
_FEWEST = 10
"""Rows from which on whole numbers without a gap are taken for a count of the rows."""


@dataclass(frozen=True)
class Column:
    """A column that is an input.

    Attributes
    ----------
    name : str
    kind : str
        ``number`` or ``category``.
    missing : int
        Rows without a value.
    words : tuple of str
        A category's texts, in alphabetical order; its values are positions in them.
    inputs : int
        How many of the net's inputs it becomes.
    span : tuple of float
        The smallest and the largest of its numbers.
    """

    name: str
    kind: Literal["number", "category"]
    missing: int = 0
    words: tuple[str, ...] = ()
    inputs: int = 1
    span: tuple[float, ...] = ()


@dataclass(frozen=True)
class ExcludedColumn:
    """A column that is no input, and why."""

    name: str
    why: str


def as_column(raw: RawColumn, keep: bool, most: int) -> tuple[Column, NDArray[np.float64]] | ExcludedColumn:
    """Find what a column is.

    Parameters
    ----------
    raw : RawColumn
    keep : bool
        Whether it is an input though it looks like an id.
    most : int
        Inputs that a category has at most.

    Returns
    -------
    Column and array of shape (rows,), or ExcludedColumn
        Its values, missing ones not a number.
    """
    present = raw.values[raw.present]
    missing = len(raw.values) - len(present)
    if not len(present):
        return ExcludedColumn(raw.name, "empty")
    if (present == present[0]).all():
        same = printable(raw.words[int(present[0])]) if raw.words is not None else f"{present[0]:g}"
        return ExcludedColumn(raw.name, f"the same in every row{' that has it' if missing else ''}: {same}")
    if raw.words is None:
        if not keep and _counts_rows(present):
            return ExcludedColumn(raw.name, "an id: it numbers the rows")
        values = without_dust(raw.values)
        span = float(present.min()), float(present.max())
        return Column(raw.name, "number", missing, span=span), values
    codes, words = _sorted(raw, np.unique(present))
    if not keep and len(words) == len(present):
        return ExcludedColumn(raw.name, "an id: another text in every row")
    return Column(raw.name, "category", missing, words, min(len(words), most)), codes


def without_dust(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return numbers, 0 for those so small that their squares are none."""
    return np.where(np.abs(values) < _SMALLEST, 0.0, values)


def as_category(raw: RawColumn) -> RawColumn:
    """Return a column of numbers as one of texts: each different number is one."""
    if raw.words is not None:
        return raw
    known, codes = np.unique(raw.values[raw.present], return_inverse=True)
    values = np.full(len(raw.values), -1, np.int64)
    values[raw.present] = codes
    return RawColumn(raw.name, values, tuple(number_label(each) for each in known))


def hint(raw: RawColumn, column: Column, most: int, decimal: str) -> str:
    """Return what a user should be told of a column that is an input; mostly nothing."""
    present = raw.values[raw.present]
    if column.kind == "number":
        whole = len(present) >= _FEWEST and (present == np.floor(present)).all()
        if whole and len(np.unique(present)) == len(present):
            return "another whole number in every row: if it is an id, it must not be learnt from: add it to drop"
        return ""
    counts = np.bincount(present.astype(np.int64), minlength=len(raw.words or ()))
    numeric = np.array([number(word, decimal) is not None for word in raw.words or ()])
    share = counts[numeric].sum() / counts.sum()
    odd = [word for word, each in zip(raw.words or (), numeric, strict=True) if not each]
    if 0.5 <= share < 1 and not all(map(is_grouped, odd)):  # of which the reader of the file tells
        return (
            f"{share:.0%} of it are numbers, and the rest texts ({join_names(odd, 3)}), so it is a category: "
            "if the texts stand for missing values, add them to missing"
        )
    if len(column.words) > most:
        return (
            f"{len(column.words):,} different texts: the {most - 1} most frequent ones of the training rows have an "
            "input each, all others share one; most_categories changes that"
        )
    return ""


def _counts_rows(present: NDArray[np.float64] | NDArray[np.int64]) -> bool:
    """Return whether these are whole numbers without a gap, each once: 1 to 500 in any order."""
    if len(present) < _FEWEST or present.max() - present.min() != len(present) - 1:
        return False
    return bool((np.diff(np.sort(present)) == 1).all())


def _sorted(raw: RawColumn, used: NDArray[Any]) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return codes in the alphabetical order of the words that are used, missing ones not a number; and these words."""
    words = [(raw.words or ())[int(code)] for code in used]
    order = sorted(range(len(words)), key=words.__getitem__)
    places = np.full(len(raw.words or ()) + 1, np.nan)  # the last entry is that of -1
    places[used.astype(np.int64)[order]] = np.arange(len(order))
    return places[raw.values.astype(np.int64)], tuple(words[each] for each in order)
