"""The claims that come with the program."""

from __future__ import annotations

from dropout_lab.config import shipped

__all__ = ["FOLDER", "names"]

FOLDER = "claims/"


def names() -> list[str]:
    """Return the names of all claims, in alphabetical order."""
    return [name.removeprefix(FOLDER) for name in shipped.names() if name.startswith(FOLDER)]
