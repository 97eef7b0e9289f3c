"""How a text is cut into rows of cells: the lines that are none, the separator, and the quotation marks."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from dropout_lab.config.dataset import WHITESPACE
from dropout_lab.datasets.tabular.text_encoding import decoded_lines

__all__ = ["NumberedRow", "QuoteError", "RowLayout", "RowReader", "first_numbered_rows", "first_rows"]

_SAMPLE_ROWS = 500
_QUOTES = {"double": '"', "single": "'", "none": ""}
_BLANKS = " \t\r\n"

NumberedRow = tuple[int, list[str]]
"""The number of a row's last line in the file, and its cells."""


@dataclass(frozen=True)
class RowLayout:
    """How a text is cut into rows.

    Attributes
    ----------
    encoding : str
    separator : str
        A character, or ``whitespace``: runs of blanks and tabs.
    quoting : str
        Which quotation marks enclose cells: ``double``, ``single`` or ``none``.
    skipped : int
        Lines at the beginning that are no rows.
    comment : str
        The start of lines that are no rows; empty for none.
    """

    encoding: str
    separator: str = ","
    quoting: str = "double"
    skipped: int = 0
    comment: str = ""


class QuoteError(Exception):
    """Quotation marks that do not fit; `line` is where to look, `problem` what is wrong there."""

    def __init__(self, line: int, problem: str) -> None:
        self.line, self.problem = line, problem
        super().__init__(line, problem)


class RowReader:
    """The rows of a text that are not blank, each as a `NumberedRow`; where they cannot be read, a `QuoteError`.

    Attributes
    ----------
    comments : int
        How many comment lines were left out so far.
    """

    def __init__(self, content: bytes, layout: RowLayout, *, strict: bool = True) -> None:
        self.comments = 0
        self._content, self._layout, self._strict = content, layout, strict
        self._between_rows = True

    def __iter__(self) -> Iterator[NumberedRow]:
        self.comments = 0
        lines: Iterator[str] = itertools.islice(
            decoded_lines(self._content, self._layout.encoding), self._layout.skipped, None
        )
        if self._layout.comment:
            lines = self._without_comments(lines)
        skipped = self._layout.skipped
        for line, row in self._split(lines) if self._layout.separator == WHITESPACE else self._parse(lines):
            self._between_rows = True
            if row and (len(row) > 1 or row[0].strip()):
                yield line + skipped + self.comments, row

    def _without_comments(self, lines: Iterator[str]) -> Iterator[str]:
        """Leave out comments, but not where a quoted cell goes on over several lines."""
        for line in lines:
            if self._between_rows and line.startswith(self._layout.comment):
                self.comments += 1
            else:
                self._between_rows = False
                yield line

    def _parse(self, lines: Iterator[str]) -> Iterator[NumberedRow]:
        quote = _QUOTES[self._layout.quoting]
        reader = csv.reader(
            lines,
            delimiter=self._layout.separator,
            quotechar=quote or None,
            quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
            strict=self._strict,
        )
        last = 0
        while True:
            try:
                row = next(reader, None)
            except csv.Error as error:
                lines_before = self._layout.skipped + self.comments
                raise _quote_error(str(error), last + 1 + lines_before, reader.line_num + lines_before) from None
            if row is None:
                return
            last = reader.line_num
            yield last, row

    def _split(self, lines: Iterator[str]) -> Iterator[NumberedRow]:
        quote = _QUOTES[self._layout.quoting]
        quoted = re.compile(f"{quote}((?:[^{quote}]|{quote}{quote})*){quote}(?![^ \t])|([^ \t]+)" if quote else "")
        for number, line in enumerate(lines, 1):
            if quote and quote in line:
                cells = quoted.findall(line.strip(_BLANKS))
                yield number, [plain or inner.replace(quote * 2, quote) for inner, plain in cells]
            elif line.isascii():
                yield number, line.split()
            else:
                yield number, re.findall(f"[^{_BLANKS}]+", line)


def first_numbered_rows(content: bytes, layout: RowLayout) -> list[NumberedRow]:
    """Return the first rows, as far as they can be read."""
    rows: list[NumberedRow] = []
    with suppress(QuoteError):
        rows.extend(itertools.islice(RowReader(content, layout, strict=False), _SAMPLE_ROWS))
    return rows


def first_rows(content: bytes, layout: RowLayout) -> list[list[str]]:
    """Return the cells of the first rows, as far as they can be read."""
    return [row for _, row in first_numbered_rows(content, layout)]


def _quote_error(reason: str, start: int, end: int) -> QuoteError:
    """Say what is wrong with a row from line `start` to line `end`."""
    if "end of data" in reason or "field limit" in reason:
        return QuoteError(start, "a quotation mark is never closed")
    if "expected after" in reason:
        return QuoteError(end, "a quotation mark ends a cell, and more of it follows")
    return QuoteError(end, reason)
