"""CSV: bytes -> a table, separator, decimal sign and encoding found by themselves."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.dataset import CSV
from dropout_lab.datasets.message_text import join_names, printable
from dropout_lab.datasets.tabular.cell_values import has_odd, is_grouped, number
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.errors import DatasetError

__all__ = ["parse_csv"]

_SEPARATORS = ("\t", ";", "|", ",")
"""Of equally good ones the first is taken: commas stand in numbers and texts, too."""

_SAMPLE = 500
_ROWS_AT_ONCE = 10_000
_MOST_TOLD = 10
_COMMA = re.compile(r"[-+]?\d*,\d+([eE][-+]?\d+)?")
_HUNDREDS = re.compile(r"[-+]?\d{3,}(\.\d+)?")
_POINT = re.compile(r"[-+]?\d*\.\d+([eE][-+]?\d+)?")
_NO_TEXT = {
    b"PK\x03\x04": "it is a packed archive, as Excel's workbooks are: export it as CSV",
    b"\xd0\xcf\x11\xe0": "it is a workbook of an old Excel: export it as CSV",
    b"PAR1": "it is a Parquet file: set dataset.parquet instead of dataset.csv",
    b"\x93NUMPY": "it is an array of NumPy's: save it by numpy.savez and set dataset.npz",
    b"\x1f\x8b": "it is compressed: unpack it first",
}


def parse_csv(content: bytes, file: str, spec: CSV) -> RawTable:
    """Read a table.

    Parameters
    ----------
    content : bytes
        Of the file.
    file : str
        What to call it in messages.
    spec : CSV
        What is told and need not be found; columns that it uses as texts are read as texts. Among them are those that
        stand for missing values.

    Raises
    ------
    DatasetError
        If it is no such table; names every problem, each with its line.
    """
    encoding, notes = _encoding(content, file)
    text = _Text(content, encoding)
    separator = spec.separator or _separator(text)
    decimal, doubtful = (spec.decimal, {}) if spec.decimal else _decimal(text, separator, spec)
    rows = _rows(csv.reader(text.lines(), delimiter=separator, strict=True), file)
    line, first = next(rows, (0, []))
    if not first:
        raise DatasetError([f"{file}: is empty: expected a line of column names, and rows below it"])
    names = _names(first, file, spec.header)
    rows = rows if spec.header else itertools.chain([(line, first)], rows)
    as_text = {spec.target, spec.group, *spec.category}
    while True:  # again, where texts come after many numbers
        builders = [_Builder(decimal, frozenset(spec.missing), name in as_text) for name in names]
        lines = _fill(builders, rows, file)
        late = {name for name, builder in zip(names, builders, strict=True) if builder.text_is_late}
        if not late:
            break
        as_text |= late
        again = _rows(csv.reader(text.lines(), delimiter=separator, strict=True), file)
        rows = itertools.islice(again, int(spec.header), None)
    called = {"\t": "tab", " ": "blank"}.get(separator, separator)
    signs = f"separator {printable(called)}, decimal {'comma' if decimal == ',' else 'point'}, {encoding}"
    columns = tuple(builder.column(name) for name, builder in zip(names, builders, strict=True))
    if decimal == ".":
        notes += _grouped(columns)
    for at, cell in doubtful.items():
        notes += (
            f"{printable(names[at])}: the comma of {printable(cell)} is taken for the decimal sign: if it sets "
            "thousands apart, take such commas out of the file",
        )
    return RawTable(file, columns, lines, signs, notes, decimal)


@dataclass(frozen=True)
class _Text:
    """A file's bytes, decoded line by line: far smaller than its text as a whole."""

    content: bytes
    encoding: str

    def lines(self) -> Iterable[str]:
        return io.TextIOWrapper(io.BytesIO(self.content), self.encoding, newline="")


