"""Texts of a user's file as they stand in a message: printable, and not too long."""

from __future__ import annotations

import os
from collections.abc import Sequence

__all__ = ["join_names", "number_label", "printable", "relative_path"]

_LONGEST = 40


def printable(text: str, longest: int = _LONGEST) -> str:
    """Return a text without what a terminal would not print, shortened if it is long."""
    clean = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
    return clean if len(clean) <= longest else f"{clean[: longest - 3]}..."


def join_names(texts: Sequence[str], most: int = 5) -> str:
    """Return texts in one line: the first of them, and how many more there are."""
    told = ", ".join(printable(text) for text in texts[:most])
    return f"{told} and {len(texts) - most:,} more" if len(texts) > most else told


def number_label(value: float) -> str:
    """Return a number as the name of a class or category: whole ones without a point, others as short as tells them."""
    return f"{value:.17g}" if float(value).is_integer() else repr(float(value))


def relative_path(file: str) -> str:
    """Return a file's path as seen from the current directory, if it is below that."""
    path = os.path.relpath(file)
    return printable(file if path.startswith("..") else path, 200)
