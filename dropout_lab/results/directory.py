"""An output directory: whether it may be written, its lock, and setting old results aside."""

from __future__ import annotations

import errno
import fcntl
import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from dropout_lab.config import Experiment
from dropout_lab.datasets.duplicates import Duplicates
from dropout_lab.errors import ResultsError
from dropout_lab.results.atomic_write import LEFTOVER
from dropout_lab.results.compatibility import differences
from dropout_lab.results.files import CONFIG, is_there, saved_experiment, saved_run, unusable
from dropout_lab.results.journal import JOURNALS

__all__ = ["check", "hidden_beside", "holds_results", "locked", "resolve", "reveal", "set_aside"]


def check(
    folder: Path,
    experiment: Experiment,
    data_checksum: str | None = None,
    *,
    fresh: bool = False,
    duplicates: Duplicates | None = None,
) -> None:
    """Refuse a directory that `experiment` may not be written to.

    Parameters
    ----------
    folder : Path
    experiment : Experiment
    data_checksum : str or None
        Of the data; None if not known yet.
    fresh : bool
        Whether old results, of whatever experiment, will be set aside first.
    duplicates : Duplicates or None
        Of the data: what became of them tells why the checksum may differ.

    Raises
    ------
    ResultsError
        If the directory holds another experiment's results, results from other data, or other files, or cannot be
        set aside.
    """
    try:
        if not folder.exists():
            _check_parent(folder)
            return
        if not folder.is_dir():
            raise ResultsError(f"{folder}: is a file: choose a directory with --out")
        is_result = (folder / CONFIG).exists()
        has_others = not is_result and any(not _is_ours(file) for file in folder.iterdir())
    except OSError as error:
        raise unusable(folder, error) from None
    if has_others:
        raise ResultsError(f"{folder}: holds files that are not results: choose another directory with --out")
    if is_result and fresh:
        _check_aside(folder)
    elif is_result:
        _check_same(folder, experiment, data_checksum, duplicates)


def _check_parent(folder: Path) -> None:
    """Refuse a directory that cannot be created."""
    parent = next(parent for parent in resolve(folder).parents if parent.exists())
    if not parent.is_dir():
        raise ResultsError(f"{folder}: cannot be created: {parent} is not a directory")
    if not os.access(parent, os.W_OK | os.X_OK):
        number = errno.EROFS if os.statvfs(parent).f_flag & os.ST_RDONLY else errno.EACCES
        raise ResultsError(
            f"{folder}: cannot be created: {os.strerror(number)}: {parent} may not be written to: "
            "choose another directory with --out"
        )


def _check_aside(folder: Path) -> None:
    """Refuse to rename the current directory: what is written there would go into the old results."""
    current = Path.cwd()
    if any(os.path.samefile(folder, parent) for parent in (current, *current.parents)):
        raise ResultsError(
            f"{folder}: is the current directory, or contains it, and cannot be set aside by --fresh: "
            "change to another directory, or choose another one with --out"
        )


def resolve(folder: Path) -> Path:
    """Return the path of a directory that may not exist yet, with links resolved."""
    return Path(os.path.realpath(folder))


def _check_same(folder: Path, experiment: Experiment, data_checksum: str | None, duplicates: Duplicates | None) -> None:
    """Refuse results of another experiment, or from other data."""
    remedy = "Keep both with --out OTHER_DIRECTORY, or set the old results aside with --fresh"
    changed = differences(saved_experiment(folder), experiment)
    if changed:
        lines = "\n".join(f"  {line}" for line in changed)
        raise ResultsError(f"{folder}: holds the results of another experiment:\n{lines}\n{remedy}")
    data = saved_run(folder).get("data")
    before = data.get("checksum", data_checksum) if isinstance(data, dict) else data_checksum
    if data_checksum is None or before == data_checksum:
        return
    earlier = duplicates.earlier_treatment(data) if duplicates else ""
    if duplicates and earlier:
        raise ResultsError(
            f"{folder}: its results are from the same file with dataset.duplicates: {earlier}, and now it is "
            f"{duplicates.treatment} ({duplicates}): other rows would be trained on and held out. "
            f"To go on with them, set dataset.duplicates: {earlier} (-S dataset.duplicates={earlier}). {remedy}"
        )
    raise ResultsError(f"{folder}: its results are from other data (the values differ). {remedy}")


def _is_ours(file: Path) -> bool:
    """Return whether a file may be left by a start that was killed before it saved anything."""
    return file.name in (".lock", *JOURNALS) or (file.name.startswith(".") and file.name.endswith(LEFTOVER))


def set_aside(folder: Path) -> Path | None:
    """Rename a directory, if it holds results; return its new path. A link to it will point to the new results."""
    if not is_there(folder / CONFIG):
        return None
    _check_aside(folder)
    old, number = resolve(folder), 1
    try:
        while (aside := old.with_name(f"{old.name}.{number}")).exists():
            number += 1
        with locked(old):
            old.rename(aside)
    except OSError as error:
        raise ResultsError(f"{folder}: cannot be set aside: {error.strerror}") from None
    return aside


def holds_results(folder: Path) -> bool:
    """Return whether a directory holds results, finished or not."""
    return is_there(folder / CONFIG)


@contextmanager
def hidden_beside(folder: Path) -> Iterator[Path]:
    """Create an empty directory that `reveal` makes `folder`; remove it at the end if it did not.

    Raises
    ------
    ResultsError
        If another process uses it, or it cannot be created.
    """
    real = resolve(folder)
    hidden = real.with_name(f".{real.name}{LEFTOVER}")
    try:
        hidden.mkdir(parents=True, exist_ok=True)
        with locked(hidden):  # a killed process may have left it
            for file in hidden.iterdir():
                if file.name != ".lock":
                    file.unlink()
        try:
            yield hidden
        finally:
            shutil.rmtree(hidden, ignore_errors=True)
    except OSError as error:
        raise ResultsError(f"{folder}: cannot be created: {error.strerror}") from None


def reveal(hidden: Path, folder: Path) -> None:
    """Rename a directory to `folder`, which does not exist or holds only what `check` allows of a killed start."""
    real = resolve(folder)
    for leftover in real.iterdir() if real.is_dir() else ():
        leftover.unlink()
    hidden.rename(real)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the directory's lock, which the operating system releases when the process ends, however it ends.

    Raises
    ------
    ResultsError
        If another process holds it, or the directory cannot be written, or its file system does not support locks.
    """
    try:
        file = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise ResultsError(f"{folder}: cannot be written: {error.strerror}") from None
    try:
        _acquire(folder, file)
        yield
    finally:
        os.close(file)


def _acquire(folder: Path, file: int) -> None:
    """Lock an open file and write this process into it, or report the process that holds it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(file, 1000).decode("utf-8", "replace") or "another process"
        raise ResultsError(f"{folder}: in use by {holder}: wait for it, or choose another --out") from None
    except OSError as error:
        raise ResultsError(
            f"{folder}: cannot be locked ({error.strerror}), as on some network file systems: "
            "choose a directory on another one with --out"
        ) from None
    since = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        os.ftruncate(file, 0)
        os.write(file, f"process {os.getpid()} on {platform.node()} since {since}".encode())
    except OSError as error:
        raise ResultsError(f"{folder}: cannot be written: {error.strerror}") from None
