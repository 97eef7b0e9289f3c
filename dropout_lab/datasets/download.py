"""Verified downloads: from the first source that works, moved into place only when whole and checked."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from dropout_lab.errors import DataError

__all__ = ["download"]

_SECONDS_TO_ANSWER = 30


def download(target: Path, sources: Sequence[str], check: Callable[[Path], object]) -> None:
    """Fetch a file unless no source has it whole.

    Parameters
    ----------
    target : Path
        Where the file goes. Its folder is made if it is missing.
    sources : sequence of str
        Addresses, tried in turn.
    check : callable
        Called with the downloaded file; raises `DataError` if its content is not what it should be.

    Raises
    ------
    DataError
        If no source gave a file that passes `check`, or the folder cannot be written. Nothing is left behind.
    """
    failures = []
    is_new = not target.parent.exists()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".download-") as folder:
            for source in sources:
                failure = _attempt(source, Path(folder), check)
                if failure is None:
                    os.replace(Path(folder) / "file", target)
                    return
                failures.append(f"  {source}: {failure}")
        if is_new:
            target.parent.rmdir()
    except OSError as error:
        raise DataError(f"{target.parent}: cannot store a download: {error.strerror or error}") from None
    tried = "\n".join(failures)
    raise DataError(f"no source gave {target.name}:\n{tried}\nFetch it by other means and put it at {target}")


def _attempt(source: str, folder: Path, check: Callable[[Path], object]) -> str | None:
    """Download from one source to ``folder/file``; return what went wrong, if anything."""
    import pooch
    import requests

    logger = pooch.get_logger()
    logger.setLevel("ERROR")
    fetch = pooch.HTTPDownloader(timeout=_SECONDS_TO_ANSWER)
    (folder / "file").unlink(missing_ok=True)
    try:
        pooch.retrieve(source, known_hash=None, fname="file", path=folder, downloader=fetch)
        check(folder / "file")
    except requests.HTTPError as error:
        return f"answered {error}"
    except requests.RequestException as error:
        return f"no connection ({type(error).__name__})"
    except DataError as error:
        return f"not the expected content ({error})"
    return None
