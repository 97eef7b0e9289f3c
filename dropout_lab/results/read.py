"""Reading a result for analysis."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dropout_lab.errors import ResultsError
from dropout_lab.results.append_only_csv import AppendOnlyTable, first_line
from dropout_lab.results.column_spec import ColumnSpec, as_text, damaged
from dropout_lab.results.files import CONFIG, HISTORY, PREDICTIONS, TRIALS, is_there, saved_experiment
from dropout_lab.results.rows import epochs_column, history_cells, prediction_cells, trial_cells
from dropout_lab.results.trial_rows import check_details, read_marks

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_history", "read_predictions", "read_trials"]


def read_trials(folder: Path) -> pd.DataFrame:
    """Read the trials of a result.

    Returns
    -------
    pandas.DataFrame
        ``trials.csv``, a row per finished trial; its last line is left out if it is torn.

    Raises
    ------
    ResultsError
        If the directory holds no results, or they cannot be read, or are not as they were written; see `read_marks`.
    """
    if not is_there(folder / CONFIG) or not is_there(folder / TRIALS):
        raise ResultsError(f"{folder}: holds no results: expected a directory that 'dropout-lab run' or 'sweep' made")
    return _frame(
        as_text(tuple(mark.values()) for mark in read_marks(folder).values()), trial_cells(saved_experiment(folder))
    )


def read_history(folder: Path, trials: pd.DataFrame) -> pd.DataFrame | None:
    """Read the learning curves of trials.

    Parameters
    ----------
    folder : Path
    trials : pandas.DataFrame
        Rows of what `read_trials` gives, of trials that were trained.

    Returns
    -------
    pandas.DataFrame or None
        ``history.csv``, an epoch's row after the other, trial by trial; None if there is no such file.

    Raises
    ------
    ResultsError
        If it cannot be read, or is not as it was written.
    """
    if not is_there(folder / HISTORY):
        return None
    experiment = saved_experiment(folder)
    table = AppendOnlyTable(folder / HISTORY, history_cells(experiment))
    counts = _counts(trials, epochs_column(experiment))
    chunks = table.read()
    check_details(table.path, chunks, counts)
    history = _frame("".join(chunks[trial] for trial in counts), table.cells)
    epochs = [epoch for count in counts.values() for epoch in range(1, count + 1)]
    _check_keys(table.path, history, history["epoch"] == epochs, "epoch")
    return history


def read_predictions(folder: Path, trials: pd.DataFrame) -> pd.DataFrame | None:
    """Read the predictions of trials; see `read_history`.

    Returns
    -------
    pandas.DataFrame or None
        ``predictions.csv.gz``, a held-out row after the other, trial by trial. None if there is no such file, or rows
        are missing because it is torn.
    """
    path = folder / PREDICTIONS
    if not is_there(path):
        return None
    classes = first_line(path).count(",") - len(prediction_cells(0)) + 1
    table = AppendOnlyTable(path, prediction_cells(max(classes, 0)))
    counts = _counts(trials, "test_rows")
    chunks = table.read()
    if not counts.keys() <= chunks.keys():
        return None
    check_details(path, chunks, counts)
    predictions = _frame("".join(chunks[trial] for trial in counts), table.cells)
    _check_keys(path, predictions, ~predictions.duplicated(["trial", "row"]), "row")
    return predictions


def _frame(rows: str, cells: Mapping[str, ColumnSpec]) -> pd.DataFrame:
    """Return checked rows as a table; what is empty is missing."""
    import pandas as pd

    text = io.StringIO(as_text([tuple(cells)]) + rows)
    dtypes = {column: cell.dtype for column, cell in cells.items() if cell.dtype}
    return pd.read_csv(text, dtype=dtypes, keep_default_na=False, na_values=[""])


def _counts(trials: pd.DataFrame, column: str) -> Mapping[str, int]:
    return {trial: int(count) for trial, count in zip(trials["trial"], trials[column], strict=True)}


def _check_keys(path: Path, details: pd.DataFrame, right: pd.Series[bool], key: str) -> None:
    """Raise `ResultsError` where a row is not the one of its trial that it should be."""
    wrong = details.loc[~right, ["trial", key]].drop_duplicates("trial")
    if len(wrong):
        problems = [f"trial {trial}: {key} {value} is out of turn" for trial, value in wrong.itertuples(index=False)]
        raise damaged(path, problems)
