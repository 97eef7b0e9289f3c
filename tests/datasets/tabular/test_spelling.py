"""Texts that differ in case or blanks only are noted, and merged on request."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from csv_files import notes, read, suggested
from hypothesis import given
from hypothesis import strategies as st

from dropout_lab.datasets.tabular.raw_table import RawColumn
from dropout_lab.datasets.tabular.spelling import folded, merge_spellings

ANSWERS = ["Yes", "yes", "YES", "No", "no", "NO", "no", "yes"]
CONTENT = "a,city,outcome\n" + "\n".join(
    f"{row * row}.5,{('New York', 'new  york', 'Bern')[row % 3]},{ANSWERS[row % 8]}" for row in range(48)
)


def test_texts_that_differ_in_case_only_are_noted_with_the_key_that_merges_them(tmp_path: Path) -> None:
    data = read(tmp_path, CONTENT)
    assert data.classes == ("NO", "No", "YES", "Yes", "no", "yes")
    assert notes(data) == (
        "outcome, city: texts that differ only in upper and lower case or in blanks are different categories (NO, No, "
        "no, YES, Yes, yes): if they mean the same, set dataset.fold_case: true"
    )
    (setting,) = suggested(notes(data))
    merged = read(tmp_path, CONTENT, **setting)
    assert (merged.classes, notes(merged)) == (("no", "yes"), "")
    assert merged.table is not None
    assert merged.table.columns[1].categories == ("Bern", "New York")
    assert np.bincount(merged.labels).tolist() == [24, 24]


def test_rows_of_a_group_are_together_whatever_the_case_on_request(tmp_path: Path) -> None:
    content = "who,a,outcome\n" + "\n".join(
        f"{'pP'[row % 2]}{row // 4},{row * row}.5,{'xy'[row % 2]}" for row in range(40)
    )
    apart = read(tmp_path, content, group="who")
    assert "who: texts that differ only in upper and lower case" in notes(apart)
    together = read(tmp_path, content, group="who", fold_case=True)
    assert apart.groups is not None
    assert together.groups is not None
    assert (len(set(apart.groups)), len(set(together.groups))) == (20, 10)


@given(
    st.lists(st.none() | st.sampled_from(["Yes", "yes", "YES", "n o", "n  o", "N O", "straße", "STRASSE"]), max_size=20)
)
def test_merging_gives_equal_texts_where_they_were_equal_but_for_case_and_blanks(values: list[str | None]) -> None:
    column = merge_spellings(RawColumn.from_values("a", values))
    texts = [None if code < 0 else (column.categories or ())[int(code)] for code in column.values]
    assert [text and folded(text) for text in texts] == [value and folded(value) for value in values]
    assert len(column.categories or ()) == len({folded(value) for value in values if value})
    present = [value for value in values if value]
    for text in column.categories or ():
        alike = [value for value in present if folded(value) == folded(text)]
        assert present.count(text) == max(map(alike.count, alike))
