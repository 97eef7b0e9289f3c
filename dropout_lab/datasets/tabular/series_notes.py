"""What the user should know of rows that are points in time: their order, gaps, and missing values."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dropout_lab.datasets.message_text import join_names, printable
from dropout_lab.datasets.tabular.raw_table import RawTable

__all__ = ["file_order_note", "missing_note", "order_notes"]

_GAP = 1.5
"""A distance in time that is longer than the usual one by this factor is a gap: months differ by less."""


def file_order_note(series: str) -> str:
    """Say that rows are taken in the order of the file, those of each series if there is a column of that name."""
    of_each = "of each series " if series else ""
    return (
        f"rows {of_each}follow one another as in the file, which is taken for the order of time: if a column says when "
        "they were, set dataset.time"
    )


def order_notes(
    raw: RawTable, name: str, times: NDArray[np.float64], series: NDArray[np.int64], by: str
) -> Iterator[str]:
    """Yield where the times of rows are out of order, equal or far apart.

    Parameters
    ----------
    raw : RawTable
    name : str
        Of the column of times.
    times : array of shape (rows,)
    series : array of shape (rows,), int64
    by : str
        The column that says the series; empty if there is none.
    """
    column = printable(name)
    test = np.arange(len(series)) >= raw.train_rows
    series = series + (int(series.max(initial=0)) + 1) * test
    in_file = np.argsort(series, kind="stable")
    back = in_file[1:][(np.diff(series[in_file]) == 0) & (np.diff(times[in_file]) < 0)]
    if len(back):
        is_are = "row is" if len(back) == 1 else "rows are"
        yield (
            f"{column}: {len(back):,} {is_are} earlier than the row before, first {raw.location(int(back.min()))}: "
            "rows are sorted by it"
        )
    order = np.lexsort((times, series))
    same, apart = np.diff(series[order]) == 0, np.diff(times[order])
    equal = order[1:][same & (apart == 0)]
    if len(equal):
        has = "row has" if len(equal) == 1 else "rows have"
        of_series = " of its series" if by else ""
        advice = "" if by else ": if they are of several series, set dataset.series to the column that says so"
        yield (
            f"{column}: {len(equal):,} {has} the time of another row{of_series}, first "
            f"{raw.location(int(equal.min()))}: they follow one another as in the file{advice}"
        )
    positive = apart[same & (apart > 0)]
    usual = float(np.median(positive)) if len(positive) else 0.0
    far = same & (apart > _GAP * usual)
    if usual and far.any():
        gap = order[1:][far]
        yield (
            f"{column}: {len(gap):,} gap{'' if len(gap) == 1 else 's'}, where rows are up to "
            f"{float(apart[far].max()) / usual:,.3g} times as far apart as usual, first before "
            f"{raw.location(int(gap.min()))}: windows go across them as if there were none"
        )


def missing_note(raw: RawTable, columns: list[tuple[str, NDArray[np.bool_]]]) -> Iterator[str]:
    """Yield a note on missing values of inputs, which windows have among others.

    Parameters
    ----------
    raw : RawTable
    columns : list of (name, array of shape (rows,))
        Of each input, and which rows lack it.
    """
    lacking = [(name, missing) for name, missing in columns if missing.any()]
    if not lacking:
        return
    named = [f"{name} in {missing.sum():,}" for name, missing in lacking]
    row = min(int(missing.argmax()) for _, missing in lacking)
    yield (
        f"missing values within windows, first {raw.location(row)}: {join_names(named, 5)} rows: they become the "
        "median (of texts the most frequent one) of the training rows, whatever is before and after them: fill them in "
        "the file if that is wrong"
    )