def _encoding(content: bytes, file: str) -> tuple[str, tuple[str, ...]]:
    """Return a text's encoding, and what there is to be told of it."""
    for start, what in _NO_TEXT.items():
        if content.startswith(start):
            raise DatasetError([f"{file}: is no CSV: {what}"])
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            content.decode("utf-16")
        except UnicodeDecodeError:
            raise DatasetError([f"{file}: is no CSV: it begins as a text in UTF-16 and is none"]) from None
        return "utf-16", ()
    if b"\0" in content:
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        raise DatasetError([f"{file}:{line}: is no CSV: it holds a zero byte, as no text does"])
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        note = f"{file}:{line}: is no text in UTF-8: read as Latin-1; if letters look wrong, save the file as UTF-8"
        return "latin-1", (note,)
    return "utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "utf-8", ()


def _separator(text: _Text) -> str:
    """Return the separator by which most of the first lines have as many cells as the first one."""

    def worth(separator: str) -> tuple[bool, float, int]:
        sizes = [len(row) for row in _sample(text, separator)]
        if not sizes:
            return False, 0, 0
        return sizes[0] > 1, round(sizes.count(sizes[0]) / len(sizes), 2), sizes[0]

    best = max(_SEPARATORS, key=worth)  # the first of equal ones
    return best if worth(best)[0] else ","


def _decimal(text: _Text, separator: str, spec: CSV) -> tuple[str, dict[int, str]]:
    """Return the decimal sign, a comma if numbers have it more often than a point; and where that is in doubt.

    Columns whose commas set thousands apart have no say. Of doubtful ones the place and a cell are returned.
    """
    if separator == ",":
        return ".", {}
    rows = [
        ["" if (word := cell.strip()) in spec.missing else word for cell in row] for row in _sample(text, separator)
    ]
    columns = list(itertools.zip_longest(*rows[int(spec.header) :], fillvalue=""))
    meant = [_commas(column) for column in columns]
    cells = [cell for column, what in zip(columns, meant, strict=True) if what != "thousands" for cell in column]
    commas = sum(bool(_COMMA.fullmatch(cell)) for cell in cells)
    if commas <= sum(bool(_POINT.fullmatch(cell)) for cell in cells):
        return ".", {}
    doubtful = {"thousands"} if "decimals" in meant else {"thousands", "either"}
    return ",", {at: next(filter(is_grouped, columns[at])) for at, what in enumerate(meant) if what in doubtful}


def _commas(cells: Sequence[str]) -> Literal["none", "decimals", "thousands", "either"]:
    """Return what commas in a column's numbers are.

    Three digits follow each of those that set thousands apart. That they are no decimal signs is told by a number with
    two of them, or with a point, or by one of hundreds without any.
    """
    grouped = list(filter(is_grouped, cells))
    if any(_COMMA.fullmatch(cell) and not is_grouped(cell) for cell in cells):
        return "decimals"
    if any(cell.count(",") > 1 or "." in cell for cell in grouped):
        return "thousands"
    if grouped:
        return "thousands" if any(_HUNDREDS.fullmatch(cell) for cell in cells) else "either"
    return "none"


def _grouped(columns: Sequence[RawColumn]) -> tuple[str, ...]:
    """Return what is to be told of columns that are texts because of commas in their numbers."""
    found = {column.name: next(filter(is_grouped, column.words or ())) for column in columns if _are_grouped(column)}
    if not found:
        return ()
    return (
        f"{join_names(list(found))}: commas seem to set thousands apart ({join_names(list(found.values()), 3)}), and "
        "such cells are read as texts: take the commas out of the file; if they are decimal signs, set "
        "dataset.decimal: ','",
    )


def _are_grouped(column: RawColumn) -> bool:
    """Return whether a column is one of texts only because of commas in numbers."""
    words = column.words or ()
    return any(map(is_grouped, words)) and all(is_grouped(word) or number(word) is not None for word in words)


