"""Which values stand for a missing value, and a table in which they are missing."""

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
    markers : sequence of str
        A number stands for all that are equal to it, a text for itself.
    not_missing : sequence of str
        Which of `MISSING` are values in columns of text. In a column of numbers they can be nothing else.
    """

    markers: Sequence[str] = ()
    not_missing: Sequence[str] = ()

    def apply(self, table: RawTable) -> RawTable:
        """Return the table with such values missing."""
        return replace(table, columns=tuple(self._apply(column, table.decimal) for column in table.columns))

    def _apply(self, column: RawColumn, decimal: str) -> RawColumn:
        numbers = [value for marker in self.markers if (value := _number(marker, decimal)) is not None]
        if column.categories is None:
            values = np.asarray(column.values, np.float64)
            numbers += [float(np.float32(value)) for value in numbers if abs(value) < 1e38]  # in single precision
            return replace(column, values=np.where(np.isin(values, numbers), np.nan, values)) if numbers else column
        usual = MISSING - {text.lower() for text in self.not_missing}
        unmarked = [text for text in column.categories if text not in self.markers]
        kept = [text for text in unmarked if text.lower() not in usual]
        if numbers:
            parsed = [number(text, decimal) for text in kept]
            if None not in parsed:  # a column of numbers, though it was read as text
                kept = [text for text, value in zip(kept, parsed, strict=True) if value not in numbers]
        codes = {text: code for code, text in enumerate(kept)}
        return RawColumn(
            column.name,
            column.map_categories((codes.get(text, -1) for text in column.categories), -1),
            tuple(kept),
            tuple(text for text in unmarked if text and text.lower() in usual),
        )


def _number(marker: str, decimal: str) -> float | None:
    """Return the number that a marker is, with either decimal sign: YAML's is a point."""
    value = number(marker, decimal)
    return number(marker) if value is None else value
