"""The rows of a table, in the order of time -> windows of each series, and the target some rows later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.windows import SeriesTable
from dropout_lab.datasets.dataset import Dataset
from dropout_lab.datasets.message_text import join_names, printable
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.datasets.tabular.series_notes import file_order_note, missing_note, order_notes
from dropout_lab.datasets.windows import Windows, first_rows
from dropout_lab.errors import DatasetError

__all__ = ["cut_windows", "series_codes"]


@dataclass(frozen=True)
class _Ordered:
    """The rows of a table, series by series, each in the order of time.

    Attributes
    ----------
    row : array of shape (rows,), int64
        Their numbers in the table.
    series : array of shape (rows,), int64
        Those of a test file are series of their own.
    time : array of shape (rows,), int64
        When they were; without a column for it, their number in the series.
    """

    row: NDArray[np.int64]
    series: NDArray[np.int64]
    time: NDArray[np.int64]


def cut_windows(data: Dataset, raw: RawTable, spec: SeriesTable, times: NDArray[np.float64] | None) -> Dataset:
    """Cut windows.

    Parameters
    ----------
    data : Dataset
        All rows of the table, with a label of -1, or no value, where the target is missing.
    raw : RawTable
    spec : SeriesTable
        With a window.
    times : array of shape (rows,), or None
        When each row was; None: they are in the order of time.

    Returns
    -------
    Dataset
        Its rows are windows, in the order of their targets' times.

    Raises
    ------
    DatasetError
        If no window can be cut, or a column does not fit; names every problem.
    """
    columns = {column.name: column for column in raw.columns}
    names, code = series_codes(raw, columns[spec.series] if spec.series else None)
    of_test = np.arange(len(code)) >= raw.train_rows
    problems = [] if data.groups is None else _group_problem(raw, names, code, data.groups, spec)
    ordered = _in_order(code + len(names) * of_test, data.time)
    span = (spec.window or 0) + spec.horizon
    first = first_rows(ordered.series, span, spec.step)
    target = ordered.row[first + span - 1]
    known = (data.labels if data.values is None else np.where(np.isnan(data.values), -1, 0))[target] >= 0
    for file, part in ((raw.file, ~of_test), (raw.test_file, of_test)):
        if file:
            problems += _length_problem(file, names, np.bincount(code[part], minlength=len(names)), spec)
            if not problems and not known[part[target]].any():
                problems.append(f"{file}: no window has a target, as it is missing wherever one could be")
    problems += [] if problems else _unlearned_problem(raw, data.labels[target], of_test[target], data.classes)
    if problems:
        raise DatasetError(problems)
    dropped = len(known) - int(known.sum())
    first, target = first[known], target[known]
    when = ordered.time[first + span - 1]
    order = np.lexsort((code[target], when, of_test[target]))
    first, target, when = first[order], target[order], when[order]
    last = ordered.row[first + (spec.window or 0) - 1]
    past = data.values if data.values is not None else np.where(data.labels < 0, np.nan, data.labels)
    test_rows = int(of_test[target].sum())
    windows = Windows(first, spec.window or 0, spec.step, spec.horizon, ordered.time[first], past[last])
    notes = [*data.notes, *_short_note(names, code[~of_test], spec)]
    if times is None or data.roles is None:
        notes.append(file_order_note(spec.series or ""))
    else:
        notes += order_notes(raw, data.roles.time, times, code, spec.series or "")
    inputs = data.table.columns if data.table else ()
    lacking = np.isnan(data.features)
    notes += missing_note(raw, [(column.name, lacking[:, at]) for at, column in enumerate(inputs)])
    notes += [_dropped_note(dropped, columns[data.roles.target].name if data.roles else "")] if dropped else []
    return replace(
        data,
        features=data.features[ordered.row],
        labels=data.labels[target],
        values=None if data.values is None else data.values[target],
        groups=None if data.groups is None else data.groups[target],
        time=when[: len(when) - test_rows],
        shape=(windows.length, data.table.inputs if data.table else data.features.shape[1]),
        test_rows=test_rows,
        windows=windows,
        notes=tuple(notes),
    )


def series_codes(raw: RawTable, column: RawColumn | None) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the names of the series, and that of each row, of shape (rows,); without a column there is one.

    Raises
    ------
    DatasetError
        If a row has none.
    """
    if column is None:
        return ("",), np.zeros(len(raw.columns[0].values), np.int64)
    missing = np.flatnonzero(~column.present)
    if len(missing):
        raise DatasetError(
            [
                f"{raw.location(int(missing[0]))}: series {printable(column.name)} is missing, here and in "
                f"{len(missing):,} row{'' if len(missing) == 1 else 's'} in all: each row needs one"
            ]
        )
    found = column.as_category().sorted_categories()
    return found.categories or (), found.values.astype(np.int64)


