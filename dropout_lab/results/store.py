"""The tables of one result, written so that a kill at any instant loses no finished trial.

A trial's row in ``trials.csv`` commits it. Its history and predictions are on disk before that row; what is not
committed is dropped when the directory is next opened.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config import Experiment, as_yaml
from dropout_lab.engines.outcome import TrialOutcome, TrialResult
from dropout_lab.errors import ResultsError
from dropout_lab.results.append_only_csv import AppendOnlyTable
from dropout_lab.results.atomic_write import LEFTOVER, replace_file
from dropout_lab.results.column_spec import TRAINED
from dropout_lab.results.detail_tables import add_groups, history_table, lacks_groups, predictions_table
from dropout_lab.results.directory import check, locked, resolve
from dropout_lab.results.files import CONFIG, RUN, TRIALS, saved_experiment
from dropout_lab.results.journal import Journal
from dropout_lab.results.rows import prediction_columns, trial_columns, trial_row
from dropout_lab.results.trial_rows import TrialRow, read_trial_rows

__all__ = ["Rows", "Store", "finished_trials", "open_store", "read_rows"]

_CONFIG_HEAD = "# The experiment as it was run, everything written out. It runs again from here.\n"

Rows = Mapping[str, Mapping[str, str]]
"""The name of a table -> trial -> text of its rows."""


class Store:
    """The tables of one result, open for writing; created by `open_store`."""

    def __init__(
        self,
        folder: Path,
        experiment: Experiment,
        classes: int,
        groups: NDArray[np.integer] | None = None,
        *,
        grouped: bool = False,
    ) -> None:
        self.folder = folder
        self._missing_groups = groups if experiment.grouped else None
        self.journal = Journal(folder)
        self._trials = AppendOnlyTable(folder / TRIALS, trial_columns(experiment))
        columns = prediction_columns(1 if experiment.regression else classes, grouped=grouped)
        self._predictions = predictions_table(folder, columns, groups)
        self._details = (history_table(folder, experiment), self._predictions)
        self._tables = (self._trials, *self._details)

    def repair(self, *, retry: bool = False) -> frozenset[str]:
        """Drop rows that are incomplete or not committed; return the ids of the committed trials.

        Predictions of grouped rows that an earlier version wrote without the groups get them.

        Parameters
        ----------
        retry : bool
            Drop failed and killed trials, too.

        Raises
        ------
        ResultsError
            If a table is not as it was written, or lacks rows of a committed trial: no kill does that.
        """
        trials = read_trial_rows(self.folder)
        if self._missing_groups is not None:
            add_groups(self._predictions, trials, self._missing_groups)
        details = [detail.read() for detail in self._details]
        for detail, chunks in zip(self._details, details, strict=True):
            detail.check(chunks, detail.counts(trials))
        kept = _kept(trials, retry)
        orders: tuple[Iterable[str], ...] = (trials, *details)
        for table, order in zip(self._tables, orders, strict=True):
            table.reorder(trial for trial in order if trial in kept)
        return kept

    def fill(self, rows: Rows, order: Sequence[str]) -> None:
        """Write the rows of all tables, in this order; ``trials.csv`` last."""
        for table in reversed(self._tables):
            table.fill(rows[table.path.name], order)

    def append(self, outcomes: Sequence[TrialOutcome]) -> None:
        """Add finished trials; their rows in ``trials.csv``, which commit them, last."""
        trained = [outcome for outcome in outcomes if isinstance(outcome, TrialResult)]
        for detail in self._details if trained else ():
            detail.append_trials(trained)
        self._trials.append(trial_row(outcome, tuple(self._trials.columns)) for outcome in outcomes)

    def reorder(self, order: Sequence[str]) -> None:
        """Put the rows of all tables into this order."""
        for table in self._tables:
            table.reorder(order)

    def record(self, facts: Mapping[str, Any]) -> None:
        """Write ``run.json``."""
        self.write(RUN, json.dumps(facts, indent=2, ensure_ascii=False) + "\n")

    def write(self, name: str, text: str) -> None:
        """Replace another file of the result."""
        self.keep(name, text.encode())

    def keep(self, name: str, content: bytes) -> None:
        """Write a file of bytes, or replace it."""
        replace_file(self.folder / name, content)


def read_rows(folder: Path) -> Rows:
    """Return the rows of the finished trials of a result.

    Raises
    ------
    ResultsError
        As `Store.repair`; or if an earlier version wrote predictions of grouped rows without the groups.
    """
    trials = read_trial_rows(folder)
    experiment = saved_experiment(folder)
    if experiment.grouped and lacks_groups(folder):
        raise ResultsError(
            f"{folder}: its predictions are without the group of each row, as an earlier version wrote them: "
            "run the same command again, which adds it"
        )
    rows: dict[str, Mapping[str, str]] = {TRIALS: AppendOnlyTable(folder / TRIALS, trial_columns(experiment)).read()}
    for detail in (history_table(folder, experiment), predictions_table(folder)):
        chunks = detail.read()
        detail.check(chunks, detail.counts(trials))
        rows[detail.path.name] = {trial: chunks[trial] for trial in trials if trial in chunks}
    return rows


def finished_trials(folder: Path, *, retry: bool = False) -> frozenset[str]:
    """Return the ids of the committed trials, without failed and killed ones if `retry`; change nothing."""
    return _kept(read_trial_rows(folder), retry)


def _kept(trials: Mapping[str, TrialRow], retry: bool) -> frozenset[str]:
    return frozenset(trial for trial, row in trials.items() if not retry or row["status"] in TRAINED)


@contextmanager
def open_store(
    folder: Path,
    experiment: Experiment,
    classes: int,
    data_checksum: str | None = None,
    groups: NDArray[np.integer] | None = None,
    *,
    grouped: bool | None = None,
) -> Iterator[Store]:
    """Create or open an output directory for one writer.

    Parameters
    ----------
    folder : Path
    experiment : Experiment
        Saved as ``config.yaml``.
    classes : int
        Number of classes of the data set; unused for regression.
    data_checksum : str or None
        See `check`, which is repeated once the directory is locked.
    groups : array of shape (rows,), or None
        `Dataset.groups`; needed to add trials whose rows are held out by group.
    grouped : bool or None
        Whether the predictions have a column for them; None: if there are any.

    Raises
    ------
    ResultsError
        If the directory is in use by another process, or cannot be written.
    """
    try:
        (resolve(folder) if folder.is_symlink() else folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResultsError(f"{folder}: cannot be created: {error.strerror}") from None
    with locked(folder):
        check(folder, experiment, data_checksum)
        for leftover in folder.glob(f".*{LEFTOVER}"):
            if leftover.is_dir() and not leftover.is_symlink():
                shutil.rmtree(leftover, ignore_errors=True)
            else:
                leftover.unlink(missing_ok=True)
        replace_file(folder / CONFIG, (_CONFIG_HEAD + as_yaml(experiment, folder)).encode())
        has_groups = groups is not None if grouped is None else grouped
        yield Store(folder, experiment, classes, groups, grouped=has_groups)
