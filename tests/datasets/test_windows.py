"""Laws of windows: consecutive rows of one series, the target some rows later, nothing on both sides of a split."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from dropout_lab.config.evaluation import TimeSeries
from dropout_lab.config.windows import SeriesTable
from dropout_lab.datasets import Dataset, checksum, set_aside, splits
from dropout_lab.datasets.roles import Roles
from dropout_lab.datasets.tabular.cut_windows import cut_windows
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.datasets.windows import Windows, first_rows
from dropout_lab.errors import DataError, DatasetError

SIZES = {"window": st.integers(1, 8), "step": st.integers(1, 4), "horizon": st.integers(1, 5)}
SPECS = st.fixed_dictionaries(SIZES)


def cut(series: NDArray[np.int64], times: NDArray[np.float64] | None, **keys: int) -> Dataset:
    """Cut windows of a table in which the only input of each row is its number, and its target ten times that."""
    numbers = np.arange(len(series), dtype=np.float64)
    raw = RawTable("my.csv", (RawColumn("it", series.astype(np.float64)), RawColumn("y", 10 * numbers)))
    ranks = None if times is None else np.unique(times, return_inverse=True)[1]
    data = Dataset(
        *("my", numbers[:, None], np.zeros(len(series), np.int64), (), "made"),
        values=10 * numbers,
        time=ranks,
        roles=Roles("y", series="it"),
    )
    return cut_windows(data, raw, SeriesTable.model_validate({"series": "it", **keys}), times)


def series_and_times(most: int = 60) -> st.SearchStrategy[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Draw the series of each row, of up to three, and its time, in any order; several rows may have one time."""
    row = st.tuples(st.integers(0, 2), st.integers(0, 40))
    return st.lists(row, min_size=15, max_size=most).map(
        lambda rows: (np.array([each[0] for each in rows]), np.array([each[1] for each in rows], np.float64))
    )


def cut_or_refused(series: NDArray[np.int64], times: NDArray[np.float64] | None, **keys: int) -> Dataset | None:
    """Cut windows; None if no series is long enough, which must be refused."""
    if np.bincount(series).max() < keys["window"] + keys["horizon"]:
        with pytest.raises(DatasetError, match="rows that follow one another"):
            cut(series, times, **keys)
        return None
    return cut(series, times, **keys)


@given(series_and_times(), SPECS, st.booleans())
def test_a_window_is_consecutive_rows_of_one_series_and_its_target_the_row_a_horizon_after_the_last(
    drawn: tuple[NDArray[np.int64], NDArray[np.float64]], keys: dict[str, int], timed: bool
) -> None:
    series, times = drawn
    data = cut_or_refused(series, times if timed else None, **keys)
    if data is None:
        return
    assert data.windows is not None
    assert data.values is not None
    found = data.windows.flat(data.features).astype(np.int64)
    order = np.lexsort((times if timed else np.zeros(len(times)), series))  # as a person would: a series at a time
    place = np.argsort(order)
    for rows, target, last in zip(found, (data.values / 10).astype(np.int64), data.windows.last_value, strict=True):
        assert (np.diff(place[rows]) == 1).all()
        assert place[target] - place[rows[-1]] == keys["horizon"]
        assert len({*series[rows].tolist(), int(series[target])}) == 1
        assert last == 10 * rows[-1]


@given(series_and_times(), SPECS)
def test_every_step_rows_of_each_series_a_window_starts_as_long_as_there_is_a_target(
    drawn: tuple[NDArray[np.int64], NDArray[np.float64]], keys: dict[str, int]
) -> None:
    series, _ = drawn
    data = cut_or_refused(series, None, **keys)
    if data is None:
        return
    assert data.windows is not None
    starts = data.windows.flat(data.features)[:, 0].astype(np.int64)
    expected: list[int] = []
    for one in np.unique(series):
        rows = np.flatnonzero(series == one)
        last = len(rows) - keys["window"] - keys["horizon"]
        expected += [int(rows[start]) for start in range(0, last + 1, keys["step"])]
    assert sorted(starts.tolist()) == sorted(expected)


