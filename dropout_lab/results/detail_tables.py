"""The tables with several rows per trial: learning curves and predictions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config import Experiment
from dropout_lab.engines.outcome import TrialResult
from dropout_lab.errors import ResultsError
from dropout_lab.results.append_only_csv import AppendOnlyTable, first_line
from dropout_lab.results.column_spec import TRAINED, ColumnSpec, damaged
from dropout_lab.results.files import HISTORY, PREDICTIONS, TRIALS, is_there
from dropout_lab.results.rows import epochs_column, history_columns, history_rows, prediction_columns, prediction_rows
from dropout_lab.results.trial_rows import TrialRow

__all__ = ["DetailTable", "add_groups", "has_groups", "history_table", "lacks_groups", "predictions_table"]

_WITHOUT_GROUPS = ",".join(prediction_columns(0))
_ROW = re.compile(r"^(?:[^,\n]*,){4}([0-9]+),", re.MULTILINE)
"""A line of predictions up to the number of the row."""

_RowsOf = Callable[[TrialResult, Sequence[str]], Iterator[tuple[object, ...]]]


class DetailTable(AppendOnlyTable):
    """A table with several rows per trial.

    Parameters
    ----------
    path, columns
        See `AppendOnlyTable`.
    count_column : str
        The column of ``trials.csv`` with the number of a trial's rows in the table.
    rows_of : callable
        Takes a `TrialResult` and the table's columns, and returns the trial's rows.
    """

    def __init__(self, path: Path, columns: Mapping[str, ColumnSpec], count_column: str, rows_of: _RowsOf) -> None:
        super().__init__(path, columns)
        self.count_column = count_column
        self._rows_of = rows_of

    def counts(self, trials: Mapping[str, TrialRow]) -> dict[str, int]:
        """Return how many rows each trial has in the table."""
        return {trial: int(row[self.count_column]) if row["status"] in TRAINED else 0 for trial, row in trials.items()}

    def check(self, chunks: Mapping[str, str], counts: Mapping[str, int]) -> None:
        """Raise `ResultsError` unless the text of the rows, as from `read`, has as many of each trial as it should."""
        wrong = sum(chunks.get(trial, "").count("\n") != count for trial, count in counts.items())
        if wrong:
            raise ResultsError(
                f"{self.path}: has missing or surplus rows of {wrong} of the {len(counts)} trials in {TRIALS}: "
                "it was damaged. Restore it, or set these results aside with --fresh"
            )

    def append_trials(self, results: Sequence[TrialResult]) -> None:
        """Add the rows of trials; see `append`."""
        self.append(row for result in results for row in self._rows_of(result, tuple(self.columns)))


def history_table(folder: Path, experiment: Experiment) -> DetailTable:
    """Return the learning curves of a result."""
    return DetailTable(folder / HISTORY, history_columns(experiment), epochs_column(experiment), history_rows)


def predictions_table(
    folder: Path, columns: Mapping[str, ColumnSpec] | None = None, groups: NDArray[np.integer] | None = None
) -> DetailTable:
    """Return the predictions of a result.

    Parameters
    ----------
    folder : Path
    columns : mapping of str to ColumnSpec, or None
        As from `prediction_columns`; None takes those of the file.
    groups : array of shape (rows,), or None
        `Dataset.groups`; needed to add trials if there is a column for them.
    """
    path = folder / PREDICTIONS
    if columns is None:
        found, grouped = first_line(path).split(","), has_groups(folder)
        columns = prediction_columns(max(0, len(found) - len(prediction_columns(0, grouped=grouped))), grouped=grouped)
    return DetailTable(path, columns, "test_rows", partial(prediction_rows, groups=groups))


def has_groups(folder: Path) -> bool:
    """Return whether a result has predictions with the group of each row."""
    return is_there(folder / PREDICTIONS) and "group" in first_line(folder / PREDICTIONS).split(",")


def lacks_groups(folder: Path) -> bool:
    """Return whether a result has predictions without the group of each row, as earlier versions wrote them."""
    return is_there(folder / PREDICTIONS) and first_line(folder / PREDICTIONS).startswith(_WITHOUT_GROUPS)


def add_groups(predictions: DetailTable, trials: Mapping[str, TrialRow], groups: NDArray[np.integer]) -> None:
    """Add the group of each row to predictions that an earlier version wrote without it.

    Parameters
    ----------
    predictions : DetailTable
        The table as it is to become.
    trials : mapping of str to TrialRow
        The finished trials.
    groups : array of shape (rows,)
        `Dataset.groups`.

    Raises
    ------
    ResultsError
        If the predictions cannot be read, or were damaged; they are then left as they are.
    """
    if not lacks_groups(predictions.path.parent):
        return
    old = predictions_table(predictions.path.parent)
    chunks = old.read()
    old.check(chunks, old.counts(trials))

    def with_group(line: re.Match[str]) -> str:
        row = int(line[1])
        if row >= len(groups):
            raise damaged(old.path, [f"row: expected one of the {len(groups):,} rows of the data, got {row}"])
        return f"{line[0]}{groups[row]},"

    predictions.fill({trial: _ROW.sub(with_group, text) for trial, text in chunks.items()}, chunks)
