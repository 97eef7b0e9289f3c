"""Verified downloads: from the first source that works, moved into place only when whole and checked."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dropout_lab.datasets.scratch import scratch
from dropout_lab.errors import DataError

__all__ = ["download"]

_SECONDS_TO_ANSWER = 30
_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds before each try to take up a broken download
_LARGEST = 1 << 30  # bytes; a source that sends more sends something else

Show = Callable[[int, int | None], None]


def download(target: Path, sources: Sequence[str], check: Callable[[Path], object]) -> None:
    """Fetch a file unless no source has it whole.

    A connection that breaks is taken up where it broke. Standard error shows a bar if it is a terminal.

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
    try:
        is_new = not target.parent.exists()
        target.parent.mkdir(parents=True, exist_ok=True)
        with scratch(target.parent, "download") as folder:
            for source in sources:
                with _bar(target.name) as show:
                    failure = _attempt(source, folder / "file", check, show)
                if failure is None:
                    os.replace(folder / "file", target)
                    return
                failures.append(f"  {source}: {failure}")
        if is_new:
            target.parent.rmdir()
    except OSError as error:
        raise DataError(f"{target.parent}: cannot store a download: {error.strerror or error}") from None
    tried = "\n".join(failures)
    raise DataError(f"no source gave {target.name}:\n{tried}\nFetch it by other means and put it at {target}")


def _attempt(source: str, file: Path, check: Callable[[Path], object], show: Show) -> str | None:
    """Download from one source to `file`; return what went wrong, if anything."""
    import requests

    try:
        _fetch(source, file, show)
        check(file)
    except requests.HTTPError as error:
        return f"answered {error}"
    except requests.RequestException as error:
        return f"no connection ({type(error).__name__})"
    except DataError as error:
        return f"not the expected content ({error})"
    return None


def _fetch(source: str, file: Path, show: Show) -> None:
    """Download to `file`; give up once no try gets further than those before it."""
    import requests

    file.write_bytes(b"")
    reached, pauses = 0, iter(_PAUSES)
    while True:
        try:
            return _receive(source, file, show)
        except requests.RequestException:
            size = file.stat().st_size
            if size > reached:
                reached, pauses = size, iter(_PAUSES)
            pause = next(pauses, None)
            if not reached or pause is None:
                raise
            time.sleep(pause)


def _receive(source: str, file: Path, show: Show) -> None:
    """Download what `file` lacks; all of it where the source cannot begin in the middle."""
    import requests

    size = file.stat().st_size
    headers = {"Accept-Encoding": "identity"}  # an encoding on the way would make sizes and ranges mean something else
    if size:
        headers["Range"] = f"bytes={size}-"
    with requests.get(source, headers=headers, stream=True, timeout=_SECONDS_TO_ANSWER) as answer:
        answer.raise_for_status()
        goes_on = answer.status_code == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {size}-")
        size = size if goes_on else 0
        length = answer.headers.get("Content-Length", "")
        total = size + int(length) if length.isdecimal() else None
        with file.open("ab" if goes_on else "wb") as stream:
            for chunk in answer.iter_content(1 << 16):
                stream.write(chunk)
                size += len(chunk)
                show(size, total)
                if size > _LARGEST:
                    raise DataError(f"more than {_LARGEST:,} bytes")


@contextmanager
def _bar(name: str) -> Iterator[Show]:
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
