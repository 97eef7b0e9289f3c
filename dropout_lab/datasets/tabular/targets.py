"""What is to be predicted: a column -> classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dropout_lab.datasets.message_text import number_label, printable
from dropout_lab.datasets.tabular.cell_values import is_missing, number
from dropout_lab.datasets.tabular.raw_table import RawColumn

__all__ = ["classes_of", "looks_continuous", "numbers_of"]

_MOST_CLASSES = 1000
_FEW, _MANY, _ROWS_EACH = 10, 100, 5


def numbers_of(raw: RawColumn, decimal: str) -> NDArray[np.float64] | None:
    """Return a column's values as numbers, missing ones not a number; None if one is a text."""
    if raw.words is None:
        return np.asarray(raw.values, np.float64)
    found = [None if is_missing(word) else number(word, decimal) for word in raw.words]
    if not found or any(each is None for each in found):
        return None
    return np.array([*found, np.nan], np.float64)[raw.values.astype(np.int64)]


def looks_continuous(numbers: NDArray[np.float64]) -> bool:
    """Return whether numbers measure something rather than name classes.

    They do if one of them is not whole, if there are more than 100 different ones, or more than 10 with fewer than
    five rows each on average.
    """
    present = numbers[~np.isnan(numbers)]
    different = len(np.unique(present))
    whole = bool((present == np.floor(present)).all())
    return not whole or different > _MANY or (different > _FEW and different * _ROWS_EACH > len(present))


def classes_of(raw: RawColumn, decimal: str) -> tuple[NDArray[np.int64], tuple[str, ...], str]:
    """Return class codes, missing ones -1, the classes' names, and what is wrong; empty if nothing is.

    Numbers are classes in their order, texts in alphabetical order.
    """
    numbers = numbers_of(raw, decimal)
    if numbers is not None:
        present = ~np.isnan(numbers)
        known, found = np.unique(numbers[present], return_inverse=True)
        codes = np.full(len(numbers), -1, np.int64)
        codes[present] = found
        names = tuple(number_label(each) for each in known)
    else:
        words = raw.words or ()
        used = np.unique(raw.values[raw.present]).astype(np.int64)
        order = sorted(used.tolist(), key=words.__getitem__)
        places = np.full(len(words) + 1, -1, np.int64)
        places[order] = np.arange(len(order))
        codes, names = places[raw.values.astype(np.int64)], tuple(words[each] for each in order)
    return codes, names, _problem(names)


def _problem(names: tuple[str, ...]) -> str:
    if not names:
        return "has no value in any row"
    if len(names) == 1:
        return f"is {printable(names[0])} in every row that has it: there is nothing to tell apart"
    if len(names) > _MOST_CLASSES:
        return f"has {len(names):,} different values: at most {_MOST_CLASSES:,} classes can be told apart"
    return ""
