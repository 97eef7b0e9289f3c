"""CSV: bytes -> a table of numbers and text."""

from __future__ import annotations

import csv
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.dataset import CSV
from dropout_lab.datasets.message_text import printable
from dropout_lab.datasets.tabular.cell_values import has_odd
from dropout_lab.datasets.tabular.csv_dialect import Dialect, guess_dialect
from dropout_lab.datasets.tabular.dotted_thousands import Dots, look_for_dots
from dropout_lab.datasets.tabular.notation import NumberStyle
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.datasets.tabular.text_encoding import decoded_lines, detect_encoding
from dropout_lab.errors import DatasetError

__all__ = ["parse_csv"]

_CHUNK_ROWS = 10_000
_MAX_PROBLEMS = 10

NumberedRow = tuple[int, list[str]]
"""The number of a row's last line in the file, and its cells."""


def parse_csv(content: bytes, file: str, spec: CSV) -> RawTable:
    """Read a table.

    Parameters
    ----------
    content : bytes
        Of the file.
    file : str
        Its name in messages.
    spec : CSV
        What it says about the file is not guessed; its target, group and categories are read as text.

    Raises
    ------
    DatasetError
        If it is not a table; names every problem with its line.
    """
    encoding, notes = detect_encoding(content, file)
    dialect = guess_dialect(content, encoding, spec)

    def rows() -> Iterator[NumberedRow]:
        return _rows(csv.reader(decoded_lines(content, encoding), delimiter=dialect.separator, strict=True), file)

    first = next(rows(), None)
    if first is None:
        raise DatasetError([f"{file}: is empty: expected a line of column names, and rows below it"])
    names = _column_names(first[1], file, spec.header)
    text_columns = {spec.target, spec.group, *spec.category}
    style = NumberStyle(dialect.decimal, spec.thousands or "", spec.decimal is not None)
    while True:  # again, where text comes after many numbers
        builders = [_ColumnBuilder(style, frozenset(spec.missing), name in text_columns) for name in names]
        lines = _fill(builders, itertools.islice(rows(), int(spec.header), None), file)
        late = {name for name, builder in zip(names, builders, strict=True) if builder.text_is_late}
        if not late:
            break
        text_columns |= late
    columns = tuple(builder.column(name) for name, builder in zip(names, builders, strict=True))
    notes += _comma_notes(dialect, columns)
    return RawTable(file, columns, lines, f"{printable(str(dialect))}, {encoding}", notes, style)


def _rows(reader: Iterator[list[str]], file: str) -> Iterator[NumberedRow]:
    """Yield the rows that are not blank."""
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            line = reader.line_num  # type: ignore[attr-defined]
            reason = "a quotation mark is never closed" if "end of data" in str(error) else str(error)
            raise DatasetError([f"{file}:{line}: cannot be read as CSV: {reason}"]) from None
        if row is None:
            return
        if row and (len(row) > 1 or row[0].strip()):
            yield reader.line_num, row  # type: ignore[attr-defined]


def _column_names(first: Sequence[str], file: str, header: bool) -> list[str]:
    if not header:
        return [f"c{number}" for number in range(1, len(first) + 1)]
    names = [cell.strip() or f"unnamed_{number}" for number, cell in enumerate(first, 1)]
    problems = [
        f"{file}:1: {count} columns are called {printable(name)}: give each a name of its own"
        for name, count in Counter(names).items()
        if count > 1
    ]
    if problems:
        raise DatasetError(problems)
    return names


def _fill(builders: Sequence[_ColumnBuilder], rows: Iterator[NumberedRow], file: str) -> NDArray[np.int64]:
    """Give the columns their cells; return the line of each row, of shape (rows,)."""
    width = len(builders)
    lines: list[int] = []
    ragged: list[NumberedRow] = []
    while chunk := list(itertools.islice(rows, _CHUNK_ROWS)):
        complete = [row for row in chunk if len(row[1]) == width]
        if len(complete) < len(chunk):
            ragged += [row for row in chunk if len(row[1]) != width]
        lines += [line for line, _ in complete]
        if not ragged:
            for builder, cells in zip(builders, zip(*(cells for _, cells in complete), strict=True), strict=True):
                builder.add(cells)
    if ragged:
        problems = [f"{file}:{line}: expected {width} cells, got {len(cells)}" for line, cells in ragged]
        if len(ragged) > _MAX_PROBLEMS:
            problems[_MAX_PROBLEMS:] = [f"{file}: and {len(ragged) - _MAX_PROBLEMS:,} more such lines"]
        if len(ragged) > len(lines):
            problems.append(f"{file}: if the separator is another one, set dataset.separator")
        raise DatasetError(problems)
    return np.array(lines, np.int64)


class _ColumnBuilder:
    """Collects the cells of one column: as numbers while all of them are numbers."""

    def __init__(self, style: NumberStyle, missing: frozenset[str], is_text: bool) -> None:
        self._style = style
        self._missing = missing
        self._codes: dict[str, int] | None = {} if is_text else None
        self._chunks: list[NDArray[np.float64] | NDArray[np.int64]] = []
        self._dots = Dots(possible=style == NumberStyle())
        self.text_is_late = False

    def add(self, cells: Sequence[str]) -> None:
        if self.text_is_late:
            return
        if self._codes is None:
            numbers = _numbers(cells, self._style, self._missing)
            if numbers is not None:
                self._dots = look_for_dots(cells, numbers, self._dots)
                self._chunks.append(numbers)
                return
            self.text_is_late = bool(self._chunks)
            self._codes = {}
        codes = self._codes
        self._chunks.append(np.array([codes.setdefault(cell.strip(), len(codes)) for cell in cells], np.int64))

    def column(self, name: str) -> RawColumn:
        """Return the column, once: the chunks are released, so that never two copies of all columns are in memory."""
        chunks, self._chunks = self._chunks, []
        if self._codes is not None:
            codes = np.concatenate([np.zeros(0, np.int64), *chunks])
            return RawColumn(name, codes.astype(np.int64, copy=False), tuple(self._codes))
        values = np.concatenate([np.zeros(0), *chunks]).astype(np.float64, copy=False)
        return RawColumn(name, values, doubtful=self._dots.doubtful)


def _numbers(cells: Sequence[str], style: NumberStyle, missing: frozenset[str]) -> NDArray[np.float64] | None:
    """Return cells as numbers, NaN for missing ones; None if any is neither."""
    if style.decimal == "." and not style.thousands and not missing and not has_odd("".join(cells)):
        try:
            return np.array(list(map(float, cells)))  # far faster than cell by cell
        except ValueError:
            pass
    numbers = []
    for cell in cells:
        value = style.number(cell, missing)
        if value is None:
            return None
        numbers.append(value)
    return np.array(numbers)


def _comma_notes(dialect: Dialect, columns: Sequence[RawColumn]) -> tuple[str, ...]:
    """Return notes on commas that may have been misread."""
    return tuple(
        f"{printable(columns[at].name)}: the comma in {printable(cell)} is read as a decimal sign: if it separates "
        'thousands, set dataset.thousands: ","'
        for at, cell in dialect.ambiguous.items()
    )
