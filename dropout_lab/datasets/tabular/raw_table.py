"""A table as it came: columns of numbers or of texts, what they mean still to be found."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["RawColumn", "RawTable"]


@dataclass(frozen=True)
class RawColumn:
    """One column.

    Attributes
    ----------
    name : str
    values : array of shape (rows,)
        float64, missing ones not a number; or int64, positions in `words`, missing ones -1.
    words : tuple of str or None
        Its different texts; None for a column of numbers.
    taken : tuple of str
        Texts that were taken for missing values though nobody said that they are.
    """

    name: str
    values: NDArray[np.float64] | NDArray[np.int64]
    words: tuple[str, ...] | None = None
    taken: tuple[str, ...] = ()

    @property
    def present(self) -> NDArray[np.bool_]:
        """Which rows have a value."""
        return ~np.isnan(self.values) if self.words is None else self.values >= 0


@dataclass(frozen=True)
class RawTable:
    """Columns of equal length.

    Attributes
    ----------
    file : str
        What to call it in messages.
    columns : tuple of RawColumn
    lines : array of shape (rows,), int64
        In which line of the file a row ends, counted from 1; empty where a file has no lines.
    format : str
        How the file was read, in words.
    notes : tuple of str
        What the user should be told of how it was read.
    decimal : str
        The decimal sign of numbers in its texts.
    """

    file: str
    columns: tuple[RawColumn, ...]
    lines: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    format: str = ""
    notes: tuple[str, ...] = ()
    decimal: str = "."

    def place(self, row: int) -> str:
        """Return where a row is, counted from 0."""
        return f"{self.file}:{self.lines[row]}" if len(self.lines) else f"{self.file}, row {row + 1}"
