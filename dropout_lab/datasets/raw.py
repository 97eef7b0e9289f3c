"""A table as it came: columns of numbers or of texts, what they mean still to be found."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["MISSING", "Raw", "RawTable", "is_missing", "raw_texts"]

MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "?"})
"""What stands for a missing value, in small letters."""


@dataclass(frozen=True)
class Raw:
    """One column.

    Attributes
    ----------
    name : str
    values : array of shape (rows,)
        float64, missing ones not a number; or int64, positions in `words`, missing ones -1.
    words : tuple of str or None
        Its different texts; None for a column of numbers.
    """

    name: str
    values: NDArray[np.float64] | NDArray[np.int64]
    words: tuple[str, ...] | None = None

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
    columns : tuple of Raw
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
    columns: tuple[Raw, ...]
    lines: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    format: str = ""
    notes: tuple[str, ...] = ()
    decimal: str = "."

    def place(self, row: int) -> str:
        """Return where a row is, counted from 0."""
        return f"{self.file}:{self.lines[row]}" if len(self.lines) else f"{self.file}, row {row + 1}"


def is_missing(text: str, more: frozenset[str]) -> bool:
    """Return whether a text, stripped, stands for a missing value."""
    return text.lower() in MISSING or text in more


def raw_texts(name: str, codes: NDArray[np.int64], words: list[str], more: frozenset[str]) -> Raw:
    """Return a column of texts, those that stand for a missing value taken out.

    Parameters
    ----------
    name : str
    codes : array of shape (rows,)
        Positions in `words`; -1 is missing already.
    words : list of str
        Stripped.
    more : set of str
        What stands for a missing value, too.
    """
    kept = [code for code, word in enumerate(words) if not is_missing(word, more)]
    new = np.full(len(words) + 1, -1, np.int64)  # the last entry is that of -1
    new[kept] = np.arange(len(kept))
    return Raw(name, new[codes], tuple(words[code] for code in kept))
