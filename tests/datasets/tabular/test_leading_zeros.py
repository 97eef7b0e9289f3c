"""Codes that begin with zeros are amounts only with a word of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from csv_files import notes, read, suggested

from dropout_lab.datasets.tabular.leading_zeros import look_for_zeros


def test_codes_that_begin_with_zeros_are_told_and_the_key_keeps_them(tmp_path: Path) -> None:
    codes = ("02139", "10001", "00501")
    lines = [f"{codes[row % 3]},{row * 7 % 31},00{row % 4},{'xy'[row % 2]}" for row in range(60)]
    content = "\n".join(["zip,a,area,outcome", *lines])
    data = read(tmp_path, content)
    told = notes(data).splitlines()[0]
    assert told == (
        "zip, area: cells that begin with zeros are read as amounts, 02139 as 2139: if they are codes, set "
        "dataset.category: [zip, area]"
    )
    (setting,) = suggested(told)
    coded = read(tmp_path, content, **setting)
    assert coded.table is not None
    assert {column.name: column.categories for column in coded.table.columns} == {
        "a": (),
        "zip": ("00501", "02139", "10001"),
        "area": ("000", "001", "002", "003"),
    }
    assert "zeros" not in notes(coded)


@pytest.mark.parametrize(
    "cells", [["01", "12"], ["0.25", "007"], ["-001", "002"], ["0", "100"], ["", "0e1"], ["000.5", "0012"]]
)
def test_other_numbers_are_no_codes(cells: list[str]) -> None:
    numbers = np.array([float(cell or "nan") for cell in cells])
    assert not look_for_zeros(cells, numbers, "")


def test_a_number_that_is_not_whole_shows_at_last_that_zeros_are_no_codes() -> None:
    seen = look_for_zeros(["007", " 012 "], np.array([7.0, 12]), "")
    assert seen == "007"
    assert look_for_zeros(["0.5"], np.array([0.5]), seen) is None
    assert look_for_zeros(["007"], np.array([7.0]), None) is None
