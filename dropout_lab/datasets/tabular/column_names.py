"""The names of a text table's columns: in its first row, in a comment above it, or c1, c2, ..."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dropout_lab.config.dataset import CSV
from dropout_lab.datasets.message_text import join_names, printable
from dropout_lab.datasets.tabular.cell_values import number
from dropout_lab.datasets.tabular.header import HeaderGuess, guess_header
from dropout_lab.datasets.tabular.notation import NumberStyle
from dropout_lab.datasets.tabular.preamble import comment_header
from dropout_lab.datasets.tabular.text_rows import NumberedRow, RowLayout, first_numbered_rows
from dropout_lab.errors import DatasetError

__all__ = ["ColumnNames", "find_names"]


@dataclass(frozen=True)
class ColumnNames:
    """The names of columns.

    Attributes
    ----------
    names : tuple of str
    given : int
        Columns up to the last one that the file names: further cells of a row may be left out if they are empty.
    in_first_row : bool
        Whether the first row is no data.
    in_file : bool
        Whether the file names the columns at all.
    notes : tuple of str
        What was decided, and the key that changes it.
    """

    names: tuple[str, ...]
    given: int
    in_first_row: bool
    in_file: bool
    notes: tuple[str, ...] = ()


def find_names(content: bytes, layout: RowLayout, spec: CSV, style: NumberStyle, file: str) -> ColumnNames:
    """Find out what the columns are called.

    Raises
    ------
    DatasetError
        If there are no rows, or several columns have the same name.
    """
    numbered = first_numbered_rows(content, layout)
    if not numbered:
        raise DatasetError([f"{file}: is empty: expected a line of column names, and rows below it"])
    rows = [row for _, row in numbered]
    guess = HeaderGuess(spec.header is not False)
    if spec.header is not False:

        def parse(cell: str) -> float | None:
            return style.number(cell, frozenset(spec.missing))

        wanted = {spec.target, spec.group or spec.target, *spec.drop, *spec.keep, *spec.categories}
        found = guess_header(rows, parse, wanted)
        commented = comment_header(content, layout) if layout.comment and spec.comment is None else None
        if commented and (not found.names or found.examples):
            note = f"{file}: the columns are named as in the last comment above the rows"
            return ColumnNames(_names(commented), len(commented), False, True, (note,))
        guess = found if spec.header is None else guess
    if not guess.names:
        names = tuple(f"c{at}" for at in range(1, len(rows[0]) + 1))
        return ColumnNames(names, len(names), False, False, tuple(_values_notes(file, numbered[0], guess)))
    cells = [*(["row_names"] if _has_row_names(rows) else []), *rows[0]]
    names = _names(cells)
    _check_names(names, numbered[0], file)
    given = max((at for at, cell in enumerate(cells, 1) if cell.strip()), default=0)
    notes = _names_notes(file, numbered[0], guess, len(cells) > len(rows[0]))
    return ColumnNames(names, given, True, True, tuple(notes))


def _names(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(cell.strip() or f"unnamed_{number}" for number, cell in enumerate(cells, 1))


def _has_row_names(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether rows have one cell more than the first, a different one in each, as R writes tables."""
    below = rows[1:]
    longer = len(rows[0]) > 1 and all(len(row) == len(rows[0]) + 1 for row in below)
    return longer and len(below) > 1 and all(row[-1].strip() for row in below) and _differ([row[0] for row in below])


def _differ(cells: Sequence[str]) -> bool:
    return len(set(cells)) == len(cells)


def _check_names(names: Sequence[str], row: NumberedRow, file: str) -> None:
    """Raise `DatasetError` if several columns have the same name."""
    problems = []
    for name, count in Counter(names).items():
        if count > 1:
            hint = ""
            if number(name) is not None:
                hint = ", or set dataset.header: false (init: --no-header) if the line holds values"
            problems.append(
                f"{file}:{row[0]}: {count} columns are called {printable(name)}: give each its own name{hint}"
            )
    if problems:
        raise DatasetError(problems)


def _values_notes(file: str, row: NumberedRow, guess: HeaderGuess) -> Iterator[str]:
    if guess.examples:
        yield (
            f"{file}:{row[0]}: looks like values ({join_names(guess.examples, 3)}), not names, so the columns are "
            f"called c1 to c{len(row[1])}; if it names them, set dataset.header: true (init: --header)"
        )


def _names_notes(file: str, row: NumberedRow, guess: HeaderGuess, has_row_names: bool) -> Iterator[str]:
    if guess.examples:
        yield (
            f"{file}:{row[0]}: is read as the names of the columns, though some are numbers "
            f"({join_names(guess.examples, 3)}); if it holds values, set dataset.header: false (init: --no-header)"
        )
    if has_row_names:
        yield f"{file}:{row[0]}: has one name less than the rows have cells, so the first column is called row_names"
