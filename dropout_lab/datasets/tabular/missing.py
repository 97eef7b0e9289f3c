"""What stands for a missing value, and a table without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dropout_lab.config.dataset import MISSING
from dropout_lab.datasets.tabular.cell_values import number
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable

__all__ = ["Missing"]


@dataclass(frozen=True)
class Missing:
    """What stands for a missing value, beside `MISSING`.

    Attributes
    ----------
    also : sequence of str
        Numbers stand for all that are equal, texts for themselves.
    not_so : sequence of str
        What of `MISSING` does not, among texts. In a column of numbers there is nothing else that it could be.
    """

    also: Sequence[str] = ()
    not_so: Sequence[str] = ()

    def out_of(self, table: RawTable) -> RawTable:
        """Return a table in which such values are missing."""
        return replace(table, columns=tuple(self._out_of(column, table.decimal) for column in table.columns))

    def _out_of(self, column: RawColumn, decimal: str) -> RawColumn:
        marks = [value for mark in self.also if (value := _value(mark, decimal)) is not None]
        if column.words is None:
            values = np.asarray(column.values, np.float64)
            marks += [float(np.float32(mark)) for mark in marks if abs(mark) < 1e38]  # in single precision
            return replace(column, values=np.where(np.isin(values, marks), np.nan, values)) if marks else column
        usual = MISSING - {word.lower() for word in self.not_so}
        left = [word for word in column.words if word.lower() not in usual and word not in self.also]
        if marks:
            numbers = [number(word, decimal) for word in left]
            if None not in numbers:  # a column of numbers, though it was read as texts
                left = [word for word, value in zip(left, numbers, strict=True) if value not in marks]
        places = {word: place for place, word in enumerate(left)}
        codes = np.array([*(places.get(word, -1) for word in column.words), -1], np.int64)  # the last is that of -1
        return RawColumn(
            column.name,
            codes[column.values.astype(np.int64)],
            tuple(left),
            tuple(word for word in column.words if word and word.lower() in usual and word not in self.also),
        )


def _value(mark: str, decimal: str) -> float | None:
    """Return the number that a mark is, with either decimal sign: YAML's is a point."""
    value = number(mark, decimal)
    return number(mark) if value is None else value
