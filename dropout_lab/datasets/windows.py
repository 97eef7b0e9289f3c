"""Windows of consecutive rows: an index of a table's rows, each of which is in memory once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Windows", "first_rows"]


@dataclass(frozen=True)
class Windows:
    """Windows of consecutive rows, and when they begin.

    Attributes
    ----------
    first : array of shape (windows,), int64
        The row that each starts with.
    length : int
        Rows in each.
    step, horizon : int
        In rows: from one window's start to the next one's, and from a window's last row to its target.
    begin : array of shape (windows,), int64
        When the first row was, in the ranks of `Dataset.time`, which says when the target was.
    last_value : array of shape (windows,), float64
        The target's value (its number, or class code) in the window's last row, which persistence predicts; NaN where
        it is missing.
    """

    first: NDArray[np.int64]
    length: int
    step: int
    horizon: int
    begin: NDArray[np.int64]
    last_value: NDArray[np.float64]

    @property
    def span(self) -> int:
        """Rows from a window's first one to its target, both counted."""
        return self.length + self.horizon

    def rows(self, windows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the rows that are in any of some windows, each once, in ascending order."""
        last = int(self.first.max(initial=0)) + self.length
        starts = np.bincount(self.first[windows], minlength=last + 1)
        covered = np.cumsum(starts - np.concatenate([np.zeros(self.length, np.int64), starts[: -self.length]]))
        return np.flatnonzero(covered > 0)

    def flat(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return each window's rows one after another: a view, where windows start at equal distances, else a copy.

        Parameters
        ----------
        values : array of shape (rows, columns)

        Returns
        -------
        array of shape (windows, length * columns)
            Not to be changed.
        """
        columns = values.shape[1]
        every = np.lib.stride_tricks.sliding_window_view(np.ravel(values), self.length * columns)[::columns]
        steps = np.diff(self.first)
        if len(steps) and (steps == steps[0]).all() and steps[0] > 0:
            return every[self.first[0] : self.first[-1] + 1 : steps[0]]
        return every[self.first]


def first_rows(series: NDArray[np.int64], span: int, step: int) -> NDArray[np.int64]:
    """Return the rows that windows start with, whose rows and target are all of one series.

    Parameters
    ----------
    series : array of shape (rows,)
        The series of each row; rows of one follow each other, in the order of time.
    span : int
        Rows from a window's first one to its target, both counted.
    step : int
        Rows from one window's start to the next one's; each series starts with a window.

    Returns
    -------
    array of shape (windows,), int64
        In ascending order.
    """
    starts = np.flatnonzero(np.diff(series, prepend=series[:1] - 1))
    ends = np.append(starts[1:], len(series))
    parts = [np.arange(start, end - span + 1, step) for start, end in zip(starts, ends, strict=True)]
    return np.concatenate([np.zeros(0, np.int64), *parts]).astype(np.int64)
