"""Windows of new rows: each series cut like the training data, but at every row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dropout_lab.datasets.message_text import join_names, number_label, printable
from dropout_lab.datasets.tabular.cut_windows import series_codes
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.datasets.tabular.series_notes import order_notes
from dropout_lab.datasets.tabular.split_columns import read_times
from dropout_lab.datasets.windows import first_rows
from dropout_lab.errors import DatasetError

__all__ = ["NewWindows", "WindowSchema", "cut_new_windows"]


@dataclass(frozen=True)
class WindowSchema:
    """How windows are cut. Saved in a model's file.

    Attributes
    ----------
    length : int
        Rows in each.
    horizon : int
        How many rows after its last one the predicted row is.
    series, time : str
        Columns that say of which series a row is, and when it was; empty if there is none.
    day_first : bool or None
        As in the config.
    """

    length: int
    horizon: int
    series: str = ""
    time: str = ""
    day_first: bool | None = None

    @property
    def columns(self) -> list[str]:
        """The columns that new rows must have besides the inputs."""
        return [name for name in (self.series, self.time) if name]


@dataclass(frozen=True)
class NewWindows:
    """Windows of a table's rows, in the order of their last rows in the file.

    Attributes
    ----------
    rows : array of shape (windows, length), int64
        Row numbers, in the order of time.
    ends : dict of str to tuple of str
        What is told of each window's last row besides its number: its ``series`` and ``time``, where there are columns.
    notes : tuple of str
        On the order of the rows, and the series of which nothing is predicted.
    """

    rows: NDArray[np.int64]
    ends: dict[str, tuple[str, ...]]
    notes: tuple[str, ...]


def cut_new_windows(raw: RawTable, schema: WindowSchema) -> NewWindows:
    """Cut a window at every row of each series that is long enough.

    Raises
    ------
    DatasetError
        If no series is, or a column that says the series or the time has no value in a row, or an unreadable one.
    """
    columns = {column.name: column for column in raw.columns}
    names, code = series_codes(raw, columns[schema.series] if schema.series else None)
    every = np.arange(len(code))
    times = read_times(raw, columns[schema.time], every, schema.day_first) if schema.time else np.zeros(len(code))
    order, counts = np.lexsort((times, code)), np.bincount(code, minlength=len(names))
    first = first_rows(code[order], schema.length, 1)
    if not len(first):
        longest = int(counts.argmax())
        which = f"series {printable(names[longest])}, the longest, has" if schema.series else "it has"
        raise DatasetError(
            [
                f"{raw.file}: the model predicts from {schema.length:,} rows that follow one another, but {which} "
                f"{counts[longest]:,}: give more of the rows before"
            ]
        )
    rows = order[first[:, None] + np.arange(schema.length)]
    rows = rows[np.argsort(rows[:, -1])]
    told = {"series": schema.series, "time": schema.time}
    ends = {key: _texts(columns[name], rows[:, -1]) for key, name in told.items() if name}
    short = [names[at] for at in np.flatnonzero(counts < schema.length).tolist()]
    note = f"{raw.file}: nothing is predicted of series with fewer than {schema.length:,} rows: {join_names(short)}"
    notes = [*order_notes(raw, schema.time, times, code, schema.series)] if schema.time else []
    return NewWindows(rows, ends, (*notes, *([note] if short else [])))


def _texts(column: RawColumn, rows: NDArray[np.int64]) -> tuple[str, ...]:
    """Return the values of a column in some rows, as text."""
    if column.categories is None:
        return tuple(number_label(value) for value in column.values[rows].tolist())
    return tuple(column.categories[code] for code in column.values[rows].astype(np.int64).tolist())
