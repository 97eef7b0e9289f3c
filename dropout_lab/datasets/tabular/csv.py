"""CSV: bytes -> a table of numbers and text."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.dataset import CSV
from dropout_lab.datasets.message_text import printable
from dropout_lab.datasets.tabular.cell_values import has_odd
from dropout_lab.datasets.tabular.column_names import find_names
from dropout_lab.datasets.tabular.compression import unpack
from dropout_lab.datasets.tabular.csv_dialect import Dialect, guess_dialect
from dropout_lab.datasets.tabular.dotted_thousands import Dots, look_for_dots
from dropout_lab.datasets.tabular.leading_zeros import look_for_zeros
from dropout_lab.datasets.tabular.notation import NumberStyle
from dropout_lab.datasets.tabular.preamble import guess_layout
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.datasets.tabular.separator import separator_advice
from dropout_lab.datasets.tabular.text_encoding import detect_encoding
from dropout_lab.datasets.tabular.text_rows import NumberedRow, QuoteError, RowLayout, RowReader
from dropout_lab.errors import DatasetError

__all__ = ["parse_csv"]

_CHUNK_ROWS = 10_000
_MAX_PROBLEMS = 10


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
    content, compression = unpack(content, file)
    encoding, notes = detect_encoding(content, file, spec.encoding)
    layout = guess_layout(content, encoding, spec)
    dialect = guess_dialect(content, layout, spec)
    style = NumberStyle(dialect.decimal, spec.thousands or "", spec.decimal is not None)
    found = find_names(content, layout, spec, style, file)
    text_columns = {spec.target, spec.group, *spec.categories, *spec.dates}
    while True:  # again, where text comes after many numbers
        builders = [_ColumnBuilder(style, frozenset(spec.missing), name in text_columns) for name in found.names]
        rows = RowReader(content, layout)
        try:
            lines, fitted = _fill(builders, itertools.islice(rows, int(found.in_first_row), None), found.given, file)
        except QuoteError as error:
            raise DatasetError([_quote_problem(content, layout, error, file)]) from None
        except _RaggedError as error:
            advice = separator_advice(content, layout) if error.are_most else ""
            raise DatasetError([*error.problems, *([f"{file}: {advice}"] if advice else [])]) from None
        late = {name for name, builder in zip(found.names, builders, strict=True) if builder.text_is_late}
        if not late:
            break
        text_columns |= late
    columns = tuple(builder.column(name) for name, builder in zip(found.names, builders, strict=True))
    left_out = 0 if spec.comment else rows.comments
    notes += (*found.notes, *_line_notes(file, left_out, fitted), *_comma_notes(dialect, columns))
    details = [printable(str(dialect)), encoding, *([compression] if compression else [])]
    return RawTable(file, columns, lines, ", ".join(details), notes, style, found.in_file)


class _RaggedError(Exception):
    """Rows that have more or fewer cells than there are columns."""

    def __init__(self, ragged: Sequence[NumberedRow], width: int, others: int, file: str) -> None:
        self.are_most = len(ragged) > others
        self.problems = [f"{file}:{line}: expected {width} cells, got {len(cells)}" for line, cells in ragged]
        if len(ragged) > _MAX_PROBLEMS:
            self.problems[_MAX_PROBLEMS:] = [f"{file}: and {len(ragged) - _MAX_PROBLEMS:,} more such lines"]
        super().__init__(*self.problems)


def _fill(
    builders: Sequence[_ColumnBuilder], rows: Iterator[NumberedRow], given: int, file: str
) -> tuple[NDArray[np.int64], int]:
    """Give the columns their cells.

    Returns
    -------
    array of shape (rows,), int
        The line of each row, and how many rows had more or fewer cells than there are columns, but only empty ones.
    """
    width = len(builders)
    lines: list[int] = []
    ragged: list[NumberedRow] = []
    fitted = 0
    while chunk := list(itertools.islice(rows, _CHUNK_ROWS)):
        odd = [at for at, row in enumerate(chunk) if len(row[1]) != width]
        for at in odd:
            line, cells = chunk[at]
            if len(cells) >= given and not any(cell.strip() for cell in cells[width:]):
                chunk[at] = line, [*cells[:width], *[""] * (width - len(cells))]
                fitted += 1
            else:
                ragged.append(chunk[at])
        complete = [row for row in chunk if len(row[1]) == width] if odd else chunk
        lines += [line for line, _ in complete]
        if not ragged:
            for builder, column in zip(builders, zip(*(cells for _, cells in complete), strict=True), strict=True):
                builder.add(column)
    if ragged:
        raise _RaggedError(ragged, width, len(lines), file)
    return np.array(lines, np.int64), fitted


def _quote_problem(content: bytes, layout: RowLayout, error: QuoteError, file: str) -> str:
    """Say what is wrong with quotation marks, and what to do: take them for part of the cells, if all rows then fit."""
    widths = {len(row) for _, row in RowReader(content, replace(layout, quoting="none"))}
    advice = "correct them in this line"
    if len(widths) == 1:
        advice = "if quotation marks belong to the cells, set dataset.quoting: none"
    return f"{file}:{error.line}: cannot be read as CSV: {error.problem}: {advice}"


def _line_notes(file: str, comments: int, fitted: int) -> Iterator[str]:
    """Yield notes on lines that were not read as they stand."""
    if comments:
        those = f"{comments:,} lines that start with # are" if comments > 1 else "1 line that starts with # is"
        yield f'{file}: {those} left out, as comments; if they hold data, set dataset.comment: ""'
    if fitted:
        yield f"{file}: empty cells at the end of {fitted:,} lines, which belong to no column, are ignored"


class _ColumnBuilder:
    """Collects the cells of one column: as numbers while all of them are numbers."""

    def __init__(self, style: NumberStyle, missing: frozenset[str], is_text: bool) -> None:
        self._style = style
        self._missing = missing
        self._codes: dict[str, int] | None = {} if is_text else None
        self._chunks: list[NDArray[np.float64] | NDArray[np.int64]] = []
        self._dots = Dots(possible=style == NumberStyle())
        self._padded: str | None = ""
        self.text_is_late = False

    def add(self, cells: Sequence[str]) -> None:
        if self.text_is_late:
            return
        if self._codes is None:
            numbers = _numbers(cells, self._style, self._missing)
            if numbers is not None:
                self._dots = look_for_dots(cells, numbers, self._dots)
                self._padded = look_for_zeros(cells, numbers, self._padded)
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
        return RawColumn(name, values, doubtful=self._dots.doubtful, padded=self._padded or "")


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
