"""An output directory: locked while it is written, and always either as it was or one trial further.

A trial's row in ``trials.csv`` is its commit mark. Its history and predictions are on disk before it; what has no
mark is dropped when the directory is next opened.
"""

from __future__ import annotations

import csv
import fcntl
import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dropout_lab.config import Experiment, as_yaml, load
from dropout_lab.errors import ConfigError, ResultsError
from dropout_lab.outcome import Outcome, Result
from dropout_lab.results.identity import differences
from dropout_lab.results.journal import JOURNALS, Journal
from dropout_lab.results.rows import (
    HISTORY_COLUMNS,
    history_rows,
    prediction_columns,
    prediction_rows,
    trial_columns,
    trial_row,
)
from dropout_lab.results.table import LEFTOVER, Table, replace_file

__all__ = ["Store", "check", "finished_trials", "open_store", "saved_experiment", "saved_run", "set_aside"]

CONFIG, RUN, TRIALS = "config.yaml", "run.json", "trials.csv"
_WITHOUT_DETAILS = ("failed", "killed")
_CONFIG_HEAD = "# The experiment as it was run, everything written out. It runs again from here.\n"


class Store:
    """The tables of one result, open for writing; made by `open_store`."""

    def __init__(self, folder: Path, experiment: Experiment, classes: int) -> None:
        self.folder = folder
        self.journal = Journal(folder)
        self._trials = Table(folder / TRIALS, trial_columns(experiment))
        self._details = (
            (Table(folder / "history.csv", HISTORY_COLUMNS), history_rows, "epochs"),
            (Table(folder / "predictions.csv.gz", prediction_columns(classes)), prediction_rows, "test_rows"),
        )  # the column of trials.csv says how many rows a trial has in the table
        self._tables = (self._trials, *(table for table, _, _ in self._details))

    def repair(self, *, retry: bool = False) -> frozenset[str]:
        """Drop what is half-written or has no mark; return the ids of the trials that have theirs.

        Parameters
        ----------
        retry : bool
            Drop the marks of failed and killed trials, too.

        Raises
        ------
        ResultsError
            If details of a marked trial are missing: no kill does that, so a file was damaged or removed.
        """
        found = [table.read() for table in self._tables]
        cells = _cells(found[0], self._trials.columns)
        marked = frozenset(trial for trial, row in cells.items() if not retry or row["status"] not in _WITHOUT_DETAILS)
        for (table, _, column), chunks in zip(self._details, found[1:], strict=True):
            lacking = sum(chunks.get(trial, "").count("\n") != _details_of(row, column) for trial, row in cells.items())
            if lacking:
                raise ResultsError(
                    f"{table.path}: lacks {lacking} of the {len(marked)} trials in {TRIALS}: it was damaged. "
                    "Bring it back, or set these results aside with --fresh"
                )
        for table, chunks in zip(self._tables, found, strict=True):
            table.arrange(trial for trial in chunks if trial in marked)
        return marked

    def append(self, outcomes: Sequence[Result]) -> None:
        """Add finished trials: details first, the marks last."""
        detailed = [outcome for outcome in outcomes if isinstance(outcome, Outcome)]
        for table, rows, _ in self._details:
            if detailed:
                table.append(row for outcome in detailed for row in rows(outcome))
        self._trials.append(trial_row(outcome, self._trials.columns) for outcome in outcomes)

    def arrange(self, order: Sequence[str]) -> None:
        """Put the rows of all files in plan order."""
        for table in self._tables:
            table.arrange(order)

    def record(self, facts: Mapping[str, Any]) -> None:
        """Write ``run.json``."""
        self.write(RUN, json.dumps(facts, indent=2, ensure_ascii=False) + "\n")

    def write(self, name: str, text: str) -> None:
        """Replace a file of the result that is not a table of trials."""
        replace_file(self.folder / name, text.encode())


def _details_of(row: Mapping[str, str], column: str) -> int:
    """Return how many rows a trial has in the table that `column` counts."""
    return 0 if row["status"] in _WITHOUT_DETAILS else int(row[column])


