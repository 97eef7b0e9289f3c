"""Whether the first line of a table names its columns, which is detected and told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_lab.config.dataset import CSV
from dropout_lab.datasets.tabular.csv import parse_csv
from dropout_lab.datasets.tabular.raw_table import RawTable
from dropout_lab.errors import DatasetError

RANDOM = np.random.default_rng(5)
ECHOES = [[*(f"{value:.4f}" for value in row), "MR"[at % 2]] for at, row in enumerate(RANDOM.random((40, 12)))]
CARS = [[RANDOM.choice(each) for each in (("vhigh", "low"), ("2", "3", "5more"), ("acc", "unacc"))] for _ in range(60)]
GAPS = [[("?" if (row + at) % 6 == 0 else str((row + 2) * at % 17)) for at in range(1, 6)] for row in range(30)]
SHARES = [[f"country {row}", *(f"{value:.1f}" for value in RANDOM.random(4) * 100)] for row in range(30)]
PIXELS = [list(map(str, row)) for row in RANDOM.integers(0, 256, (30, 9))]
SPECTRA = [[f"{value:.3f}" for value in row] for row in RANDOM.random((30, 5))]


def read(rows: list[Any], **keys: Any) -> RawTable:
    content = "\n".join(",".join(row) for row in rows)
    return parse_csv(content.encode(), "my.csv", CSV.model_validate({"csv": "my.csv", "target": "y", **keys}))


@pytest.mark.parametrize("rows", [ECHOES, CARS, GAPS, PIXELS, [row[:4] for row in ECHOES]])
def test_a_first_line_of_values_is_a_row_which_is_told_with_the_key_that_denies_it(rows: list[list[str]]) -> None:
    table = read(rows)
    assert (len(table.columns[0].values), table.header) == (len(rows), False)
    assert [column.name for column in table.columns] == [f"c{at}" for at in range(1, len(rows[0]) + 1)]
    (note,) = table.notes
    assert note.startswith("my.csv:1: looks like values (")
    assert note.endswith(
        f"not names, so the columns are called c1 to c{len(rows[0])}; if it names them, set dataset.header: true "
        "(init: --header)"
    )
    assert len(read(rows, header=True).columns[0].values) == len(rows) - 1
    assert read(rows, header=False).notes == ()


@pytest.mark.parametrize(
    ("names", "rows"),
    [
        (["country", "2019", "2020", "2021", "2022"], SHARES),
        (["", "0", "1", "2", "3"], SHARES),
        (["label", *map(str, range(8))], PIXELS),
        (["400.5", "410.2", "420.1", "430.0", "440.8"], SPECTRA),
    ],
)
def test_numbers_that_count_columns_or_years_or_lie_far_off_are_names_which_is_told(
    names: list[str], rows: list[list[str]]
) -> None:
    table = read([names, *rows])
    assert [column.name for column in table.columns] == [name or "unnamed_1" for name in names]
    (note,) = table.notes
    assert note.startswith("my.csv:1: is read as the names of the columns, though some are numbers (")
    assert note.endswith("; if it holds values, set dataset.header: false (init: --no-header)")
    assert len(read([names, *rows], header=False).columns[0].values) == len(rows) + 1


@pytest.mark.parametrize("rows", [ECHOES, CARS, GAPS, SHARES])
def test_a_line_of_names_is_a_header_without_a_word(rows: list[list[str]]) -> None:
    names = [f"size {at}" for at in range(len(rows[0]))]
    table = read([names, *rows])
    assert [column.name for column in table.columns] == names
    assert (table.notes, table.header) == ((), True)


@given(st.lists(st.tuples(st.integers(), st.floats(-1e6, 1e6), st.sampled_from("abc")), min_size=3), st.randoms())
def test_a_header_of_texts_above_numbers_is_detected_whatever_the_order_of_the_rows(rows: Any, random: Any) -> None:
    lines = [[str(number), f"{size:.3f}", kind] for number, size, kind in rows]
    random.shuffle(lines)
    assert read([["n", "size", "kind"], *lines]).header


def test_a_column_that_the_config_names_makes_the_first_line_names_unless_it_occurs_below_as_a_value() -> None:
    rows = [[str(row), str(row % 5)] for row in range(3, 20)]
    odd = [["7", "12"], *rows]
    assert not read(odd).header
    assert read([["7", "kind"], *rows], target="kind").header
    assert not read(ECHOES, target=ECHOES[0][-1]).header


def test_columns_of_one_name_name_the_key_where_the_name_is_a_number() -> None:
    with pytest.raises(DatasetError) as caught:
        read([["5", "2", "2", "a", "a"], *[["1", "2", "3", "x", "y"]] * 4], header=True)
    assert caught.value.problems == (
        "my.csv:1: 2 columns are called 2: give each its own name, or set dataset.header: false (init: --no-header) if "
        "the line holds values",
        "my.csv:1: 2 columns are called a: give each its own name",
    )
    assert len(read([["5", "2", "2"], *[["1", "2", "3"]] * 4]).columns[0].values) == 5
