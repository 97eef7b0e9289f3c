"""A row with hardly any value is told: it may be a line of totals."""

from __future__ import annotations

from pathlib import Path

import pytest
from csv_files import notes, read

ROWS = [f"{'ABC'[row % 3]},{row * 37 % 61},{row * 7 % 31},{row * 5 % 37}.5" for row in range(60)]


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (
            ["Total,,,1190.5"],
            "my.csv:62: all inputs but town are missing in this row, which counts as any: if it is no row",
        ),
        (
            [",,,3.5"],
            "my.csv:62: all inputs are missing in this row, which counts as any: if it is no row of data (a total",
        ),
        (["A,,,3.5", ",5,,3.5"] * 1, ""),
        (["A,,5,3.5"], ""),
        (["A,,,3.5"] * 20, ""),
        (["Total,,,"], "1 row without outcome left out, of 61"),
    ],
)
def test_the_line_of_a_row_that_lacks_nearly_all_inputs_is_told(last: list[str], said: str, tmp_path: Path) -> None:
    data = read(tmp_path, "\n".join(["town,a,b,outcome", *ROWS, *last]), duplicates="keep")
    told = [note.replace(f"{tmp_path}/", "") for note in notes(data).splitlines()]
    assert any(note.startswith(said) for note in told) or not said
    assert any("inputs" in note and "missing in this row" in note for note in told) == ("inputs" in said)


def test_a_few_such_rows_of_many_are_told_at_once(tmp_path: Path) -> None:
    data = read(tmp_path, "\n".join(["town,a,b,outcome", *ROWS * 5, "A,,,3.5", ",5,,3.5"]))
    assert "my.csv:302: all inputs but town are missing in this row, as in 1 more, which counts as any" in notes(data)
