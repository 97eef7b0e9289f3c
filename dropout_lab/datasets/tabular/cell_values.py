"""The text of a cell -> a number."""

from __future__ import annotations

import re

from dropout_lab.config.dataset import MISSING

__all__ = ["has_odd", "is_grouped", "is_missing", "number"]

_ODD = re.compile(r"[^\x00-\x7f]|_")  # what Python takes for parts of numbers, and people do not
_GROUPED = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")


def has_odd(text: str) -> bool:
    """Return whether a text has what is part of no number."""
    return _ODD.search(text) is not None


def is_grouped(text: str) -> bool:
    """Return whether a text could be a number whose thousands are set apart by commas."""
    return _GROUPED.fullmatch(text) is not None


def is_missing(text: str, more: frozenset[str] = frozenset()) -> bool:
    """Return whether a text, stripped, stands for a missing value in a column of numbers."""
    return text.lower() in MISSING or text in more


def number(cell: str, decimal: str = ".", missing: frozenset[str] = frozenset()) -> float | None:
    """Return the number that a cell holds, not a number if it is missing; None if it holds something else."""
    text = cell.strip()
    if is_missing(text, missing):
        return float("nan")
    if has_odd(text) or (decimal == "," and "." in text):
        return None
    try:
        return float(text.replace(",", ".") if decimal == "," else text)
    except ValueError:
        return None
