"""Numbers that seem to stand for a missing value are suspected, with the key to paste."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from csv_files import left_out, notes, read, suggested
from hypothesis import given
from hypothesis import strategies as st

from dropout_lab.datasets.tabular.missing_markers import suspected_marker


@pytest.mark.parametrize(
    ("values", "marker"),
    [
        ([0.1, 2.5, 11.9, -200], -200),
        ([-1.9, 44.6, 20, -200], -200),
        ([3, 40, 12, 9999, 9999], 9999),
        ([3, 40, 12, -999], -999),
        ([0, 6, 3, 27, 999], 999),
        ([*range(12), -1, -1], -1),
    ],
)
def test_numbers_unlike_all_others_are_suspected(values: list[float], marker: float) -> None:
    assert suspected_marker(np.array(values)) == marker


@pytest.mark.parametrize(
    "values",
    [
        [],
        [5],
        [18, 64, 99],
        [-1, 0, 1],
        [-1, 1],
        [0.5, 0.7, -1, 0.2],
        [0, 1000, 9999, 5200],
        [-200, -150, 20],
        [1, 5000],
    ],
)
def test_usual_numbers_are_not_suspected(values: list[float]) -> None:
    assert suspected_marker(np.array(values, np.float64)) is None


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=30, unique=True), st.sampled_from([-999.0, 9999.0, 99999.0]))
def test_a_usual_marker_beside_small_numbers_is_suspected(values: list[float], marker: float) -> None:
    assert suspected_marker(np.array([*values, marker])) == marker


def test_a_suspected_number_is_told_once_and_the_key_makes_it_missing(tmp_path: Path) -> None:
    content = "CO(GT),b,c,outcome\n" + "\n".join(
        f"{-200 if row % 9 == 4 else row % 7 / 2},{-200 if row % 8 == 1 else row % 5},{row * 1.25},{'xy'[row % 2]}"
        for row in range(60)
    )
    data = read(tmp_path, content)
    told = notes(data).splitlines()[0]
    assert told == (
        'CO(GT), b: -200 is unlike all other numbers: if it stands for a missing value, set dataset.missing: ["-200"]'
    )
    (setting,) = suggested(told)
    gaps = read(tmp_path, content, **setting)
    assert np.isnan(gaps.features).sum() == (data.features == -200).sum() == 15
    assert "-200" not in notes(gaps)


@pytest.mark.parametrize(("target", "rows"), [("{}.5", 54), ("{}", 54)], ids=["numbers", "classes"])
def test_a_suspected_number_of_the_target_is_told_with_those_of_the_inputs(
    target: str, rows: int, tmp_path: Path
) -> None:
    lines = [
        f"{-999 if row == 5 else row * 37 % 61},{-999 if row % 10 == 1 else target.format(row % 3)}"
        for row in range(60)
    ]
    content = "\n".join(["a,outcome", *lines])
    told = notes(read(tmp_path, content))
    assert "outcome, a: -999 is unlike all other numbers" in told
    (setting,) = suggested(told)
    data = read(tmp_path, content, **setting)
    assert (len(data.labels), "-999" in notes(data)) == (rows, False)


def test_a_suspected_number_that_is_a_value_elsewhere_is_not_to_be_set_missing(tmp_path: Path) -> None:
    content = "a,b,outcome\n" + "\n".join(
        f"{999 if row % 9 == 4 else row % 7},{990 + row % 20},{'xy'[row % 2]}" for row in range(60)
    )
    assert "leave such cells empty, for 999 is a value of b, too" in notes(read(tmp_path, content))


def test_free_text_is_called_so(tmp_path: Path) -> None:
    texts = [f"the cat number {row} sat on a mat" for row in range(40)]
    rows = "\n".join(f"{text},{row % 7},{'xy'[row % 2]}" for row, text in enumerate(texts))
    assert left_out(read(tmp_path, f"note,a,outcome\n{rows}")) == {"note": "free text: a different one in every row"}
    data = read(tmp_path, f"note,a,outcome\n{rows}\n{texts[0]},1,x\n")
    assert "note: looks like free text (the cat number 0 sat on a mat), 40 different ones" in notes(data)
    assert suggested(notes(data)) == [{"encode": {"note": "text"}}, {"drop": ["note"]}]


def test_what_is_left_out_as_an_id_is_told_with_the_key_that_keeps_it(tmp_path: Path) -> None:
    content = "my id,a,outcome\n" + "\n".join(f"P{row},{row * 1.25},{'xy'[row % 2]}" for row in range(40))
    data = read(tmp_path, content)
    told = notes(data).splitlines()[0]
    assert told == "left out as an id: my id: if it is an input, set dataset.keep: [my id]"
    (setting,) = suggested(told)
    assert left_out(read(tmp_path, content, **setting)) == {}


@pytest.mark.parametrize("gaps", [{5, 17}, set(range(20, 60))])
def test_a_column_that_numbers_the_rows_is_an_id_whichever_of_them_have_a_target(
    gaps: set[int], tmp_path: Path
) -> None:
    lines = [f"{row + 1},{row * 37 % 61},{'' if row in gaps else 'xy'[row % 2]}" for row in range(60)]
    content = "\n".join(["no,a,outcome", *lines])
    data = read(tmp_path, content)
    assert left_out(data) == {"no": "an id: it numbers the rows"}
    kept = read(tmp_path, content, keep=["no"])
    assert (left_out(kept), kept.inputs) == ({}, 2)


def test_rows_that_are_numbered_anew_in_a_test_file_are_numbered_all_the_same(tmp_path: Path) -> None:
    content = "\n".join(["no,a,outcome", *(f"{row + 1},{row * 37 % 61},{'xy'[row % 2]}" for row in range(40))])
    (tmp_path / "test.csv").write_text(content)
    assert left_out(read(tmp_path, content, test=str(tmp_path / "test.csv"))) == {"no": "an id: it numbers the rows"}


def test_whole_numbers_of_which_some_are_negative_are_not_suspected_to_be_an_id(tmp_path: Path) -> None:
    lines = [f"{row * 7 - 100},{row * 7},{row * 9},{'xy'[row % 2]}" for row in range(40)]
    content = "\n".join(["a,b,c,outcome", *lines])
    told = notes(read(tmp_path, content))
    assert told == (
        "b, c: a different whole number in every row: if they are ids, they must not be learned: set dataset.drop: "
        "[b, c]"
    )
    (setting,) = suggested(told)
    assert notes(read(tmp_path, content, **setting)) == ""
