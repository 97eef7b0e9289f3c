"""The tables with several rows per trial: learning curves and predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from dropout_lab.config import Experiment
from dropout_lab.engines.outcome import TrialResult
from dropout_lab.errors import ResultsError
from dropout_lab.results.append_only_csv import AppendOnlyTable, first_line
from dropout_lab.results.column_spec import TRAINED, ColumnSpec
from dropout_lab.results.files import HISTORY, PREDICTIONS, TRIALS
from dropout_lab.results.rows import epochs_column, history_columns, history_rows, prediction_columns, prediction_rows
from dropout_lab.results.trial_rows import TrialRow

__all__ = ["DetailTable", "history_table", "predictions_table"]


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


def predictions_table(folder: Path, classes: int | None = None) -> DetailTable:
    """Return the predictions of a result; `classes` is 1 for regression, and None for as many as in the file."""
    path = folder / PREDICTIONS
    if classes is None:
        classes = max(0, first_line(path).count(",") - len(prediction_columns(0)) + 1)
    return DetailTable(path, prediction_columns(classes), "test_rows", prediction_rows)