def check(folder: Path, experiment: Experiment, data_checksum: str | None = None) -> None:
    """Refuse a directory that `experiment` may not be written to; without a checksum, whatever its data are.

    Raises
    ------
    ResultsError
        If the directory holds another experiment's results, results from other data, or other files.
    """
    try:
        if not folder.exists():
            return
        if not folder.is_dir():
            raise ResultsError(f"{folder}: is a file: name a directory with --out")
    except OSError as error:
        raise ResultsError(f"{str(folder)[:60]}: cannot be used: {error.strerror}") from None
    if not (folder / CONFIG).exists():
        if any(not _is_ours(file) for file in folder.iterdir()):
            raise ResultsError(f"{folder}: holds other files than results: name another directory with --out")
        return
    ways = "Keep both with --out OTHER_DIRECTORY, or set the old results aside with --fresh"
    changed = differences(saved_experiment(folder), experiment)
    if changed:
        lines = "\n".join(f"  {line}" for line in changed)
        raise ResultsError(f"{folder}: holds the results of another experiment:\n{lines}\n{ways}")
    data = saved_run(folder).get("data")
    before = data.get("checksum", data_checksum) if isinstance(data, dict) else data_checksum
    if data_checksum is not None and before != data_checksum:
        raise ResultsError(f"{folder}: its results are from other data (the values differ). {ways}")


def _is_ours(file: Path) -> bool:
    """Tell the traces of a start that was killed before it had saved anything."""
    return file.name in (".lock", *JOURNALS) or (file.name.startswith(".") and file.name.endswith(LEFTOVER))


def saved_experiment(folder: Path) -> Experiment:
    """Read the experiment saved with a result."""
    try:
        return load(folder / CONFIG)
    except ConfigError as error:
        raise ResultsError(f"{folder}: its saved experiment cannot be read:\n{error}") from None


def saved_run(folder: Path) -> dict[str, Any]:
    """Read ``run.json``; empty if there is none."""
    try:
        content = json.loads((folder / RUN).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ResultsError(f"{folder / RUN}: cannot be read: {error}") from None
    if not isinstance(content, dict):
        raise ResultsError(f"{folder / RUN}: expected one JSON object")
    return content


def finished_trials(folder: Path, experiment: Experiment, *, retry: bool = False) -> frozenset[str]:
    """Return the ids of the trials that have their mark, but failed ones if `retry`, without changing anything."""
    columns = trial_columns(experiment)
    rows = _cells(Table(folder / TRIALS, columns).read(), columns)
    return frozenset(trial for trial, row in rows.items() if not retry or row["status"] not in _WITHOUT_DETAILS)


def _cells(rows: Mapping[str, str], columns: Sequence[str]) -> dict[str, dict[str, str]]:
    """Take the rows of trials apart."""
    return {trial: dict(zip(columns, next(csv.reader([row])), strict=False)) for trial, row in rows.items()}


def set_aside(folder: Path) -> Path | None:
    """Rename a directory, if it holds results; return its new name."""
    if not (folder / CONFIG).exists():
        return None
    folder = folder.resolve()
    number = 1
    while (aside := folder.with_name(f"{folder.name}.{number}")).exists():
        number += 1
    try:
        with _locked(folder):
            folder.rename(aside)
    except OSError as error:
        raise ResultsError(f"{folder}: cannot be set aside: {error.strerror}") from None
    return aside


@contextmanager
def open_store(folder: Path, experiment: Experiment, classes: int, data_checksum: str | None = None) -> Iterator[Store]:
    """Make or open an output directory for one writer.

    Parameters
    ----------
    folder : Path
    experiment : Experiment
        Saved as ``config.yaml``.
    classes : int
        Number of classes of the data set.
    data_checksum : str or None
        See `check`, which is made again once the directory is locked.

    Raises
    ------
    ResultsError
        If the directory is in use by another process, or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResultsError(f"{folder}: cannot be made: {error.strerror}") from None
    with _locked(folder):
        check(folder, experiment, data_checksum)
        for leftover in folder.glob(f".*{LEFTOVER}"):
            leftover.unlink()
        replace_file(folder / CONFIG, (_CONFIG_HEAD + as_yaml(experiment)).encode())
        yield Store(folder, experiment, classes)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the directory's lock: the operating system's, so that it ends with its holder however that ends."""
    try:
        file = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise ResultsError(f"{folder}: cannot be written: {error.strerror}") from None
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(file, 1000).decode("utf-8", "replace") or "another process"
            raise ResultsError(f"{folder}: in use by {holder}: wait for it, or take another --out") from None
        since = datetime.now(UTC).isoformat(timespec="seconds")
        os.ftruncate(file, 0)
        os.write(file, f"process {os.getpid()} on {platform.node()} since {since}".encode())
        yield
    finally:
        os.close(file)
