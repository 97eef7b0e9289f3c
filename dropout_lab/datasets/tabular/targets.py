"""What is to be predicted: a column -> classes or numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dropout_lab.datasets.message_text import join_names, printable
from dropout_lab.datasets.tabular.cell_values import is_missing, number
from dropout_lab.datasets.tabular.column_types import MAX_MAGNITUDE
from dropout_lab.datasets.tabular.notation import NumberStyle
from dropout_lab.datasets.tabular.raw_table import RawColumn
from dropout_lab.datasets.tabular.text_numbers import TextNumbers, find_doubtful, find_numbers

__all__ = ["MAX_CLASSES", "Target", "infer_target"]

MAX_CLASSES = 1000
"""The most that a classifier has."""

_FEW_CLASSES, _MANY_CLASSES, _ROWS_PER_CLASS = 10, 100, 5


@dataclass(frozen=True)
class Target:
    """The target of each row.

    Attributes
    ----------
    labels : array of shape (rows,), int64
        Indices into `classes`, -1 where missing; 0 where numbers are to be predicted.
    classes : tuple of str
        Numbers in ascending, texts in alphabetical order.
    values : array of shape (rows,), float64, or None
        The numbers that are to be predicted, NaN where missing.
    problem : str
        Why it cannot be predicted; empty if it can.
    text : TextNumbers or None
        What numbers were found in a target of text, if it is to be a number: the cells that are none are in the way.
    doubtful : str
        Of numbers to predict: as in `RawColumn`.
    """

    labels: NDArray[np.int64]
    classes: tuple[str, ...] = ()
    values: NDArray[np.float64] | None = None
    problem: str = ""
    text: TextNumbers | None = None
    doubtful: str = ""

    @property
    def present(self) -> NDArray[np.bool_]:
        """Which rows have a target, of shape (rows,)."""
        return self.labels >= 0 if self.values is None else ~np.isnan(self.values)

    def numbers(self, name: str, rows: NDArray[np.int64]) -> list[RawColumn]:
        """Return these rows as a column of numbers, also where they are classes; none if these have other names."""
        if self.values is not None:
            return [RawColumn(name, self.values[rows])]
        numbers = [number(text) for text in self.classes]
        return [] if None in numbers else [RawColumn(name, np.array(numbers, np.float64)[self.labels[rows]])]


def infer_target(column: RawColumn, task: str | None, style: NumberStyle, is_text: bool) -> Target:
    """Read a target for classification or regression; if `task` is None, its values decide: see `_is_continuous`.

    Parameters
    ----------
    column : RawColumn
    task : str or None
    style : NumberStyle
        Of the file.
    is_text : bool
        Whether the file is a text file, in which numbers have many notations.
    """
    numbers, text = _numbers(column, style), None
    if numbers is None and is_text and task != "classification":
        text = find_numbers(column, style)
        wanted = task == "regression" or _is_continuous(text.values)
        text = text if wanted and (text.is_numbers or text.is_mostly_numbers or task == "regression") else None
        numbers = None if text is None or np.isnan(text.values).all() else text.values
    if task == "regression" and numbers is None:
        texts = [text for text in column.categories or () if style.number(text) is None]
        problem = f"contains text ({join_names(texts, 3)}): dataset.task: regression needs numbers"
        return Target(np.where(column.present, 0, -1), problem=problem if texts else "has no value")
    if numbers is not None and (task == "regression" or (task is None and _is_continuous(numbers))):
        doubtful = text.doubtful if text else find_doubtful(column, style) if is_text else ""
        return Target(np.zeros(len(numbers), np.int64), (), numbers, _number_problem(numbers), text, doubtful)
    classes = column.sorted_categories() if numbers is None else RawColumn(column.name, numbers).as_category()
    labels, names = classes.values.astype(np.int64), classes.categories or ()
    return Target(labels, names, problem=_class_problem(names))


def _numbers(column: RawColumn, style: NumberStyle) -> NDArray[np.float64] | None:
    """Return a column's values as numbers, NaN where missing; None if any is text."""
    if column.categories is None:
        return np.asarray(column.values, np.float64)
    numbers = [None if is_missing(text) else style.number(text) for text in column.categories]
    if not numbers or None in numbers:
        return None
    return column.map_categories(numbers, np.nan).astype(np.float64)


def _is_continuous(numbers: NDArray[np.float64]) -> bool:
    """Return whether numbers measure something rather than name classes.

    They do if one of them is not whole, if more than 100 are distinct, or if more than 10 are and have fewer than five
    rows each on average.
    """
    present = numbers[~np.isnan(numbers)]
    distinct = len(np.unique(present))
    whole = bool((present == np.floor(present)).all())
    return (
        not whole or distinct > _MANY_CLASSES or (distinct > _FEW_CLASSES and distinct * _ROWS_PER_CLASS > len(present))
    )


def _number_problem(numbers: NDArray[np.float64]) -> str:
    present = numbers[~np.isnan(numbers)]
    if not len(present):
        return "has no value in any row"
    if (present == present[0]).all() and abs(present[0]) <= MAX_MAGNITUDE:
        return f"is {present[0]:g} in every row that has it: there is nothing to predict"
    return ""


def _class_problem(names: tuple[str, ...]) -> str:
    if not names:
        return "has no value in any row"
    if len(names) == 1:
        return f"is {printable(names[0])} in every row that has it: there is nothing to classify"
    if len(names) > MAX_CLASSES:
        return f"has {len(names):,} distinct values, but a classifier has at most {MAX_CLASSES:,} classes"
    return ""
