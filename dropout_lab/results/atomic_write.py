"""Writing a file so that a kill at any instant leaves either the old or the new one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from dropout_lab.errors import ResultsError

__all__ = ["LEFTOVER", "replace_file"]

LEFTOVER = ".tmp"
"""The suffix of files that a killed process may leave behind; the next start removes them."""


def replace_file(path: Path, content: bytes) -> None:
    """Write a file atomically: at any instant either the old or the new one is there, complete.

    Raises
    ------
    ResultsError
        If it cannot be written; the old one is then unchanged.
    """
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}-", suffix=LEFTOVER, delete=False
        ) as file:
            temporary = file.name
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise ResultsError(f"{path}: cannot be written: {error.strerror}") from None


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
