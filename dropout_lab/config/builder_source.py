"""The source file of a custom model's module. Nothing in it is executed."""

from __future__ import annotations

import hashlib
import sys
from importlib.machinery import PathFinder
from pathlib import Path

__all__ = ["checksum_of", "module_file"]


def module_file(builder: str, folder: str | Path) -> Path | None:
    """Find the source file of a builder's module; None if there is none.

    Parameters
    ----------
    builder : str
        ``MODULE:FUNCTION``.
    folder : str or Path
        Searched first, then Python's path.
    """
    parts = builder.partition(":")[0].split(".")
    search_path: list[str] | None = [str(folder), *sys.path]
    spec = None
    for end in range(1, len(parts) + 1):
        spec = PathFinder.find_spec(".".join(parts[:end]), search_path) if search_path else None
        if spec is None:
            return None
        search_path = list(spec.submodule_search_locations or ())
    file = Path(spec.origin) if spec and spec.has_location and spec.origin else None
    return file if file and file.suffix == ".py" else None


def checksum_of(source: Path) -> str:
    """Return the SHA-256 of a source file.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    return hashlib.sha256(source.read_bytes()).hexdigest()
