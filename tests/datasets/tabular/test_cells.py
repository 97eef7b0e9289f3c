"""What the cells of a user's table mean: read, told, or refused with their place and what to paste."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from csv_files import left_out, notes, problems, read, suggested
from hypothesis import given
from hypothesis import strategies as st

from dropout_lab.errors import DatasetError

MARK = [" cm", "kg", "'é'", "no", "x 1.5", "a: b", "[x", "#", 'say "n"', "back\\slash", "*", "NaN?", "Total", "~x", "-"]


def table(cells: list[str], name: str = "a", separator: str = ";") -> str:
    """Write a column, a second one with decimals, and two classes."""
    rows = (f"{cell};{row * row}.5;{'xy'[row % 2]}" for row, cell in enumerate(cells))
    return "\n".join([f"{name};b;outcome", *rows]).replace(";", separator)


def kinds(data: Any) -> dict[str, str]:
    return {column.name: column.kind for column in data.table.columns}


NUMBERS = [f"{row * 1.37 + 0.5:.2f}" for row in range(40)]


@pytest.mark.parametrize(
    ("cells", "value", "said"),
    [
        (["$12.50", "$1,200.00"], [12.5, 1200], "$12.50 as 12.5"),
        (["€ 3", "€ 4.5"], [3, 4.5], "€ 3 as 3"),
        (["45%", "7%"], [45, 7], "45% as 45"),
        (["0%", "7%"], [0, 7], "7% as 7"),
        (["12.3 mm", "4 mm"], [12.3, 4], "12.3 mm as 12.3"),
        (["1.628,65", "959,10"], [1628.65, 959.1], "1.628,65 as 1628.65"),
        (["1 628", "959"], [1628, 959], "1 628 as 1628"),
        (["1\u00a0628", "959"], [1628, 959], "1\ufffd628 as 1628"),
        (["1\u202f628", "959"], [1628, 959], "1\ufffd628 as 1628"),
        (["\u22125", "3"], [-5, 3], "\u22125 as -5"),
        (["1.0D+3", "2.5D-1"], [1000, 0.25], "1.0D+3 as 1000"),
        (["'1.2'", "'3'"], [1.2, 3], "'1.2' as 1.2"),
        (["(12.50)", "3.00"], [-12.5, 3], "(12.50) as -12.5"),
    ],
)
def test_usual_notations_of_numbers_are_read_and_told(
    cells: list[str], value: list[float], said: str, tmp_path: Path
) -> None:
    data = read(tmp_path, table(cells * 10, separator="\t"))
    assert (kinds(data), data.features[:2, 0].tolist()) == ({"a": "number", "b": "number"}, value)
    assert f"a: such cells are read as numbers, {said}; if they are categories, set dataset.category: [a]" in notes(
        data
    )
    as_category = read(tmp_path, table(cells * 10, separator="\t"), category=["a"])
    assert kinds(as_category) == {"b": "number", "a": "category"}
    assert "such cells are read" not in notes(as_category)


def test_columns_of_one_notation_share_a_note(tmp_path: Path) -> None:
    content = "a;b c;outcome\n" + "\n".join(f"{row} mm;{row % 3},5 mm;{'xy'[row % 2]}" for row in range(20))
    told = notes(read(tmp_path, content))
    assert told.count("such cells are read") == 2
    content = content.replace(",5", "")
    assert (
        "a, b c: such cells are read as numbers, 1 mm as 1; if they are categories, set dataset.category: [a, b c]"
        in (notes(read(tmp_path, content)))
    )


def test_a_footer_without_a_target_does_not_make_a_column_a_category(tmp_path: Path) -> None:
    data = read(tmp_path, f"{table(NUMBERS)}\nMean 27.2;3.5;\n")
    assert kinds(data) == {"a": "number", "b": "number"}
    assert data.features[:, 0].tolist() == [float(cell) for cell in NUMBERS]
    assert notes(data) == "1 row without outcome left out, of 41"


def test_a_cell_that_is_no_number_in_a_column_of_numbers_is_named_with_its_line(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, table([*NUMBERS[:30], "low", *NUMBERS[30:], "n.a.", "low", "?"]))
    assert problem == (
        "my.csv:32: a: 'low' is not a number, but 40 of 43 values of the column are, nor are 'n.a.' (line 43), 'low' "
        "(line 44): if they stand for a missing value, set dataset.missing: [low, n.a.]; if the column is a category, "
        "set dataset.category: [a]"
    )


@pytest.mark.parametrize("line", ["cm;kg;x", "a;b;outcome"])
def test_a_line_of_units_or_names_among_the_rows_is_named_once(line: str, tmp_path: Path) -> None:
    header, *rows = table(NUMBERS).splitlines()
    (problem,) = problems(tmp_path, "\n".join([header, line, *rows]))
    first, second, _ = line.split(";")
    assert problem.startswith(
        f"my.csv:2: '{first}' in a, '{second}' in b: not numbers, but all other values of the columns are: if the line "
        "is no row of data (units, totals, or the names again), delete it"
    )


def test_different_numbers_with_a_total_are_no_id(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, table([str(row * row) for row in range(12)] + ["Total"]))
    assert "my.csv:14: a: 'Total' is not a number, but 12 of 13 values" in problem
    (problem,) = problems(tmp_path, table(["1", "2", "3", "4", "x"]))
    assert "a: 'x' is not a number, but 4 of 5" in problem


def test_codes_with_a_text_among_them_stay_a_category_with_a_note(tmp_path: Path) -> None:
    data = read(tmp_path, table(["0", "1", "2", "3+"] * 10))
    assert kinds(data)["a"] == "category"
    assert "30 of 40 values are numbers and the rest text (3+), so it is a category" in notes(data)


def test_numbers_among_many_different_texts_stay_a_category(tmp_path: Path) -> None:
    tickets = [str(1000 + row // 2 * 7) if row % 4 else f"PC {row // 8}" for row in range(80)]
    data = read(tmp_path, table(tickets))
    assert kinds(data)["a"] == "category"
    assert "60 of 80 values are numbers and the rest text (PC 0, PC 1, PC 2 and 7 more)" in notes(data)


def test_a_share_of_numbers_is_never_told_as_all_of_them(tmp_path: Path) -> None:
    data = read(tmp_path, table([*(str(row % 4) for row in range(3000)), "x"]))
    assert "3,000 of 3,001 values are numbers and the rest text (x)" in notes(data)


def test_cells_in_another_unit_are_to_be_written_like_the_others(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, table([*(f"{cell} cm" for cell in NUMBERS), "1.2 m"]))
    assert "my.csv:42: a: '1.2 m' is not a number" in problem
    assert "write such cells like the others (0.50 cm)" in problem


def test_a_target_of_numbers_with_a_text_among_them_is_not_taken_for_many_classes(tmp_path: Path) -> None:
    content = "a,outcome\n" + "\n".join(f"{row % 7},{cell}" for row, cell in enumerate([*NUMBERS, "mm"]))
    (problem,) = problems(tmp_path, content)
    assert problem == (
        "my.csv:42: outcome: 'mm' is not a number, but 40 of 41 values of the column are: if it stands for a missing "
        "value, set dataset.missing: [mm]; if the target names classes, set dataset.task: classification"
    )
    assert len(read(tmp_path, content, task="classification").classes) == 41
    assert len(read(tmp_path, content, missing=["mm"]).labels) == 40


def test_a_target_in_a_usual_notation_is_a_number_to_predict(tmp_path: Path) -> None:
    content = "a,outcome\n" + "\n".join(f"{row % 7},${cell}" for row, cell in enumerate(NUMBERS))
    data = read(tmp_path, content)
    assert data.values is not None
    assert data.values.tolist() == [float(cell) for cell in NUMBERS]
    assert "outcome: such cells are read as numbers, $0.50 as 0.5; if they are classes" in notes(data)
    few = read(tmp_path, "a,outcome\n" + "\n".join(f"{row % 7},{10 + row % 2 * 10} mg" for row in range(40)))
    assert few.classes == ("10 mg", "20 mg")
    forced = "a,outcome\n" + "\n".join(f"{row % 7},{10 + row % 2 * 10} mg" for row in range(40))
    values = read(tmp_path, forced, task="regression").values
    assert values is not None
    assert set(values) == {10.0, 20.0}


DOTTED = ["4.512", "959", "37.850", "120.003", "12.040", "871"] * 5


def test_points_that_seem_to_separate_thousands_must_be_decided(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, table(DOTTED))
    assert problem == (
        "my.csv: a: the point in 37.850 may separate thousands, for three digits follow every point and other cells "
        'have three digits and no point: set dataset.thousands: "." if it does, dataset.decimal: "." if it is the '
        "decimal sign"
    )
    content = table(DOTTED).replace(".5;", ",5;")
    text = io.StringIO(content)
    expected = pd.read_csv(text, sep=";", thousands=".", decimal=",")["a"].tolist()
    assert read(tmp_path, content, thousands=".").features[:, 0].tolist() == expected
    assert read(tmp_path, table(DOTTED), decimal=".").features[:3, 0].tolist() == [4.512, 959, 37.85]


def test_points_without_zeros_at_the_end_are_decimal_signs_with_a_note(tmp_path: Path) -> None:
    data = read(tmp_path, table(["4.512", "959", "37.851"] * 5))
    assert data.features[:3, 0].tolist() == [4.512, 959, 37.851]
    assert "a: the point in 4.512 may separate thousands" in notes(data)
    assert "it is read as a decimal sign" in notes(data)


@pytest.mark.parametrize(
    "cells", [["4.512", "1.000"], ["4.512", "0.850", "120"], ["4.512", "1250"], ["4.512", "3.5", "120"], ["0", "4.510"]]
)
def test_decimals_are_not_taken_for_thousands(cells: list[str], tmp_path: Path) -> None:
    data = read(tmp_path, table(cells * 6))
    assert data.features[: len(cells), 0].tolist() == [float(cell) for cell in cells]
    assert notes(data) == ""


def test_points_that_must_separate_thousands_are_read_so(tmp_path: Path) -> None:
    data = read(tmp_path, table(["4.512", "959", "37.850", "1.234.567"] * 5))
    assert data.features[:4, 0].tolist() == [4512, 959, 37850, 1234567]


def test_a_target_with_points_that_seem_to_separate_thousands_must_be_decided(tmp_path: Path) -> None:
    content = "a;outcome\n" + "\n".join(f"{row % 7};{cell}" for row, cell in enumerate(DOTTED))
    (problem,) = problems(tmp_path, content, task="regression")
    assert "my.csv: outcome: the point in 37.850 may separate thousands" in problem
    values = read(tmp_path, content, task="regression", thousands=".").values
    assert values is not None
    assert values[:3].tolist() == [4512, 959, 37850]


def test_thousands_that_are_set_are_read_in_every_column(tmp_path: Path) -> None:
    content = "a;b;outcome\n" + "\n".join(f"{row % 9 + 1},250;{row} 000;{'xy'[row % 2]}" for row in range(1, 31))
    assert read(tmp_path, content, thousands=",").features[:2].tolist() == [[2250, 1000], [3250, 2000]]
    assert read(tmp_path, content, thousands=" ", decimal=",").features[:2].tolist() == [[2.25, 1000], [3.25, 2000]]


def test_numbers_that_are_set_to_be_missing_match_in_any_notation(tmp_path: Path) -> None:
    data = read(tmp_path, table(["$5.50", "$-999.00", "$7.25", "$9"] * 10), missing=["-999"])
    assert np.isnan(data.features[1::4, 0]).all()
    assert np.isfinite(data.features[0::4, 0]).all()
    data = read(tmp_path, table(["5.50", "-200", "7.25", "-200.0"] * 10), missing=["-200"])
    assert np.isnan(data.features[1::2, 0]).all()


names = st.sampled_from(["zip code", "a: b", "'a'", "no", "1.5", "[x]", 'say "hi"', "#", "Größe", "a" * 60, "*", "{}"])


@given(
    names,
    st.lists(st.sampled_from(MARK), min_size=1, max_size=4, unique=True),
    st.sampled_from(["missing", "category"]),
)
def test_what_is_suggested_can_be_pasted(name: str, marks: list[str], key: str) -> None:
    cells = [*NUMBERS, NUMBERS[0], *marks]
    header = '"' + name.replace('"', '""') + '"'
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells]
    with tempfile.TemporaryDirectory() as folder:
        with pytest.raises(DatasetError) as caught:
            read(Path(folder), table(quoted, header), drop=["b"])
        (problem,) = caught.value.problems
        assert "\n" not in problem
        (setting,) = [each for each in suggested(problem) if key in each]
        data = read(Path(folder), table(quoted, header), drop=["b"], **setting)
    assert kinds(data) == {name: "number" if key == "missing" else "category"}


def test_different_numbers_with_a_text_are_dropped_if_they_are_an_id(tmp_path: Path) -> None:
    content = table([*NUMBERS, "Total"])
    missing, drop = suggested(problems(tmp_path, content)[0])
    assert (missing, drop) == ({"missing": ["Total"]}, {"drop": ["a"]})
    assert kinds(read(tmp_path, content, **drop)) == {"b": "number"}


def test_all_other_suggestions_can_be_pasted(tmp_path: Path) -> None:
    whole = table([str(row * row) for row in range(20)], "my id: 1")
    (setting,) = suggested(notes(read(tmp_path, whole)))
    assert left_out(read(tmp_path, whole, **setting)) == {"my id: 1": "listed in drop"}
    gaps = table(["N/A", "None", "u", "v"] * 10, "my col")
    (setting,) = suggested(notes(read(tmp_path, gaps)))
    assert setting == {"not_missing": ["N/A", "None"]}
    assert notes(read(tmp_path, gaps, **setting)) == ""
    for key in ("thousands", "decimal"):
        (setting,) = [each for each in suggested(problems(tmp_path, table(DOTTED))[0]) if key in each]
        read(tmp_path, table(DOTTED), **setting, drop=["b"])


def test_single_quotation_marks_around_all_texts_are_told_with_the_key_that_takes_them_off(tmp_path: Path) -> None:
    kinds = ["nan", *[f"'{'ab'[row % 3 % 2]}'" for row in range(59)]]
    lines = [f"'{('no', 'yes')[row % 2]}',{row * 37 % 61},{kind}" for row, kind in enumerate(kinds)]
    content = "\n".join(["outcome,n,kind", *lines])
    data = read(tmp_path, content)
    assert data.classes == ("'no'", "'yes'")
    told = next(note for note in notes(data).splitlines() if "encloses" in note)
    assert told == "' encloses every text of outcome, kind: if it is no part of them, set dataset.quoting: single"
    (setting,) = suggested(told)
    plain = read(tmp_path, content, **setting)
    assert plain.classes == ("no", "yes")
    assert "encloses" not in notes(plain)
    assert "encloses" not in notes(read(tmp_path, content.replace("'a'", "a").replace("'yes'", "yes")))