def _in_order(series: NDArray[np.int64], time: NDArray[np.int64] | None) -> _Ordered:
    """Sort rows by series and time; of one series and time they stay in the order of the file."""
    row = np.lexsort((np.zeros_like(series) if time is None else time, series))
    ordered = series[row]
    if time is not None:
        return _Ordered(row, ordered, time[row])
    starts = np.flatnonzero(np.diff(ordered, prepend=ordered[:1] - 1))
    return _Ordered(row, ordered, np.arange(len(row)) - np.repeat(starts, np.diff(np.append(starts, len(row)))))


def _length_problem(file: str, names: Sequence[str], rows: NDArray[np.int64], spec: SeriesTable) -> list[str]:
    """Return a problem if no series of a file is long enough for a window; `rows` counts those of each."""
    needed, longest = (spec.window or 0) + spec.horizon, int(rows.argmax())
    if rows[longest] >= needed:
        return []
    which = f"the longest series ({_series(names, longest, spec)})" if spec.series else "there"
    return [
        f"dataset.window: {file}: a window of {spec.window:,} rows and a target {spec.horizon:,} later need {needed:,} "
        f"rows that follow one another, but {which} {'has' if spec.series else 'are'} {rows[longest]:,}: take a "
        f"smaller window{' or horizon' if spec.horizon > 1 else ''}"
    ]


def _unlearned_problem(
    raw: RawTable, labels: NDArray[np.int64], of_test: NDArray[np.bool_], classes: Sequence[str]
) -> list[str]:
    """Return a problem if windows of the test file have a class that no window to train on has."""
    unknown = np.setdiff1d(labels[of_test & (labels >= 0)], labels[~of_test])
    if not classes or not len(unknown):
        return []
    return [
        f"dataset.test: {raw.test_file}: targets of its windows are of classes that no window of {raw.file} predicts, "
        f"so that no network can learn them: {join_names([classes[code] for code in unknown.tolist()])}"
    ]


def _series(names: Sequence[str], code: int, spec: SeriesTable) -> str:
    return f"{printable(spec.series or '')} {printable(names[code])}"


def _short_note(names: Sequence[str], code: NDArray[np.int64], spec: SeriesTable) -> list[str]:
    """Return a note on the series that are too short for a window; usually none."""
    needed = (spec.window or 0) + spec.horizon
    rows = np.bincount(code, minlength=len(names))
    short = [f"{names[at]} ({rows[at]:,} rows)" for at in np.flatnonzero((rows > 0) & (rows < needed)).tolist()]
    if not short:
        return []
    one = len(short) == 1
    return [
        f"{len(short):,} of {len(names):,} series {'is' if one else 'are'} shorter than the {needed:,} rows from the "
        f"start of a window to its target, and {'has' if one else 'have'} no window: {join_names(short, 5)}"
    ]


def _dropped_note(count: int, target: str) -> str:
    windows = f"{count:,} window{'' if count == 1 else 's'}"
    return f"{windows} left out, as {printable(target)} is missing where {'its' if count == 1 else 'their'} target is"


def _group_problem(
    raw: RawTable, names: Sequence[str], code: NDArray[np.int64], groups: NDArray[np.int64], spec: SeriesTable
) -> list[str]:
    """Return a problem if rows of a series are of several groups, so that a window would be, too."""
    order = np.lexsort((groups, code))
    changed = np.flatnonzero((np.diff(groups[order]) != 0) & (np.diff(code[order]) == 0))
    if not len(changed):
        return []
    row = int(order[changed[0] + 1])
    which = f"series {_series(names, int(code[row]), spec)}" if spec.series else "the one series"
    remedy = "leave dataset.group out" if spec.series else "name the column of the series (dataset.series)"
    return [
        f"{raw.location(row)}: {which} has rows of several groups, and so would windows: expected each series in one "
        f"group: {remedy}"
    ]