@given(series_and_times(120), SPECS, st.integers(2, 4), st.integers(0, 5), st.sampled_from([0.0, 0.2]))
def test_no_row_and_no_target_is_in_two_of_training_validation_and_held_out_windows(
    drawn: tuple[NDArray[np.int64], NDArray[np.float64]], keys: dict[str, int], folds: int, gap: int, share: float
) -> None:
    series, times = drawn
    times = np.arange(len(times), dtype=np.float64)  # each row has its own
    data = cut_or_refused(series, times, **keys)
    if data is None:
        return
    evaluation = TimeSeries(folds=folds, gap=gap)
    try:
        found = splits(data, evaluation, None, 0, share)
    except DataError:
        return
    assert data.windows is not None
    assert data.values is not None
    touched = np.column_stack([data.windows.flat(data.features), data.values / 10]).astype(np.int64)
    for split in found:
        parts = [split.train, split.validation, split.test] if share else [split.train, split.test]
        assert all(len(part) for part in parts)
        ends = [(touched[part].min(), touched[part].max()) for part in parts]
        assert all(before[1] < after[0] for before, after in itertools.pairwise(ends))


@given(st.lists(st.integers(0, 20), max_size=10), st.integers(1, 6))
def test_the_rows_of_windows_are_those_that_any_of_them_has(starts: list[int], length: int) -> None:
    first = np.arange(21)
    found = Windows(first, length, 1, 1, first, first.astype(float)).rows(np.array(starts, np.int64))
    assert found.tolist() == sorted({row + step for row in starts for step in range(length)})


@given(st.lists(st.integers(0, 9), max_size=12, unique=True), st.integers(1, 4), st.integers(1, 3))
def test_flat_windows_are_their_rows_one_after_another_whether_copied_or_not(
    first: list[int], length: int, columns: int
) -> None:
    values = np.random.default_rng(7).normal(size=(13, columns))
    starts = np.array(first, np.int64)
    flat = Windows(starts, length, 1, 1, starts, starts.astype(float)).flat(values)
    assert flat.shape == (len(first), length * columns)
    for row, start in zip(flat, first, strict=True):
        assert np.array_equal(row, values[start : start + length].ravel())


def test_windows_at_equal_distances_take_no_memory_of_their_own() -> None:
    values = np.zeros((1000, 8))
    first = first_rows(np.zeros(1000, np.int64), 30, 3)
    flat = Windows(first, 24, 3, 6, first, first.astype(float)).flat(values)
    assert len(flat) == 324
    assert np.shares_memory(flat, values)


def test_early_stopping_of_windows_is_decided_by_the_last_ones_whatever_is_held_out() -> None:
    data = cut(np.zeros(100, np.int64), None, window=5, horizon=2, step=1)
    (split,) = splits(data, TimeSeries(folds=2), None, 0)[:1]
    aside = set_aside(split, data, TimeSeries(folds=2), 0.25, 7)
    assert aside.validation.tolist() == split.train[-len(aside.validation) :].tolist()
    assert len(split.train) - len(aside.train) - len(aside.validation) == 5 + 2 - 1


def test_other_windows_of_the_same_rows_are_other_data() -> None:
    same = [cut(np.zeros(50, np.int64), None, window=5, horizon=2, step=1) for _ in range(2)]
    others = [
        cut(np.zeros(50, np.int64), None, **{"window": 5, "horizon": 2, "step": 1, **keys})
        for keys in ({"window": 4}, {"horizon": 3}, {"step": 2})
    ]
    assert checksum(same[0]) == checksum(same[1])
    assert len({checksum(data) for data in (same[0], *others)}) == 4


@pytest.mark.parametrize(
    ("folds", "message"),
    [
        (12, "evaluation.folds: block 1 of 12 spans 7 points in time, and none of its windows lies within it"),
        (200, "200 folds need at least 201 points in time, but there are 93"),
    ],
)
def test_blocks_that_would_share_rows_are_refused(folds: int, message: str) -> None:
    data = cut(np.zeros(100, np.int64), None, window=5, horizon=3, step=1)
    with pytest.raises(DataError, match=message):
        splits(data, TimeSeries(folds=folds), None, 0)


def test_a_first_block_before_which_every_window_shares_its_rows_is_refused() -> None:
    data = cut(np.zeros(100, np.int64), None, window=20, horizon=3, step=1)
    with pytest.raises(DataError, match="every window before block 1 of 2 shares rows with it"):
        splits(data, TimeSeries(folds=2, test_size=30), None, 0)
