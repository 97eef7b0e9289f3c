"""Folders to work in, beside what is made in them. What a kill leaves of one, the next start removes."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

__all__ = ["clear", "scratch"]

_NAME = re.compile(r"\.(download|unpack)-[a-z0-9_]{8}")
_LOCK = ".lock"


@contextmanager
def scratch(parent: Path, purpose: Literal["download", "unpack"]) -> Iterator[Path]:
    """Give a new folder, which is removed in the end.

    Raises
    ------
    OSError
        If it cannot be made.
    """
    with tempfile.TemporaryDirectory(dir=parent, prefix=f".{purpose}-") as name:
        lock = os.open(Path(name, "new"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            with suppress(OSError):  # a file system that knows no locks: `clear` leaves the folder alone
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                Path(name, "new").rename(Path(name, _LOCK))  # so it is never seen unlocked
            yield Path(name)
        finally:
            os.close(lock)


def clear(parent: Path) -> None:
    """Remove the folders that processes made here to work in and were killed in; those in use are left alone."""
    with suppress(OSError):
        for folder in [folder for folder in parent.iterdir() if _NAME.fullmatch(folder.name)]:
            _remove_unless_in_use(folder)


def _remove_unless_in_use(folder: Path) -> None:
    with suppress(OSError):
        lock = os.open(folder / _LOCK, os.O_RDWR)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
        finally:
            os.close(lock)
