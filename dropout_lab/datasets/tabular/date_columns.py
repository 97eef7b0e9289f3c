"""Columns of dates, which become numbers where the config says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.user_dataset import DEFAULT_DATE_PARTS, FileDataset, UserDataset
from dropout_lab.config.yaml_text import listed, scalar
from dropout_lab.datasets.message_text import join_names, number_label, printable
from dropout_lab.datasets.tabular.dates import DATE_PARTS, date_orders, read_date
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable

__all__ = [
    "DateColumn",
    "DateInputs",
    "dates_advice",
    "dates_in",
    "find_dates",
    "find_order",
    "looks_like_dates",
    "to_numbers",
]

_FIRST_TEXTS, _MIN_DAYS = 20, 20
_FIRST_DAY, _LAST_DAY = 19_000_101, 20_991_231


@dataclass(frozen=True)
class DateColumn:
    """A column of dates.

    Attributes
    ----------
    name : str
    order : str
        Of day, month and year, one of those in `dates`.
    parts : tuple of str
        The numbers that it becomes, of `DATE_PARTS`.
    """

    name: str
    order: str
    parts: tuple[str, ...]

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the columns that it becomes."""
        return tuple(f"{self.name}_{part}" for part in self.parts)


@dataclass(frozen=True)
class DateInputs:
    """The columns of dates of a table as numbers.

    Attributes
    ----------
    dates : tuple of DateColumn
    columns : mapping of str to tuple of RawColumn
        By the name of the column of dates.
    notes, problems : tuple of str
    """

    dates: tuple[DateColumn, ...] = ()
    columns: Mapping[str, tuple[RawColumn, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The names of the columns of numbers."""
        return frozenset(name for date in self.dates for name in date.inputs)


def find_dates(raw: RawTable, spec: UserDataset) -> DateInputs:
    """Read the columns that ``dataset.dates`` names.

    Parameters
    ----------
    raw : RawTable
        The rows that have a target.
    spec : UserDataset
        The section of the config.
    """
    names = {column.name for column in raw.columns}
    dates: list[DateColumn] = []
    columns: dict[str, tuple[RawColumn, ...]] = {}
    problems: list[str] = []
    notes: list[str] = []
    for column in (column.as_category() for column in raw.columns if column.name in spec.dates):
        texts = column.sorted_categories().categories or ()
        order, problem = find_order("dates", column.name, texts, spec.day_first)
        date = DateColumn(column.name, order, spec.dates[column.name])
        numbers, wrong = to_numbers(column, date) if order else ((), np.zeros(0, np.int64))
        if len(wrong):
            problem = _not_dates(raw, column, wrong, spec.missing)
        elif taken := sorted(names & {*date.inputs}):
            problem = f"dataset.dates: {join_names(taken)} of {printable(column.name)} has the name of another column"
        if problem:
            problems.append(problem)
        else:
            dates.append(date)
            columns[column.name] = numbers
            days = {text: day for text in texts if (day := read_date(text, order))}
            if spec.time is None and _in_order(column, days):
                notes.append(
                    f"the rows are in the order of {printable(column.name)}: if later ones are to be predicted from "
                    f"earlier ones, set evaluation.split: time_series, and dataset.time: {scalar(column.name)}"
                )
            text, day = next((each for each in days.items() if each[1].day != each[1].month), next(iter(days.items())))
            notes.append(
                f"{printable(column.name)}: {printable(text)} is read as the date {day:%Y-%m-%d}; its inputs are "
                f"{join_names(date.inputs, 6)}"
            )
    return DateInputs(tuple(dates), columns, tuple(notes), tuple(problems))


def to_numbers(column: RawColumn, date: DateColumn) -> tuple[tuple[RawColumn, ...], NDArray[np.int64]]:
    """Return the numbers of a column of dates, a column for each part, and the rows that hold something else."""
    column = column.as_category()
    read = [read_date(text, date.order) for text in column.categories or ()]
    numbers = tuple(
        RawColumn(
            name,
            column.map_categories([np.nan if day is None else DATE_PARTS[part](day) for day in read], np.nan).astype(
                np.float64
            ),
        )
        for name, part in zip(date.inputs, date.parts, strict=True)
    )
    return numbers, np.flatnonzero(column.map_categories([day is None for day in read], False))


def looks_like_dates(column: RawColumn) -> str:
    """Return a text of a column of dates; empty if it is none."""
    if column.categories is None:
        values = column.values[column.present]
        if not len(values) or values.min() < _FIRST_DAY or values.max() > _LAST_DAY:
            return ""
        texts: Sequence[str] = [number_label(value) for value in np.unique(values)]
    else:
        texts = column.sorted_categories().categories or ()
    if date_orders(texts[:_FIRST_TEXTS], digits=True) and date_orders(texts, digits=True):
        return texts[0]
    return ""


def dates_advice(spec: UserDataset, name: str) -> str:
    """Return what to set so that a column is read as dates, too."""
    if not spec.dates:
        return f"set dataset.dates: {listed([name])}"
    known = [f"{scalar(column)}: {listed(parts)}" for column, parts in spec.dates.items()]
    return f"set dataset.dates: {{{', '.join([*known, f'{scalar(name)}: {listed(DEFAULT_DATE_PARTS)}'])}}}"


def dates_in(raw: RawTable, spec: FileDataset) -> tuple[str, ...]:
    """Return the names of the inputs that hold dates in an order of day and month that is known."""
    others = {spec.target, spec.group, spec.fold, spec.time, *spec.drop, *spec.categories}
    found = []
    names = {column.name for column in raw.columns}
    for column in raw.columns:
        if column.name not in others and looks_like_dates(column):
            texts = column.as_category().sorted_categories().categories or ()
            order, problem = find_order("dates", column.name, texts, spec.day_first)
            inputs = DateColumn(column.name, order, DEFAULT_DATE_PARTS).inputs
            if not problem and names.isdisjoint(inputs):
                found.append(column.name)
    return tuple(found)


def find_order(key: str, name: str, texts: Sequence[str], day_first: bool | None) -> tuple[str, str]:
    """Return the order of day, month and year in most texts; or why it is not known. `key` names the column."""
    counts: dict[str, int] = {}
    orders = [date_orders([text], digits=True) for text in texts]
    for found in orders:
        for order in found:
            counts[order] = counts.get(order, 0) + 1
    if not counts:
        return "", f"dataset.{key}: {printable(name)} holds no dates ({join_names(texts, 3) or 'it is empty'})"
    most = [order for order, count in counts.items() if count == max(counts.values())]
    unclear = [text for text, found in zip(texts, orders, strict=True) if len(found) > 1]
    if len(most) == 1 or not unclear:
        return most[0], ""
    if day_first is None and not any("." in text for text in texts):
        return "", (
            f"dataset.{key}: {printable(name)}: the day or the month may come first in {printable(unclear[0])}: set "
            "dataset.day_first: true, or dataset.day_first: false"
        )
    return "month day year" if day_first is False else "day month year", ""


def _in_order(column: RawColumn, days: Mapping[str, datetime]) -> bool:
    """Return whether no row is earlier than the one before it, of many different days."""
    if len(days) < _MIN_DAYS or not column.present.all():
        return False
    column = column.sorted_categories()  # without the texts of rows that have no target
    times = column.map_categories([DATE_PARTS["elapsed_days"](days[text]) for text in column.categories or ()], 0)
    return bool((np.diff(times) >= 0).all())


def _not_dates(raw: RawTable, column: RawColumn, rows: NDArray[np.int64], missing: Sequence[str]) -> str:
    texts = [(column.categories or ())[int(column.values[row])] for row in rows]
    more = f", and {len(rows) - 1:,} more" if len(rows) > 1 else ""
    return (
        f"{raw.location(int(rows[0]))}: {printable(column.name)}: '{printable(texts[0])}' is not a date like the "
        f"others{more}: correct it, or set dataset.missing: {listed((*missing, *list(dict.fromkeys(texts))[:10]))}"
    )
