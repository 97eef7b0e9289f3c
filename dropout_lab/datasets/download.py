"""Downloads into the data folder: from the first source that works, moved into place once complete and verified."""

from __future__ import annotations

import fcntl
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from dropout_lab.errors import DataError

__all__ = ["download", "is_there"]

_TIMEOUT = 30  # seconds to answer
_PAUSES = (0.5, 2.0, 8.0)  # seconds before each retry of a transfer that broke off
_MAX_BYTES = 1 << 30  # a source that sends more sends something else

ShowProgress = Callable[[int, int | None], None]


def is_there(path: Path) -> bool:
    """Return whether a file or folder of a data set is in the data folder.

    Raises
    ------
    DataError
        If the data folder cannot be searched.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        folder = str(path.parent)[:60]
        raise DataError(
            f"{folder}: cannot be used as a data folder: {error.strerror}: "
            "name one with --data-dir that may be entered and read"
        ) from None
    return True


def download(target: Path, sources: Sequence[str], verify: Callable[[Path], object]) -> None:
    """Download a file from the first source that has it. Standard error shows a progress bar if it is a terminal.

    Parameters
    ----------
    target : Path
        Where the file goes. Its folder is made if it is missing.
    sources : sequence of str
        URLs, tried in turn; a transfer that breaks off is retried.
    verify : callable
        Called with the downloaded file; raises `DataError` if its content is not the expected one.

    Raises
    ------
    DataError
        If no source gave a file that passes `verify`, or the folder cannot be written. Nothing is left behind.
    """
    folder = target.parent
    failures = []
    try:
        is_new = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        with _temporary_file(folder) as file:
            for source in sources:
                failure = _attempt(source, file, target.name, verify)
                if failure is None:
                    os.replace(file, target)
                    return
                failures.append(f"  {source}: {failure}")
        if is_new:
            with suppress(OSError):  # another process uses it
                folder.rmdir()
    except OSError as error:
        raise DataError(f"{folder}: cannot store a download: {error.strerror or error}") from None
    raise DataError(
        "\n".join(
            [f"{target.name} could not be downloaded:", *failures, f"Get it by other means and put it at {target}"]
        )
    )


@contextmanager
def _temporary_file(folder: Path) -> Iterator[Path]:
    """Give the path of a file to write in `folder`, removed on exit; first remove what killed processes left there.

    Processes that download hold a shared lock on the folder, so that none removes a file still being written.
    """
    lock = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # another process downloads, or the file system has no locks
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove_leftovers(folder)
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_SH)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as name:
            yield Path(name) / "incomplete"
    finally:
        os.close(lock)


def _remove_leftovers(folder: Path) -> None:
    for leftover in folder.glob(".download-????????"):
        with suppress(OSError):  # a folder with anything else in it is not ours
            (leftover / "incomplete").unlink(missing_ok=True)
            leftover.rmdir()


def _attempt(source: str, file: Path, name: str, verify: Callable[[Path], object]) -> str | None:
    """Download from one source to `file`; return what went wrong, if anything."""
    import requests

    try:
        with _progress_bar(name) as show:
            _fetch(source, file, show)
        verify(file)
    except requests.HTTPError as error:
        return f"HTTP error {str(error).partition(' for url')[0]}"
    except requests.RequestException as error:
        return f"no connection ({type(error).__name__})"
    except DataError as error:
        return f"not the expected content ({error})"
    return None


def _fetch(source: str, file: Path, show: ShowProgress) -> None:
    """Download to `file`; where the transfer breaks off, start again."""
    import requests

    file.unlink(missing_ok=True)
    for pause in (*_PAUSES, None):
        try:
            _receive(source, file, show)
            return
        except requests.RequestException:
            if pause is None or not file.exists():  # it never began
                raise
            time.sleep(pause)


def _receive(source: str, file: Path, show: ShowProgress) -> None:
    import requests

    headers = {"Accept-Encoding": "identity"}  # so that Content-Length is the size of the file
    with requests.get(source, headers=headers, stream=True, timeout=_TIMEOUT) as response:
        response.raise_for_status()
        length = response.headers.get("Content-Length", "")
        with file.open("wb") as output:
            for chunk in response.iter_content(1 << 16):
                output.write(chunk)
                show(output.tell(), int(length) if length.isdecimal() else None)
                if output.tell() > _MAX_BYTES:
                    raise DataError(f"more than {_MAX_BYTES:,} bytes")


@contextmanager
def _progress_bar(name: str) -> Iterator[ShowProgress]:
    """Give a function that shows how many bytes have come, of how many; on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda size, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(TextColumn("{task.description}"), *columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(name, total=None)
        yield lambda size, total: progress.update(task, completed=size, total=total)
