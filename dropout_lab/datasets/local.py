"""Files in the data folder."""

from __future__ import annotations

from pathlib import Path

from dropout_lab.errors import DataError

__all__ = ["is_there"]


def is_there(file: Path) -> bool:
    """Tell whether a file or folder of a data set is in the data folder.

    Raises
    ------
    DataError
        If the data folder does not let that be known.
    """
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        folder = str(file.parent)[:60]
        raise DataError(
            f"{folder}: cannot be used as a data folder: {error.strerror}: "
            "name one with --data-dir that may be entered and read"
        ) from None
    return True
