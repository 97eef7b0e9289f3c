"""The tables of one result: always either as they were or one trial further.

A trial's row in ``trials.csv`` is its commit mark. Its history and predictions are on disk before it; what has no
mark is dropped when the directory is next opened.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dropout_lab.config import Experiment, as_yaml
from dropout_lab.engines.outcome import TrialOutcome, TrialResult
from dropout_lab.errors import ResultsError
from dropout_lab.results.append_only_csv import LEFTOVER, AppendOnlyTable, first_line, replace_file
from dropout_lab.results.directory import check, locked, place
from dropout_lab.results.files import CONFIG, HISTORY, PREDICTIONS, RUN, TRIALS, saved_experiment
from dropout_lab.results.journal import Journal
from dropout_lab.results.rows import (
    epochs_column,
    history_cells,
    history_rows,
    prediction_cells,
    prediction_rows,
    trial_cells,
    trial_row,
)
from dropout_lab.results.trial_rows import WITHOUT_DETAILS, TrialRow, check_details, read_marks

__all__ = ["Rows", "Store", "finished_trials", "open_store", "read_rows"]

_CONFIG_HEAD = "# The experiment as it was run, everything written out. It runs again from here.\n"


Rows = Mapping[str, Mapping[str, str]]
"""The name of a table -> trial -> the text of its rows."""


class Store:
    """The tables of one result, open for writing; made by `open_store`."""

    def __init__(self, folder: Path, experiment: Experiment, classes: int) -> None:
        self.folder = folder
        self.journal = Journal(folder)
        self._trials = AppendOnlyTable(folder / TRIALS, trial_cells(experiment))
        self._details = (
            (AppendOnlyTable(folder / HISTORY, history_cells(experiment)), history_rows, epochs_column(experiment)),
            (
                AppendOnlyTable(folder / PREDICTIONS, prediction_cells(1 if experiment.regression else classes)),
                prediction_rows,
                "test_rows",
            ),
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
            If a table is not as it was written, or details of a marked trial are missing: no kill does that.
        """
        marks = read_marks(self.folder)
        found = [table.read() for table, _, _ in self._details]
        for (table, _, column), chunks in zip(self._details, found, strict=True):
            check_details(table.path, chunks, {trial: _details_of(mark, column) for trial, mark in marks.items()})
        kept = _kept(marks, retry)
        orders: list[Iterable[str]] = [marks, *found]
        for table, order in zip(self._tables, orders, strict=True):
            table.reorder(trial for trial in order if trial in kept)
        return kept

    def fill(self, rows: Rows, order: Sequence[str]) -> None:
        """Write the rows of all tables, in this order; the marks last."""
        for table in reversed(self._tables):
            table.fill(rows[table.path.name], order)

    def append(self, outcomes: Sequence[TrialOutcome]) -> None:
        """Add finished trials: details first, the marks last."""
        detailed = [outcome for outcome in outcomes if isinstance(outcome, TrialResult)]
        for table, rows, _ in self._details:
            if detailed:
                table.append(row for outcome in detailed for row in rows(outcome, tuple(table.cells)))
        self._trials.append(trial_row(outcome, tuple(self._trials.cells)) for outcome in outcomes)

    def reorder(self, order: Sequence[str]) -> None:
        """Put the rows of all files in plan order."""
        for table in self._tables:
            table.reorder(order)

    def record(self, facts: Mapping[str, Any]) -> None:
        """Write ``run.json``."""
        self.write(RUN, json.dumps(facts, indent=2, ensure_ascii=False) + "\n")

    def write(self, name: str, text: str) -> None:
        """Replace a file of the result that is not a table of trials."""
        replace_file(self.folder / name, text.encode())


def read_rows(folder: Path) -> Rows:
    """Return the rows of the finished trials of a result.

    Raises
    ------
    ResultsError
        As `Store.repair`.
    """
    marks = read_marks(folder)
    experiment = saved_experiment(folder)
    texts = AppendOnlyTable(folder / TRIALS, trial_cells(experiment)).read()
    rows = {TRIALS: {trial: texts[trial] for trial in marks}}
    classes = max(0, first_line(folder / PREDICTIONS).count(",") - len(prediction_cells(0)) + 1)
    for name, cells, column in (
        (HISTORY, history_cells(experiment), epochs_column(experiment)),
        (PREDICTIONS, prediction_cells(classes), "test_rows"),
    ):
        table = AppendOnlyTable(folder / name, cells)
        chunks = table.read()
        check_details(table.path, chunks, {trial: _details_of(mark, column) for trial, mark in marks.items()})
        rows[name] = {trial: chunks[trial] for trial in marks if trial in chunks}
    return rows


def _details_of(mark: TrialRow, column: str) -> int:
    """Return how many rows a trial has in the table that `column` counts."""
    return 0 if mark["status"] in WITHOUT_DETAILS else int(mark[column])


def finished_trials(folder: Path, *, retry: bool = False) -> frozenset[str]:
    """Return the ids of the trials that have their mark, but failed ones if `retry`, without changing anything."""
    return _kept(read_marks(folder), retry)


def _kept(marks: Mapping[str, TrialRow], retry: bool) -> frozenset[str]:
    return frozenset(trial for trial, mark in marks.items() if not (retry and mark["status"] in WITHOUT_DETAILS))


@contextmanager
def open_store(folder: Path, experiment: Experiment, classes: int, data_checksum: str | None = None) -> Iterator[Store]:
    """Make or open an output directory for one writer.

    Parameters
    ----------
    folder : Path
    experiment : Experiment
        Saved as ``config.yaml``.
    classes : int
        Number of classes of the data set; for regression it does not matter.
    data_checksum : str or None
        See `check`, which is made again once the directory is locked.

    Raises
    ------
    ResultsError
        If the directory is in use by another process, or cannot be written.
    """
    try:
        (place(folder) if folder.is_symlink() else folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResultsError(f"{folder}: cannot be made: {error.strerror}") from None
    with locked(folder):
        check(folder, experiment, data_checksum)
        for leftover in folder.glob(f".*{LEFTOVER}"):
            if leftover.is_dir() and not leftover.is_symlink():
                shutil.rmtree(leftover, ignore_errors=True)
            else:
                leftover.unlink(missing_ok=True)
        replace_file(folder / CONFIG, (_CONFIG_HEAD + as_yaml(experiment, folder)).encode())
        yield Store(folder, experiment, classes)
