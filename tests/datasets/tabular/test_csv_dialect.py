"""Separator and decimal sign of tables that are written with a known one."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_lab.config.dataset import CSV
from dropout_lab.datasets.tabular.csv_dialect import Dialect, guess_dialect
from dropout_lab.datasets.tabular.preamble import guess_layout

TEXTS = ("yes", "no", "", "a, b", "Dr. Smith; MD", "x|y", 'say "hi"', "2026-01-31 10:30", "3,251")
DECIMALS = st.decimals(-1000, 1000, places=2).map(str)


def dialect(content: str, **keys: Any) -> Dialect:
    spec = CSV.model_validate({"csv": "my.csv", "target": "y", **keys})
    return guess_dialect(content.encode(), guess_layout(content.encode(), "utf-8", spec), spec)


@st.composite
def written_tables(draw: st.DrawFn) -> tuple[str, str, str]:
    """Draw a table of text and at least one column of decimals; return it with its separator and decimal sign."""
    separator = draw(st.sampled_from([",", ";", "\t", "|"]))
    decimal = "." if separator == "," else draw(st.sampled_from([".", ","]))
    numbers = DECIMALS.map(lambda number: number.replace(".", decimal))
    columns = [numbers, *draw(st.lists(st.sampled_from([numbers, st.sampled_from(TEXTS)]), min_size=1, max_size=5))]
    rows = draw(st.lists(st.tuples(*columns), min_size=5, max_size=30))
    content = io.StringIO()
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    writer = csv.writer(content, delimiter=separator, quoting=quoting, lineterminator=draw(st.sampled_from("\n\r")))
    writer.writerows([[f"c{number}" for number in range(len(columns))], *rows])
    return content.getvalue(), separator, decimal


@given(written_tables())
def test_the_separator_and_decimal_sign_of_a_written_table_are_detected(table: tuple[str, str, str]) -> None:
    content, separator, decimal = table
    found = dialect(content)
    assert (found.separator, found.decimal) == (separator, decimal)


@given(written_tables(), st.sampled_from([",", ";"]), st.sampled_from([".", ","]))
def test_what_a_config_says_is_not_guessed(table: tuple[str, str, str], separator: str, decimal: str) -> None:
    found = dialect(table[0], separator=separator, decimal=decimal)
    assert found == Dialect(separator, decimal)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a;b\n1,5;2\n", "separator ;, decimal comma"),
        ("a\tb\n1.5\t2\n", "separator tab, decimal point"),
        ("a\n1\n", "separator ,, decimal point"),
        ("", "separator ,, decimal point"),
    ],
)
def test_a_dialect_says_what_was_detected(content: str, expected: str) -> None:
    assert str(dialect(content)) == expected


def test_a_cell_whose_comma_is_ambiguous_is_named_by_its_column() -> None:
    assert dialect("a;b\n1;3,251\n2;4,000\n").ambiguous == {1: "3,251"}
    assert dialect("a;b\n1,5;3,251\n2,5;4,000\n") == Dialect(";", ",")
