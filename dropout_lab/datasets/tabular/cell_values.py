"""The text of a cell -> a number."""

from __future__ import annotations

import re

from dropout_lab.config.dataset import MISSING

__all__ = ["has_odd", "is_grouped", "is_missing", "number"]

_ODD = re.compile(r"[^\x00-\x7f]|_")
_GROUPED = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")


def has_odd(text: str) -> bool:
    """Return whether a text has characters in numbers that only Python accepts: ``1_000``, digits of other scripts."""
    return _ODD.search(text) is not None


def is_grouped(text: str) -> bool:
    """Return whether a text could be a number whose commas separate thousands."""
    return _GROUPED.fullmatch(text) is not None


def is_missing(text: str, missing: frozenset[str] = frozenset()) -> bool:
    """Return whether a stripped text is a missing value in a column of numbers, `missing` beside the usual ones."""
    return text.lower() in MISSING or text in missing


def number(cell: str, decimal: str = ".", missing: frozenset[str] = frozenset()) -> float | None:
    """Return the number in a cell, NaN if it is missing; None if it is something else."""
    text = cell.strip()
    if is_missing(text, missing):
        return float("nan")
    if has_odd(text) or (decimal == "," and "." in text):
        return None
    try:
        return float(text.replace(",", ".") if decimal == "," else text)
    except ValueError:
        return None
