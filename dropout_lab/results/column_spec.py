"""What the cells of a table may hold, and where one holds something else."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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
    "ColumnSpec",
    "as_text",
    "check_cells",
    "check_header",
    "damaged",
    "number_between",
    "perhaps",
]

_MOST_TOLD = 10
_LONGEST_TOLD = 60
_DECIMALS = r"(?:\.[0-9]{1,25})?"
_BELOW_ONE = rf"0{_DECIMALS}|[0-9]{_DECIMALS}e-0*[1-9][0-9]{{0,2}}"
_CHARACTER = r"\x00-\x1f\x7f-\x9f"  # the controls, which no text of ours has


@dataclass(frozen=True)
class ColumnSpec:
    """What a column's cells may hold.

    Attributes
    ----------
    pattern : str
        A regular expression for the whole cell as it is in the file. No text matches it in two ways.
    expected : str
        The same in words.
    dtype : str or None
        Of the column once it is read; None: as pandas finds it.
    """

    pattern: str
    expected: str
    dtype: str | None = None


ID = ColumnSpec("[0-9a-f]{12}", "12 hexadecimal digits", "str")
TEXT = ColumnSpec(rf'[^",{_CHARACTER}]{{0,1000}}+|"(?:[^"{_CHARACTER}]|""){{0,1000}}+"', "printable text", "str")
STATUS = ColumnSpec("ok|diverged|failed|killed", "ok, diverged, failed or killed", "str")
POSITION = ColumnSpec("[0-9]{1,9}", "a whole number")
COUNT = ColumnSpec("[1-9][0-9]{0,8}", "a whole number from 1")
SEED = ColumnSpec("[0-9]{1,19}", "a whole number")
RATE = ColumnSpec(_BELOW_ONE, "0 <= rate < 1", "float64")
SHARE = ColumnSpec(rf"{_BELOW_ONE}|1(?:\.0)?", "a number from 0 to 1", "float64")
SIGNED_SHARE = ColumnSpec(rf"-?(?:{_BELOW_ONE}|1(?:\.0)?)", "a number from -1 to 1", "float64")
NUMBER = ColumnSpec(rf"-?[0-9]{{1,20}}{_DECIMALS}(?:e[-+]?[0-9]{{1,3}})?", "a number", "float64")


def perhaps(cell: ColumnSpec) -> ColumnSpec:
    """Return what may be left empty, too."""
    return ColumnSpec(f"(?:{cell.pattern})?", f"{cell.expected}, or nothing", cell.dtype)


def number_between(minimum: float, maximum: float) -> ColumnSpec:
    """Return what a column of numbers holds, or nothing; of ranges only those within -1 and 1 are checked."""
    return perhaps({(0.0, 1.0): SHARE, (-1.0, 1.0): SIGNED_SHARE}.get((minimum, maximum), NUMBER))


def check_header(path: Path, line: str, columns: Sequence[str]) -> None:
    """Raise `ResultsError` unless the first line of a table is its columns."""
    if line == ",".join(columns):
        return
    found = line.split(",")
    for number, (expected, got) in enumerate(zip_longest(columns, found), 1):
        if expected != got:
            told = f"column {number}: expected {expected or 'no more'}, got {_short(got) if got else 'nothing'}"
            raise damaged(path, [f"{path}:1: {told}"])


def check_cells(path: Path, rows: str, cells: Mapping[str, ColumnSpec]) -> None:
    """Raise `ResultsError` unless each cell of a table holds what its column may.

    Parameters
    ----------
    path : Path
    rows : str
        Whole lines, without the header.
    cells : mapping of str to ColumnSpec
        In the order of the columns.
    """
    row = ",".join(f"(?:{cell.pattern})" for cell in cells.values())
    if re.fullmatch(f"(?:{row}\n)*+", rows):
        return
    right = re.compile(row)
    wrong = [(number, line) for number, line in enumerate(rows.split("\n")[:-1], 2) if not right.fullmatch(line)]
    told = [f"{path}:{number}: {_problem(line, cells)}" for number, line in wrong[:_MOST_TOLD]]
    raise damaged(path, told, len(wrong))


def damaged(path: Path, problems: Sequence[str], count: int | None = None) -> ResultsError:
    """Return the error of a table that is not as it was written.

    Parameters
    ----------
    path : Path
    problems : sequence of str
        Each with its place. The first ones are told.
    count : int or None
        How many there are; None for those given.
    """
    told = problems[:_MOST_TOLD]
    more = (len(problems) if count is None else count) - len(told)
    lines = [f"{path}: is not as it was written:", *(f"  {problem}" for problem in told)]
    lines += [f"  and {more:,} more"] if more else []
    return ResultsError("\n".join([*lines, "Bring it back, or set these results aside with --fresh"]))


def as_text(rows: Iterable[Sequence[object]]) -> str:
    """Write rows as lines of CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _problem(line: str, cells: Mapping[str, ColumnSpec]) -> str:
    """Say what is wrong with a line that is not as it should be."""
    try:
        found = next(csv.reader([line], strict=True), [])
    except csv.Error:
        return f"expected cells separated by commas, got {_short(line)}"
    if len(found) != len(cells):
        return f"expected {len(cells)} cells, got {len(found)}"
    for (column, cell), text in zip(cells.items(), found, strict=True):
        if not re.fullmatch(cell.pattern, as_text([[text, ""]])[:-2]):
            return f"{column}: expected {cell.expected}, got {_short(text)}"
    return "expected no quotation marks where none are needed"


def _short(text: str) -> str:
    shown = repr(text)
    return shown if len(shown) <= _LONGEST_TOLD else f"{shown[: _LONGEST_TOLD - 3]}..."
