"""A number that is written in a notation is read back as that number."""

from __future__ import annotations

import io
from typing import Literal

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dropout_lab.datasets.tabular.notation import Notation, NumberStyle, read_numbers

UNITS = [("", ""), ("$", ""), ("", "%"), ("", "mm"), ("", "kg/m2"), ("€", ""), ("", "€"), ("CHF", ""), ("US$", "")]
SEPARATORS: list[tuple[Literal[".", ","], Literal["", ",", ".", " ", "'"]]] = [
    (".", ""),
    (".", ","),
    (".", " "),
    (".", "'"),
    (",", ""),
    (",", "."),
    (",", " "),
    (",", "'"),
]
notations = st.builds(lambda signs, unit: Notation(*signs, *unit), st.sampled_from(SEPARATORS), st.sampled_from(UNITS))
numbers = st.decimals(-10_000_000, 10_000_000, places=2)


def written(value: object, notation: Notation, draw: st.DrawFn) -> str:
    """Write a number with two decimals."""
    blank = draw(st.sampled_from([" ", "\u00a0", "\u202f"]))
    text = f"{value:,.2f}" if notation.thousands else f"{value:.2f}"
    thousands = {" ": blank, "'": draw(st.sampled_from(["'", "\u2019"]))}.get(notation.thousands, notation.thousands)
    text = text.translate(str.maketrans({",": thousands, ".": notation.decimal}))
    gap = draw(st.sampled_from(["", " ", "\u00a0"]))
    negative, digits = text.startswith("-"), text.lstrip("-")
    prefix = f"{notation.prefix}{gap}" if notation.prefix else ""
    suffix = f"{gap}{notation.suffix}" if notation.suffix else ""
    body = f"{prefix}{digits}{suffix}"
    if negative:
        minus = draw(st.sampled_from(["-", "\u2212", "()"]))
        body = f"({body})" if minus == "()" else f"{minus}{body}"
    quote = draw(st.sampled_from(["", "", "'", '"']))
    return f"{quote}{body}{quote}"


@st.composite
def cells(draw: st.DrawFn) -> tuple[Notation, str, float]:
    notation, value = draw(notations), draw(numbers)
    return notation, written(value, notation, draw), float(value)


@given(cells())
def test_a_number_is_read_back_in_the_notation_in_which_it_was_written(cell: tuple[Notation, str, float]) -> None:
    notation, text, value = cell
    assert notation.read(text) == value


@st.composite
def columns(draw: st.DrawFn) -> tuple[list[str], list[float]]:
    notation = draw(notations)
    values = draw(st.lists(numbers, min_size=3, max_size=20, unique=True))
    assume(any(abs(value) >= 1000 for value in values) and any(value >= 0 for value in values))
    return [written(value, notation, draw) for value in values], [float(value) for value in values]


@given(columns(), st.sampled_from([".", ","]))
def test_the_notation_of_a_column_is_found_whatever_the_decimal_sign_of_the_file(
    column: tuple[list[str], list[float]], decimal: Literal[".", ","]
) -> None:
    texts, values = column
    assume(not all("(" in text for text in texts))
    found = read_numbers(texts, [1] * len(texts), NumberStyle(decimal))
    assert list(found.values) == values
    assert found.other is None


@given(st.floats(-1e30, 1e30, allow_subnormal=False))
def test_fortrans_exponents_are_read_as_pythons(value: float) -> None:
    text = f"{value:.16E}"
    assert Notation().read(text.replace("E", "D")) == Notation().read(text.replace("E", "d")) == float(text)


@pytest.mark.parametrize(
    ("texts", "keys"),
    [
        (["1.628,65", "959,10", "1.234.567,00", "-12,5"], {"decimal": ",", "thousands": "."}),
        (["1,628.65", "959.10", "1,234,567", "-12.5"], {"thousands": ","}),
        (["1 628", "959", "37 850.5"], {"thousands": " "}),
        (["12,5", "-0,25", "3"], {"decimal": ","}),
        (["1.5", "2e3", "-.5", "007", "5."], {}),
    ],
)
def test_numbers_are_those_that_pandas_reads_with_the_right_options(texts: list[str], keys: dict[str, str]) -> None:
    expected = pd.read_csv(io.StringIO("\n".join(["a", *texts])), sep=";", **keys)["a"]  # type: ignore[call-overload]
    assert list(read_numbers(texts, [1] * len(texts), NumberStyle()).values) == expected.tolist()


@pytest.mark.parametrize(
    "text",
    ["2026-01-31", "31.01.2026", "12:30", "5-10", "<5", "3+", "1.2.3", "A12", "kg 5", "1,2,3", "12 34", "--5", "(-5)"],
)
def test_what_is_no_number_is_not_read_as_one(text: str) -> None:
    found = read_numbers([text, "7", "8"], [1, 1, 1], NumberStyle())
    assert found.values == (None, 7.0, 8.0)


@pytest.mark.parametrize("text", ["1_000", "\N{ARABIC-INDIC DIGIT THREE}", "x", "", "1e", "1.5.", "'", "4 5 mm", "1d3"])
def test_what_looks_like_a_number_only_to_python_is_not_read_as_one(text: str) -> None:
    found = read_numbers([text, "7", "8"], [1, 1, 1], NumberStyle())
    assert found.values == (None, 7.0, 8.0)


def test_numbers_in_parentheses_are_negative_only_beside_others() -> None:
    assert read_numbers(["(12.50)", "3"], [1, 1], NumberStyle()).values == (-12.5, 3.0)
    assert read_numbers(["(1)", "(2)"], [1, 1], NumberStyle()).values == (None, None)


def test_a_number_without_the_unit_of_the_others_is_not_read_unless_it_is_zero() -> None:
    found = read_numbers(["45%", "0.45", "7 %", "0"], [1, 1, 1, 1], NumberStyle())
    assert found.values == (45.0, None, 7.0, 0.0)


def test_a_notation_that_reads_as_many_cells_as_other_numbers_is_named() -> None:
    found = read_numbers(["3,251", "4,000"], [1, 1], NumberStyle())
    assert (found.values, found.other) == ((3251.0, 4000.0), Notation(","))
    found = read_numbers(["3,251", "4,00"], [1, 1], NumberStyle())
    assert (found.values, found.other) == ((3.251, 4.0), None)
