"""The rows of ``trials.csv``: each commits its trial. They are read here only, and strictly."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from dropout_lab.plan import plan
from dropout_lab.results.append_only_csv import AppendOnlyTable
from dropout_lab.results.column_spec import ColumnSpec, damaged
from dropout_lab.results.files import CONFIG, TRIALS, is_there, saved_experiment
from dropout_lab.results.rows import planned_values, trial_columns

__all__ = ["TrialRow", "read_trial_rows"]

TrialRow = Mapping[str, str]
"""The cells of a row by column."""


def read_trial_rows(folder: Path) -> dict[str, TrialRow]:
    """Read the rows of the finished trials of a result.

    Returns
    -------
    dict of str to TrialRow
        By trial, in the order of the file; without an incomplete last line.

    Raises
    ------
    ResultsError
        If the file cannot be read, or is not as it was written: a line lacks cells, a cell does not fit its column, a
        trial appears twice, or a row does not agree with the plan of the saved experiment. Reports each such line.
    """
    if not is_there(folder / TRIALS):
        return {}
    experiment = saved_experiment(folder)
    table = AppendOnlyTable(folder / TRIALS, trial_columns(experiment))
    lines = table.rows().split("\n")[:-1]
    rows = [dict(zip(table.columns, cells, strict=True)) for cells in csv.reader(lines)]
    planned = {trial.id: planned_values(trial, table.columns) for trial in plan(experiment)} if rows else {}
    problems = [f"{table.path}:{number}: {text}" for number, text in _problems(rows, table.columns, planned)]
    if problems:
        raise damaged(table.path, problems)
    return {row["trial"]: row for row in rows}


def _problems(
    rows: Sequence[TrialRow], columns: Mapping[str, ColumnSpec], planned: Mapping[str, Mapping[str, object]]
) -> Iterator[tuple[int, str]]:
    """Yield line number and problem of rows whose cells each fit their column."""
    lines: dict[str, int] = {}
    for number, row in enumerate(rows, 2):
        trial, status = row["trial"], row["status"]
        if lines.setdefault(trial, number) != number:
            yield number, f"trial {trial} a second time, after line {lines[trial]}"
        if trial not in planned:
            yield number, f"trial {trial} is not in the plan that this version of dropout-lab makes of {CONFIG}"
        for name, value in planned.get(trial, {}).items():
            if row[name] != str(value):
                yield number, f"{name}: expected {_or_nothing(value)}, as in {CONFIG}, got {_or_nothing(row[name])}"
        for name, column in columns.items():
            if row[name] and column.statuses and status not in column.statuses:
                yield number, f"{name}: expected nothing for a trial that is {status}"
            if not row[name] and column.required and status in column.statuses:
                yield number, f"{name}: expected a number for a trial that is {status}"


def _or_nothing(value: object) -> str:
    return "nothing" if value == "" else str(value)
