"""Values that stand for a missing value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dropout_lab.config.dataset import MISSING
from dropout_lab.datasets.tabular.cell_values import number
from dropout_lab.datasets.tabular.notation import NumberStyle
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable

__all__ = ["mark_missing", "mark_numbers"]


def mark_missing(table: RawTable, markers: Sequence[str] = (), not_missing: Sequence[str] = ()) -> RawTable:
    """Return a table in which the values that stand for a missing one are missing.

    Parameters
    ----------
    table : RawTable
    markers : sequence of str
        What stands for a missing value, besides `MISSING`: a number for all that are equal to it, a text for itself.
    not_missing : sequence of str
        Which of `MISSING` are values in columns of text. In a column of numbers they can be nothing else.
    """
    usual = MISSING - {text.lower() for text in not_missing}
    numbers = _numbers(markers, table.style)

    def mark(column: RawColumn) -> RawColumn:
        if column.categories is None:
            return _mark_numbers(column, numbers)
        unmarked = [text for text in column.categories if text not in markers]
        kept = [text for text in unmarked if text.lower() not in usual]
        if numbers:
            parsed = [table.style.number(text) for text in kept]
            if None not in parsed:  # a column of numbers, though it was read as text
                kept = [text for text, value in zip(kept, parsed, strict=True) if value not in numbers]
        codes = {text: code for code, text in enumerate(kept)}
        return RawColumn(
            column.name,
            column.map_categories((codes.get(text, -1) for text in column.categories), -1),
            tuple(kept),
            tuple(text for text in unmarked if text and text.lower() in usual),
        )

    return replace(table, columns=tuple(map(mark, table.columns)))


def mark_numbers(column: RawColumn, markers: Sequence[str], style: NumberStyle) -> RawColumn:
    """Return a column of numbers in which those that are equal to a marker are missing."""
    return _mark_numbers(column, _numbers(markers, style))


def _mark_numbers(column: RawColumn, markers: Sequence[float]) -> RawColumn:
    if not markers:
        return column
    values = np.asarray(column.values, np.float64)
    single_precision = [float(np.float32(value)) for value in markers if abs(value) < 1e38]
    return replace(column, values=np.where(np.isin(values, [*markers, *single_precision]), np.nan, values))


def _numbers(markers: Sequence[str], style: NumberStyle) -> list[float]:
    return [value for marker in markers if (value := _number(marker, style)) is not None]


def _number(marker: str, style: NumberStyle) -> float | None:
    """Return the number that a marker is, with either decimal sign: YAML's is a point."""
    value = style.number(marker)
    return number(marker) if value is None else value
