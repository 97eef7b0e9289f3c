"""An append-only CSV file that stays readable after a kill at any instant."""

from __future__ import annotations

import gzip
import os
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from dropout_lab.errors import ResultsError
from dropout_lab.results.atomic_write import replace_file
from dropout_lab.results.column_spec import ColumnSpec, as_text, check_header, check_rows, damaged

__all__ = ["AppendOnlyTable", "first_line"]

_CHUNK = 1 << 16
"""Bytes of a gzip member that are read at a time, for its end is not known in advance."""

_SAME_TRIAL = re.compile(r"([^,\n]*)(?:,[^\n]*)?\n(?:\1(?:,[^\n]*)?\n)*+")
"""Lines in a row that have the same first cell."""


class AppendOnlyTable:
    """Rows grouped by trial, the trial's id in the first cell.

    Rows are appended whole and flushed to disk. An incomplete append at the end of the file is not read, and is removed
    by the next `reorder`. A file whose name ends in ``.gz`` has one gzip member per append.

    Parameters
    ----------
    path : Path
    columns : mapping of str to ColumnSpec
        The first is ``trial``.
    """

    def __init__(self, path: Path, columns: Mapping[str, ColumnSpec]) -> None:
        self.path = path
        self.columns = columns
        self._header = as_text([tuple(columns)])
        self._compressed = path.suffix == ".gz"

    def rows(self) -> str:
        """Return the text of the complete rows; empty if there is no file.

        Raises
        ------
        ResultsError
            If the file cannot be read, or a complete line does not fit the columns; reports each by its number.
        """
        rows = self._rows()
        check_rows(self.path, rows, self.columns)
        return rows

    def read(self) -> dict[str, str]:
        """Return the text of each trial's rows, in the order of the file; see `rows`."""
        return _by_trial(self.rows())

    def reorder(self, order: Iterable[str]) -> None:
        """Rewrite the file with the rows of these trials only, in this order; trials without rows are ignored."""
        self.fill(_by_trial(self._rows()), order)

    def fill(self, chunks: Mapping[str, str], order: Iterable[str]) -> None:
        """Rewrite the file with the text of these trials, in this order; trials without text are ignored."""
        content = self._encode(self._header + "".join(chunks[trial] for trial in order if trial in chunks))
        if self._content() != content:
            replace_file(self.path, content)

    def append(self, rows: Iterable[Sequence[object]]) -> None:
        """Add rows and wait until they are on disk.

        Raises
        ------
        ResultsError
            If they cannot be written; the file is then as it was.
        """
        try:
            file = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        except OSError as error:
            raise ResultsError(f"{self.path}: cannot be written: {error.strerror}") from None
        size = os.fstat(file).st_size
        try:
            left = memoryview(self._encode(as_text(rows)))
            while left:
                left = left[os.write(file, left) :]
            os.fsync(file)
        except OSError as error:
            os.ftruncate(file, size)
            raise ResultsError(f"{self.path}: cannot be written: {error.strerror}") from None
        finally:
            os.close(file)

    def _rows(self) -> str:
        """Return the text of the complete rows, without checking their cells."""
        content = _decompress(self._content()) if self._compressed else self._content()
        complete = content[: content.rfind(b"\n") + 1]
        try:
            header, _, rows = complete.decode("utf-8").partition("\n")
        except UnicodeDecodeError as error:
            line = complete.count(b"\n", 0, error.start) + 1
            raise damaged(self.path, [f"{self.path}:{line}: is not text in UTF-8"]) from None
        if complete:
            check_header(self.path, header, self.columns)
        return rows

    def _content(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise ResultsError(f"{self.path}: cannot be read: {error.strerror}") from None

    def _encode(self, text: str) -> bytes:
        return gzip.compress(text.encode(), compresslevel=6, mtime=0) if self._compressed else text.encode()


def first_line(path: Path) -> str:
    """Return the header of a compressed table; empty if there is none."""
    try:
        with path.open("rb") as file:
            text = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(file.read(_CHUNK), _CHUNK)
    except zlib.error:
        return ""
    except OSError as error:
        raise ResultsError(f"{path}: cannot be read: {error.strerror}") from None
    return text.partition(b"\n")[0].decode("utf-8", "replace")


def _by_trial(rows: str) -> dict[str, str]:
    """Group lines by their first cell."""
    chunks: dict[str, list[str]] = {}
    for lines in _SAME_TRIAL.finditer(rows):
        chunks.setdefault(lines[1], []).append(lines[0])
    return {trial: "".join(parts) for trial, parts in chunks.items()}


def _decompress(content: bytes) -> bytes:
    """Decompress the complete members of a gzip file; an incomplete last one is ignored."""
    complete: list[bytes] = []
    start = 0
    while start < len(content):
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        parts, position = [], start
        try:
            while not member.eof and position < len(content):
                parts.append(member.decompress(content[position : position + _CHUNK]))
                position += _CHUNK
        except zlib.error:
            break
        if not member.eof:
            break
        complete += parts
        start = min(position, len(content)) - len(member.unused_data)
    return b"".join(complete)
