"""The bytes of a user's file: read, or mapped into memory."""

from __future__ import annotations

import mmap
from pathlib import Path

from dropout_lab.datasets.message_text import relative_path
from dropout_lab.errors import DatasetError

__all__ = ["map_bytes", "read_bytes"]


def read_bytes(file: str) -> bytes:
    """Return the bytes of a file.

    Raises
    ------
    DatasetError
        If it cannot be read.
    """
    try:
        return Path(file).read_bytes()
    except (OSError, ValueError) as error:
        raise _unreadable(file, error) from None


def map_bytes(file: str) -> memoryview:
    """Return the bytes of a file, each read from the disk only when it is looked at.

    Raises
    ------
    DatasetError
        If it cannot be read.
    """
    try:
        with Path(file).open("rb") as stream:
            if not Path(file).stat().st_size:
                return memoryview(b"")
            return memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError) as error:
        raise _unreadable(file, error) from None


def _unreadable(file: str, error: Exception) -> DatasetError:
    reason = f"cannot be read: {getattr(error, 'strerror', None) or error}"
    if isinstance(error, FileNotFoundError):
        reason = "no such file"
    elif isinstance(error, IsADirectoryError):
        reason = "is a directory: name a file"
    return DatasetError([f"{relative_path(file)}: {reason}"])