def _sample(text: _Text, separator: str) -> list[list[str]]:
    """Return the first rows, as far as they can be read."""
    rows: list[list[str]] = []
    reader = csv.reader(text.lines(), delimiter=separator)
    with suppress(csv.Error):
        rows.extend(row for row in itertools.islice(reader, _SAMPLE) if row)
    return rows


def _rows(reader: Iterator[list[str]], file: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, each with the number of its last line."""
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            line = reader.line_num  # type: ignore[attr-defined]
            told = "a quotation mark is never closed" if "end of data" in str(error) else str(error)
            raise DatasetError([f"{file}:{line}: cannot be read as CSV: {told}"]) from None
        if row is None:
            return
        if row and (len(row) > 1 or row[0].strip()):
            yield reader.line_num, row  # type: ignore[attr-defined]


def _names(first: Sequence[str], file: str, header: bool) -> list[str]:
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


def _fill(builders: Sequence[_Builder], rows: Iterator[tuple[int, list[str]]], file: str) -> NDArray[np.int64]:
    """Give the columns their cells; return the line of each row."""
    width, ragged = len(builders), 0
    lines: list[int] = []
    told: list[str] = []
    while some := list(itertools.islice(rows, _ROWS_AT_ONCE)):
        whole = [row for row in some if len(row[1]) == width]
        if len(whole) < len(some):
            wrong = [
                f"{file}:{line}: expected {width} cells, got {len(row)}" for line, row in some if len(row) != width
            ]
            ragged += len(wrong)
            told += wrong[: _MOST_TOLD - len(told)]
        lines += [line for line, _ in whole]
        if not ragged:
            for builder, cells in zip(builders, zip(*(row for _, row in whole), strict=True), strict=True):
                builder.add(cells)
    if ragged:
        more = [f"{file}: and {ragged - len(told):,} more such lines"] if ragged > len(told) else []
        advice = "is the separator another one? dataset.separator says which" if ragged > len(lines) else ""
        raise DatasetError([*told, *more, *([f"{file}: {advice}"] if advice else [])])
    return np.array(lines, np.int64)


class _Builder:
    """Gathers one column's cells: numbers for as long as all of them are."""

    def __init__(self, decimal: str, missing: frozenset[str], is_text: bool) -> None:
        self._decimal = decimal
        self._missing = missing
        self._words: dict[str, int] | None = {} if is_text else None
        self._parts: list[NDArray[np.float64] | NDArray[np.int64]] = []
        self.text_is_late = False

    def add(self, cells: Sequence[str]) -> None:
        if self.text_is_late:
            return
        if self._words is None:
            numbers = _numbers(cells, self._decimal, self._missing)
            if numbers is not None:
                self._parts.append(numbers)
                return
            self.text_is_late = bool(self._parts)
            self._words = {}
        words = self._words
        self._parts.append(np.array([words.setdefault(cell.strip(), len(words)) for cell in cells], np.int64))

    def column(self, name: str) -> RawColumn:
        """Return the column, once: its parts are given up, so that no two copies of all columns are there at a time."""
        parts, self._parts = self._parts, []
        if self._words is not None:
            codes = np.concatenate([np.zeros(0, np.int64), *parts])
            return RawColumn(name, codes.astype(np.int64, copy=False), tuple(self._words))
        return RawColumn(name, np.concatenate([np.zeros(0), *parts]).astype(np.float64, copy=False))


def _numbers(cells: Sequence[str], decimal: str, missing: frozenset[str]) -> NDArray[np.float64] | None:
    """Return cells as numbers, missing ones not a number; None if one is neither."""
    together = "".join(cells)
    if decimal == "." and not missing and not has_odd(together):
        try:
            return np.array(list(map(float, cells)))  # far faster than cell by cell
        except ValueError:
            pass
    found = []
    for cell in cells:
        value = number(cell, decimal, missing)
        if value is None:
            return None
        found.append(value)
    return np.array(found)
