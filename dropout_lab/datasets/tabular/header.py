"""Whether the first row of a table names its columns, judged by the rows below it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Literal

__all__ = ["HeaderGuess", "guess_header"]

_MOSTLY = 0.8
_YEARS = range(1900, 2101)
_FEWEST_ROWS = 5
"""Rows from which on a range of numbers says something."""

_Number = Callable[[str], float | None]
_Vote = Literal["name", "value", ""]


@dataclass(frozen=True)
class HeaderGuess:
    """Whether the first row names the columns.

    Attributes
    ----------
    names : bool
    examples : tuple of str
        What speaks against it, or what the user should know: cells that look like values. Empty if it is plain.
    """

    names: bool
    examples: tuple[str, ...] = ()


def guess_header(rows: Sequence[Sequence[str]], number: _Number, wanted: Collection[str] = ()) -> HeaderGuess:
    """Guess whether the first row names the columns.

    Each column votes. A text above numbers is a name, a number above numbers a value; a text that occurs again below is
    a value, one that does not a name if the column has few categories. Numbers are names, however, if they count the
    columns or the years, or lie far from all numbers below them.

    Parameters
    ----------
    rows : sequence of rows of cells
        The first rows of the table.
    number : callable
        A cell's text to its number, NaN if it is missing, None if it is something else.
    wanted : collection of str
        Columns that the config names.
    """
    if len(rows) < 2:
        return HeaderGuess(True)
    first = [cell.strip() for cell in rows[0]]
    columns = [[cell.strip() for cell in column] for column in zip(*_of_length(len(first), rows[1:]), strict=True)]
    if not columns:
        return HeaderGuess(True)
    numeric = [_numbers(column, number) for column in columns]
    votes = [_vote(*each, number) for each in zip(first, columns, numeric, strict=True)]
    values = tuple(cell for cell, vote in zip(first, votes, strict=True) if vote == "value")
    if any(cell in wanted and vote != "value" for cell, vote in zip(first, votes, strict=True)):
        return HeaderGuess(True)
    if len(values) <= votes.count("name"):
        return HeaderGuess(True)
    above = [at for at, vote in enumerate(votes) if vote == "value" and numeric[at] is not None]
    if above and len(above) == len(values):
        heads = [number(first[at]) or 0.0 for at in above]
        if _are_names(heads, [numeric[at] or [] for at in above]):
            return HeaderGuess(True, values)
    return HeaderGuess(False, values)


def _of_length(length: int, rows: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    return [row for row in rows if len(row) == length]


def _numbers(column: Sequence[str], number: _Number) -> list[float] | None:
    """Return the numbers of a column that has hardly anything else, else None."""
    parsed = [number(cell) for cell in column]
    present = [value for value in parsed if value is None or not isnan(value)]
    numbers = [value for value in present if value is not None]
    return numbers if numbers and len(numbers) >= _MOSTLY * len(present) else None


def _vote(cell: str, below: Sequence[str], numbers: Sequence[float] | None, number: _Number) -> _Vote:
    """Return what a cell of the first row is, as far as its column tells."""
    value = number(cell)
    if value is not None and isnan(value):
        return ""
    if numbers is not None:
        return "name" if value is None else "value"
    if cell in below:
        return "value"
    few = 2 * len(set(below)) <= len(below)
    return "name" if few and value is None else ""


def _are_names(heads: Sequence[float], columns: Sequence[Sequence[float]]) -> bool:
    """Return whether numbers above columns of numbers name them all the same."""
    rows = list(itertools.zip_longest(*columns))
    steps = {after - before for before, after in itertools.pairwise(heads)}
    if len(heads) >= 3 and steps == {1.0} and all(head.is_integer() for head in heads):
        return not any(_counts(row) for row in rows)
    if all(head in _YEARS for head in heads) and len(set(heads)) == len(heads):
        return not any(value in _YEARS for column in columns for value in column)
    monotone = len(heads) >= 3 and (min(steps) > 0 or max(steps) < 0)
    far = [_is_far(head, column) for head, column in zip(heads, columns, strict=True) if len(column) >= _FEWEST_ROWS]
    return monotone and 2 * sum(far) > len(heads)


def _counts(row: Sequence[float | None]) -> bool:
    """Return whether numbers follow one another."""
    numbers = [value for value in row if value is not None]
    return len(numbers) >= 3 and {after - before for before, after in itertools.pairwise(numbers)} == {1.0}


def _is_far(head: float, column: Sequence[float]) -> bool:
    """Return whether a number lies farther from all of a column than these from one another."""
    low, high = min(column), max(column)
    return head < low - (high - low) or head > high + (high - low)
