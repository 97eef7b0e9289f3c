"""Reading a result for analysis."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dropout_lab.results.column_spec import ColumnSpec, as_text, damaged
from dropout_lab.results.detail_tables import DetailTable, history_table, predictions_table
from dropout_lab.results.files import PREDICTIONS, TRIALS, is_there, no_results, saved_experiment
from dropout_lab.results.rows import trial_columns
from dropout_lab.results.trial_rows import read_trial_rows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_history", "read_predictions", "read_trials"]


def read_trials(folder: Path) -> pd.DataFrame:
    """Read the trials of a result.

    Returns
    -------
    pandas.DataFrame
        ``trials.csv``, a row per finished trial, without an incomplete last line.

    Raises
    ------
    ResultsError
        If the directory holds no results, or they cannot be read, or were damaged; see `read_trial_rows`.
    """
    experiment = saved_experiment(folder)
    if not is_there(folder / TRIALS):
        raise no_results(folder)
    return _frame([as_text(tuple(row.values()) for row in read_trial_rows(folder).values())], trial_columns(experiment))


def read_history(folder: Path, trials: pd.DataFrame) -> pd.DataFrame | None:
    """Read the learning curves of trials.

    Parameters
    ----------
    folder : Path
    trials : pandas.DataFrame
        Rows from `read_trials` of trials that were trained.

    Returns
    -------
    pandas.DataFrame or None
        ``history.csv``, a row per epoch, trial by trial; None if there is no such file.

    Raises
    ------
    ResultsError
        If it cannot be read, or was damaged.
    """
    detail = history_table(folder, saved_experiment(folder))
    if not is_there(detail.path):
        return None
    counts = _counts(detail, trials)
    chunks = detail.read()
    detail.check(chunks, counts)
    history = _frame([chunks[trial] for trial in counts], detail.columns)
    epochs = [epoch for count in counts.values() for epoch in range(1, count + 1)]
    _check_keys(detail, history, history["epoch"] == epochs, "epoch")
    return history


def read_predictions(folder: Path, trials: pd.DataFrame) -> pd.DataFrame | None:
    """Read the predictions of trials; see `read_history`.

    Returns
    -------
    pandas.DataFrame or None
        ``predictions.csv.gz``, a row per held-out row, trial by trial. None if there is no such file, or it is cut off.
    """
    if not is_there(folder / PREDICTIONS):
        return None
    detail = predictions_table(folder)
    counts = _counts(detail, trials)
    chunks = detail.read()
    if not counts.keys() <= chunks.keys():
        return None
    detail.check(chunks, counts)
    predictions = _frame([chunks[trial] for trial in counts], detail.columns)
    _check_keys(detail, predictions, ~predictions.duplicated(["trial", "row"]), "row")
    return predictions


def _frame(rows: Sequence[str], columns: Mapping[str, ColumnSpec]) -> pd.DataFrame:
    """Parse the text of rows that have been checked; empty cells are missing values."""
    import pandas as pd

    text = io.BytesIO("".join((as_text([tuple(columns)]), *rows)).encode())  # a StringIO takes four times the memory
    dtypes = {name: column.dtype for name, column in columns.items() if column.dtype}
    return pd.read_csv(text, dtype=dtypes, keep_default_na=False, na_values=[""])


def _counts(detail: DetailTable, trials: pd.DataFrame) -> dict[str, int]:
    """Return how many rows each of some trials has in a table."""
    return dict(zip(trials["trial"], trials[detail.count_column].astype(int), strict=True))


def _check_keys(detail: DetailTable, rows: pd.DataFrame, right: pd.Series[bool], key: str) -> None:
    """Raise `ResultsError` where the key of a row is not the one that its trial should have there."""
    wrong = rows.loc[~right, ["trial", key]].drop_duplicates("trial")
    if len(wrong):
        problems = [f"trial {trial}: unexpected {key} {value}" for trial, value in wrong.itertuples(index=False)]
        raise damaged(detail.path, problems)
