"""An input that tells the target in every row is told, with the key that leaves it out."""

from __future__ import annotations

from pathlib import Path

import pytest
from csv_files import left_out, notes, read, suggested

ROWS = range(60)


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (lambda row: ("no", "yes")[row % 2], lambda row: row % 2),
        (lambda row: row % 3 * 10, lambda row: "abc"[row % 3]),
        (lambda row: row * 1.8 + 32, lambda row: row + 0.25),
        (lambda row: 100 - row * 3, lambda row: row / 4),
    ],
    ids=["text for a class", "number for a class", "another unit", "the other sign"],
)
def test_what_tells_the_target_in_every_row_is_named(told, outcome, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    lines = [f"{row * 7 % 11},{told(row)},{outcome(row)}" for row in ROWS]
    content = "\n".join(["a,after the fact,outcome", *lines])
    said = next(note for note in notes(read(tmp_path, content)).splitlines() if "tells the target" in note)
    assert said == (
        "after the fact tells the target in every row: if it is not known before the target is, set dataset.drop: "
        "[after the fact]"
    )
    (setting,) = suggested(said)
    data = read(tmp_path, content, **setting)
    assert left_out(data) == {"after the fact": "listed in drop"}
    assert "tells the target" not in notes(data)


@pytest.mark.parametrize(
    ("column", "outcome"),
    [
        (lambda row: row % 2 if row else 1, lambda row: row % 2),
        (lambda row: row % 2 if row > 1 else "", lambda row: row % 2),
        (lambda row: row % 4, lambda row: row % 2),
        (lambda row: row % 2, lambda row: "abc"[row % 3]),
        (lambda row: row if row else 1, lambda row: row + 0.5),
        (lambda row: row * row, lambda row: row + 0.5),
    ],
    ids=["but one row", "but missing values", "finer", "coarser", "but one amount", "not linear"],
)
def test_what_almost_tells_the_target_is_an_input_like_others(column, outcome, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    content = "\n".join(["a,outcome", *(f"{column(row)},{outcome(row)}" for row in ROWS)])
    assert "tells the target" not in notes(read(tmp_path, content))
