"""The rows of ``trials.csv``: each is the mark that its trial is finished. Read strictly, and here only."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from dropout_lab.metrics.registry import METRICS
from dropout_lab.plan import Trial, plan
from dropout_lab.results.append_only_csv import AppendOnlyTable
from dropout_lab.results.column_spec import damaged
from dropout_lab.results.files import CONFIG, TRIALS, is_there, saved_experiment
from dropout_lab.results.rows import METRIC_CELLS, planned_cells, trial_cells

__all__ = ["WITHOUT_DETAILS", "TrialRow", "read_marks"]

TrialRow = Mapping[str, str]
"""The cells of a row by their column."""

WITHOUT_DETAILS = ("failed", "killed")
"""The statuses of trials that have neither history nor predictions."""

_OF_TRAINED = ("train_rows", "test_rows", "train_seconds", "epochs_trained")
_OF_OK = tuple(
    column
    for metric in METRICS.values()
    if metric.measured != "on request" and not metric.needs
    for column in metric.columns
    if not column.startswith("mc_")
)
_PERHAPS_OF_TRAINED = ("epoch_seconds", "best_epoch")
_PERHAPS_OF_OK = (
    *(column for column in METRIC_CELLS if column not in _OF_OK),
    *("sparsity", "mean_activation", "coadaptation"),
)
"""Columns whose numbers need not exist: of a single epoch, of a net that is not finite with dropout on, of one unit, of
a metric that is undefined for the rows."""


def read_marks(folder: Path) -> dict[str, TrialRow]:
    """Read the marks of a result.

    Returns
    -------
    dict of str to Mark
        By trial, in the order of the file; a last line that is torn is left out.

    Raises
    ------
    ResultsError
        If the file cannot be read, or is not as it was written: a line lacks cells, a cell holds what it may not, a
        trial comes twice, or a row does not say what the saved experiment plans. Names each such line.
    """
    if not is_there(folder / TRIALS):
        return {}
    experiment = saved_experiment(folder)
    table = AppendOnlyTable(folder / TRIALS, trial_cells(experiment))
    lines = table.rows().split("\n")[:-1]
    marks = [dict(zip(table.cells, cells, strict=True)) for cells in csv.reader(lines)]
    problems = (
        [f"{table.path}:{number}: {text}" for number, text in _problems(marks, plan(experiment))] if marks else []
    )
    if problems:
        raise damaged(table.path, problems)
    return {mark["trial"]: mark for mark in marks}


def _problems(marks: Sequence[TrialRow], planned: Sequence[Trial]) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with rows whose cells are right one by one, with the number of the line."""
    expected = {trial.id: planned_cells(trial, marks[0]) for trial in planned}
    first: dict[str, int] = {}
    for number, mark in enumerate(marks, 2):
        trial, status = mark["trial"], mark["status"]
        if trial in first:
            yield number, f"trial {trial} a second time, after line {first[trial]}"
        first.setdefault(trial, number)
        if trial not in expected:
            yield number, f"trial {trial} is not in the plan that this version of dropout-lab makes of {CONFIG}"
        for column, value in expected.get(trial, {}).items():
            if mark[column] != str(value):
                yield number, f"{column}: expected {_shown(value)}, as in {CONFIG}, got {_shown(mark[column])}"
        filled, perhaps = _filled(status)
        for column in (*_OF_TRAINED, *_OF_OK, *_PERHAPS_OF_TRAINED, *_PERHAPS_OF_OK):
            cell = mark.get(column)
            if cell and column not in (*filled, *perhaps):
                yield number, f"{column}: expected nothing for a trial that is {status}"
            if cell == "" and column in filled:
                yield number, f"{column}: expected a number for a trial that is {status}"


def _shown(value: object) -> str:
    return "nothing" if value == "" else str(value)


def _filled(status: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the columns that only some trials have: those that trials of a status have, and may have."""
    if status in WITHOUT_DETAILS:
        return (), ()
    if status == "ok":
        return (*_OF_TRAINED, *_OF_OK), (*_PERHAPS_OF_TRAINED, *_PERHAPS_OF_OK)
    return _OF_TRAINED, _PERHAPS_OF_TRAINED
