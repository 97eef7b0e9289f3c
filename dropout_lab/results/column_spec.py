"""The columns of our tables, and the check of their cells: a damaged table is reported line by line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

from dropout_lab.errors import ResultsError

__all__ = [
    "COUNT",
    "ID",
    "NUMBER",
    "POSITION",
    "RATE",
    "SEED",
    "SHARE",
    "STATUS",
    "TEXT",
    "TRAINED",
    "ColumnSpec",
    "as_text",
    "check_header",
    "check_rows",
    "damaged",
    "number_between",
    "only_for",
    "optional",
]

_MAX_PROBLEMS, _MAX_LENGTH = 10, 60
_DECIMALS = r"(?:\.[0-9]{1,25})?"
_BELOW_ONE = rf"0{_DECIMALS}|[0-9]{_DECIMALS}e-0*[1-9][0-9]{{0,2}}"
_CONTROLS = r"\x00-\x1f\x7f-\x9f"

TRAINED = ("ok", "diverged")
"""The statuses of trials that have learning curves and predictions."""


@dataclass(frozen=True)
class ColumnSpec:
    """The type of a column.

    Attributes
    ----------
    pattern : str
        A regular expression for a whole cell as it is in the file. No text matches it in two ways.
    expected : str
        The same in words.
    dtype : str or None
        Of the column in a data frame; None: pandas infers it.
    statuses : tuple of str
        The column has values only for trials of these statuses; empty for all.
    required : bool
        Whether each of these trials has a value.
    """

    pattern: str
    expected: str
    dtype: str | None = None
    statuses: tuple[str, ...] = ()
    required: bool = True


ID = ColumnSpec("[0-9a-f]{12}", "12 hexadecimal digits", "str")
TEXT = ColumnSpec(rf'[^",{_CONTROLS}]{{0,1000}}+|"(?:[^"{_CONTROLS}]|""){{0,1000}}+"', "printable text", "str")
STATUS = ColumnSpec("ok|diverged|failed|killed", "ok, diverged, failed or killed", "str")
POSITION = ColumnSpec("[0-9]{1,9}", "a whole number")
COUNT = ColumnSpec("[1-9][0-9]{0,8}", "a whole number from 1")
SEED = ColumnSpec("[0-9]{1,19}", "a whole number")
RATE = ColumnSpec(_BELOW_ONE, "0 <= rate < 1", "float64")
SHARE = ColumnSpec(rf"{_BELOW_ONE}|1(?:\.0)?", "a number from 0 to 1", "float64")
SIGNED_SHARE = ColumnSpec(rf"-?(?:{_BELOW_ONE}|1(?:\.0)?)", "a number from -1 to 1", "float64")
NUMBER = ColumnSpec(rf"-?[0-9]{{1,20}}{_DECIMALS}(?:e[-+]?[0-9]{{1,3}})?", "a number", "float64")


def optional(column: ColumnSpec) -> ColumnSpec:
    """Return a column whose cells may be empty."""
    return replace(column, pattern=f"(?:{column.pattern})?", expected=f"{column.expected}, or nothing", required=False)


def only_for(statuses: tuple[str, ...], column: ColumnSpec, *, required: bool = True) -> ColumnSpec:
    """Return a column that has values for trials of some statuses only; all of them, or some."""
    return replace(optional(column), statuses=statuses, required=required)


def number_between(minimum: float, maximum: float) -> ColumnSpec:
    """Return a column of numbers; only the ranges 0 to 1 and -1 to 1 are checked."""
    return {(0.0, 1.0): SHARE, (-1.0, 1.0): SIGNED_SHARE}.get((minimum, maximum), NUMBER)


def check_header(path: Path, line: str, columns: Iterable[str]) -> None:
    """Raise `ResultsError` unless the first line of a table names its columns."""
    for number, (expected, found) in enumerate(zip_longest(columns, line.split(",")), 1):
        if expected != found:
            got = _quote(found) if found else "nothing"
            raise damaged(path, [f"{path}:1: column {number}: expected {expected or 'no more'}, got {got}"])


def check_rows(path: Path, rows: str, columns: Mapping[str, ColumnSpec]) -> None:
    """Raise `ResultsError` unless each cell of a table fits its column.

    Parameters
    ----------
    path : Path
    rows : str
        Complete lines, without the header.
    columns : mapping of str to ColumnSpec
    """
    row = ",".join(f"(?:{column.pattern})" for column in columns.values())
    if re.fullmatch(f"(?:{row}\n)*+", rows):
        return
    lines = [(number, line) for number, line in enumerate(rows.split("\n")[:-1], 2) if not re.fullmatch(row, line)]
    raise damaged(path, [f"{path}:{number}: {_problem(line, columns)}" for number, line in lines])


def damaged(path: Path, problems: Sequence[str]) -> ResultsError:
    """Return the error of a table that is not as it was written; it reports the first problems and counts the rest."""
    more = len(problems) - _MAX_PROBLEMS
    lines = [f"{path}: was changed or damaged:", *(f"  {problem}" for problem in problems[:_MAX_PROBLEMS])]
    lines += [f"  and {more:,} more"] if more > 0 else []
    return ResultsError("\n".join([*lines, "Restore it, or set these results aside with --fresh"]))


def as_text(rows: Iterable[Sequence[object]]) -> str:
    """Write rows as lines of CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _problem(line: str, columns: Mapping[str, ColumnSpec]) -> str:
    """Describe the first problem of a line that does not fit the columns."""
    try:
        cells = next(csv.reader([line], strict=True), [])
    except csv.Error:
        return f"expected cells separated by commas, got {_quote(line)}"
    if len(cells) != len(columns):
        return f"expected {len(columns)} cells, got {len(cells)}"
    for (name, column), cell in zip(columns.items(), cells, strict=True):
        if not re.fullmatch(column.pattern, as_text([[cell, ""]])[:-2]):
            return f"{name}: expected {column.expected}, got {_quote(cell)}"
    return "expected no quotation marks where none are needed"


def _quote(text: str) -> str:
    quoted = repr(text)
    return quoted if len(quoted) <= _MAX_LENGTH else f"{quoted[: _MAX_LENGTH - 3]}..."
