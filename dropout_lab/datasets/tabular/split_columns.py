"""Columns about the split: in which fold each row is held out, and when it was."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.evaluation import MAX_FOLDS
from dropout_lab.datasets.dataset import VALIDATION
from dropout_lab.datasets.message_text import join_names, printable
from dropout_lab.datasets.tabular.date_columns import find_order
from dropout_lab.datasets.tabular.dates import date_orders, read_date
from dropout_lab.datasets.tabular.notation import NumberStyle
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.errors import DatasetError

__all__ = ["read_times", "test_folds", "time_ranks"]

_NEVER = "-1"
"""What scikit-learn's ``PredefinedSplit`` calls the rows that no fold holds out."""

_TRAIN = frozenset({"train", "training"})
_TEST = frozenset({"test", "testing"})
_VALIDATION = frozenset({"validation", "valid", "val", "dev"})
_MONTH = len("2024-01")
_EPOCH = {True: datetime(1970, 1, 1), False: datetime(1970, 1, 1, tzinfo=UTC)}
"""By whether a time is without a time zone."""


def test_folds(raw: RawTable, column: RawColumn, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Read the fold that holds each row out.

    Where the values are words for parts, there is one fold: the test rows, or the validation rows if there are none.

    Parameters
    ----------
    raw : RawTable
    column : RawColumn
    rows : array of shape (rows,)
        Which rows of the table count.

    Returns
    -------
    array of shape (rows,), int64
        As `Dataset.test_fold`; folds are in the order of their numbers, or names.

    Raises
    ------
    DatasetError
        If a row has no value, or the values are neither parts nor folds of two rows or more.
    """
    column = _complete(raw, column, rows, "fold").as_category().sorted_categories()
    names, codes = column.categories or (), column.values.astype(np.int64)
    if _is_numeric(names):
        names, codes = _by_number(names, codes)
    parts = [name.lower() for name in names]
    words = _TRAIN | _TEST | _VALIDATION
    known = [name for name, part in zip(names, parts, strict=True) if part in words]
    if known:
        others = [name for name in names if name not in known]
        if others:
            raise DatasetError(
                [
                    f"dataset.fold: {printable(column.name)} holds {join_names(others, 3)} beside {join_names(known)}: "
                    "expected train, test and validation only, or other names, each of a fold"
                ]
            )
        return _parts(column.name, parts)[codes]
    counts = np.bincount(codes, minlength=len(names))
    alone = [code for code, name in enumerate(names) if counts[code] == 1 and name != _NEVER]
    folds = [name for name in names if name != _NEVER]
    problem = ""
    if alone:
        where = raw.location(int(rows[(codes == alone[0]).argmax()]))
        problem = (
            f"{where}: fold {printable(column.name)} is {printable(names[alone[0]])} in this row only: expected two "
            "rows or more in each fold; to hold each row out alone, set evaluation.split: leave_one_out"
        )
    elif not folds or len(names) < 2:
        problem = f"dataset.fold: {printable(column.name)} is {join_names(names)} in every row: expected several folds"
    elif len(folds) > MAX_FOLDS:
        problem = f"dataset.fold: {printable(column.name)} names {len(folds):,} folds: expected at most {MAX_FOLDS:,}"
    if problem:
        raise DatasetError([problem])
    position = {name: fold for fold, name in enumerate(folds)}
    return np.array([position.get(name, -1) for name in names])[codes]


def _parts(name: str, parts: list[str]) -> NDArray[np.int64]:
    """Return what each part is in `Dataset.test_fold`."""
    found = {*parts}
    tested = _TEST if found & _TEST else _VALIDATION
    if not found & _TRAIN or not found & tested:
        missing = "train" if not found & _TRAIN else "test"
        raise DatasetError(
            [f"dataset.fold: {printable(name)} holds {join_names(sorted(found))} only: no row is called {missing}"]
        )
    return np.array([-1 if part in _TRAIN else 0 if part in tested else VALIDATION for part in parts])


def time_ranks(times: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return when each row was, as `Dataset.time`, from its time as a number; both of shape (rows,)."""
    return np.unique(times, return_inverse=True)[1].astype(np.int64)


def read_times(
    raw: RawTable, column: RawColumn, rows: NDArray[np.int64], day_first: bool | None
) -> NDArray[np.float64]:
    """Read when each row was.

    Parameters
    ----------
    raw : RawTable
    column : RawColumn
        Of numbers, or dates or times as in `dates`.
    rows : array of shape (rows,)
        Which rows of the table count.
    day_first : bool or None
        Whether 3/4/2024 is in April; None if the dates tell.

    Returns
    -------
    array of shape (rows,), float64
        The numbers; of dates the seconds since 1970.

    Raises
    ------
    DatasetError
        If a row has no value, or one that is no such date.
    """
    column = _complete(raw, column, rows, "time")
    numbers = _numbers(column, raw.style)
    if numbers is not None:
        return numbers
    column = column.as_category()
    texts = column.categories or ()
    times = [_date(text) for text in texts]
    if None in times and any(date_orders([text], digits=True) for text in texts):
        order, problem = find_order("time", column.name, texts, day_first)
        if problem:
            raise DatasetError([problem])
        times = [read_date(text, order) for text in texts]
    as_numbers = [raw.style.number(text) for text in texts]
    mostly_numbers = 2 * sum(value is not None for value in as_numbers) > len(texts)
    for code in np.unique(column.values).astype(np.int64).tolist():
        if (as_numbers if mostly_numbers else times)[code] is None:
            where = raw.location(int(rows[(column.values == code).argmax()]))
            raise DatasetError(
                [
                    f"{where}: time {printable(column.name)} is {printable(texts[code])}: expected a "
                    "number, or a date written like the others, in every row, e.g. 2024-01-31"
                ]
            )
    used = [times[code] for code in np.unique(column.values).astype(np.int64).tolist()]
    if len({time.tzinfo is None for time in used if time}) > 1:
        raise DatasetError(
            [f"dataset.time: {printable(column.name)} has a time zone in some rows only: expected it in all or in none"]
        )
    seconds = [np.nan if time is None else (time - _EPOCH[time.tzinfo is None]).total_seconds() for time in times]
    return column.map_categories(seconds, np.nan)


def _numbers(column: RawColumn, style: NumberStyle) -> NDArray[np.float64] | None:
    """Return the values of a column whose values are all numbers; None of another one."""
    if column.categories is None:
        return np.asarray(column.values, np.float64)
    numbers = [style.number(text) for text in column.categories]
    return None if None in numbers else column.map_categories(numbers, np.nan).astype(np.float64)


def _date(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(f"{text}-01" if len(text) == _MONTH else text)
    except ValueError:
        return None


def _complete(raw: RawTable, column: RawColumn, rows: NDArray[np.int64], key: str) -> RawColumn:
    """Return the rows of a column that must have a value in each."""
    found = column.rows(rows)
    missing = np.flatnonzero(~found.present)
    if len(missing):
        raise DatasetError(
            [
                f"{raw.location(int(rows[missing[0]]))}: {key} {printable(column.name)} is missing, here and in "
                f"{len(missing):,} row{'' if len(missing) == 1 else 's'} in all: each row needs one"
            ]
        )
    return found


def _is_numeric(names: tuple[str, ...]) -> bool:
    return all(name.removeprefix("-").isdecimal() for name in names)


def _by_number(names: tuple[str, ...], codes: NDArray[np.int64]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return whole numbers in ascending order, which as texts were in alphabetical order."""
    order = sorted(range(len(names)), key=lambda code: int(names[code]))
    rank = np.empty(len(names), np.int64)
    rank[order] = np.arange(len(names))
    return tuple(names[code] for code in order), rank[codes]
