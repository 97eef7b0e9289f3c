"""Columns recode their categories without changing the text of any row."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dropout_lab.datasets.message_text import number_label
from dropout_lab.datasets.tabular.missing import mark_missing
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable

TEXTS = st.lists(st.none() | st.sampled_from(["b", "a", "C", "10", "9", "None", "?", "-999", "0.5"]), max_size=20)
NUMBERS = st.lists(st.just(np.nan) | st.sampled_from([0.0, 1.0, -2.5, 1e16, 0.1]), max_size=20)


def texts(column: RawColumn) -> list[str | None]:
    assert column.categories is not None
    return [None if code < 0 else column.categories[int(code)] for code in column.values]


@given(TEXTS)
def test_sorting_categories_keeps_every_text_and_drops_unused_categories(values: list[str | None]) -> None:
    column = RawColumn.from_values("a", values)
    assert texts(column) == values
    assert column.present.tolist() == [value is not None for value in values]
    some = column.rows(np.arange(0, len(values), 2))
    ordered = some.sorted_categories()
    assert texts(ordered) == texts(some) == values[::2]
    assert list(ordered.categories or ()) == sorted({value for value in values[::2] if value is not None})


@given(NUMBERS)
def test_numbers_become_categories_in_ascending_order(values: list[float]) -> None:
    column = RawColumn("a", np.array(values, np.float64)).as_category()
    assert texts(column) == [None if np.isnan(value) else number_label(value) for value in values]
    assert list(column.categories or ()) == [number_label(value) for value in np.unique(values) if not np.isnan(value)]
    assert column.as_category() is column


@given(TEXTS, NUMBERS)
def test_marking_missing_values_changes_nothing_else(values: list[str | None], numbers: list[float]) -> None:
    columns = RawColumn.from_values("a", values), RawColumn("b", np.array(numbers, np.float64))
    text, number = mark_missing(RawTable("my.csv", columns), ["b", "-2.5"], ["None"]).columns
    assert texts(text) == [None if value in ("b", "?") else value for value in values]
    expected = [np.nan if value == -2.5 else value for value in numbers]
    np.testing.assert_array_equal(number.values, expected)
