"""Text of a user's file in a message: printable, and not too long."""

from __future__ import annotations

import os
from collections.abc import Sequence

__all__ = ["first_line", "join_names", "number_label", "printable", "relative_path"]

_LONGEST = 40


def printable(text: str, longest: int = _LONGEST) -> str:
    """Return a text with what a terminal cannot print replaced, shortened if it is long."""
    clean = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    return clean if len(clean) <= longest else f"{clean[: longest - 3]}..."


def first_line(error: Exception) -> str:
    """Return the first line of another library's error."""
    return printable(str(error).splitlines()[0] if str(error) else type(error).__name__, 200)


def join_names(texts: Sequence[str], most: int = 5) -> str:
    """Return texts in one line: the first of them, and how many more there are."""
    names = ", ".join(printable(text) for text in texts[:most])
    return f"{names} and {len(texts) - most:,} more" if len(texts) > most else names


def number_label(value: float) -> str:
    """Return a number as the name of a class: whole ones without a point, others in their shortest exact form."""
    return f"{value:.17g}" if float(value).is_integer() else repr(float(value))


def relative_path(file: str) -> str:
    """Return a file's path as seen from the current directory, if it is below that."""
    path = os.path.relpath(file)
    return printable(file if path.startswith("..") else path, 200)
