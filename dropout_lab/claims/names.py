"""The claims that come with the program."""

from __future__ import annotations

from dropout_lab.config import bundled_configs

__all__ = ["FOLDER", "names"]

FOLDER = "claims/"


def names() -> list[str]:
    """Return the names of all claims, in alphabetical order."""
    return [name.removeprefix(FOLDER) for name in bundled_configs.names() if name.startswith(FOLDER)]
