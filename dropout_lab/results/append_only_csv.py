"""An append-only CSV file that a kill at any instant leaves readable."""

from __future__ import annotations

import gzip
import os
import tempfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from dropout_lab.errors import ResultsError
from dropout_lab.results.column_spec import ColumnSpec, as_text, check_cells, check_header, damaged

__all__ = ["LEFTOVER", "AppendOnlyTable", "first_line", "replace_file"]

LEFTOVER = ".tmp"
"""How the name of a file ends that a kill may leave behind; the next start removes it."""


_PIECE = 1 << 16  # bytes read of a member at a time: its end is not known before


class AppendOnlyTable:
    """Rows grouped by trial, the trial's id in the first cell.

    Rows are appended whole and flushed to disk. What a kill left half-written at the end is not read, and removed
    by the next `reorder`. A name ending in ``.gz`` holds one gzip member per append.

    Parameters
    ----------
    path : Path
    cells : mapping of str to Cell
        The columns and what they may hold; the first is ``trial``.
    """

    def __init__(self, path: Path, cells: Mapping[str, ColumnSpec]) -> None:
        self.path = path
        self.cells = cells
        self._header = as_text([tuple(cells)])
        self._zipped = path.suffix == ".gz"

    def rows(self) -> str:
        """Return the text of the whole rows; empty if there is no file.

        Raises
        ------
        ResultsError
            If the file cannot be read, or a whole line is not as it should be; names each by its number.
        """
        rows = self._rows()
        check_cells(self.path, rows, self.cells)
        return rows

    def read(self) -> dict[str, str]:
        """Return the text of each trial's rows, in the order of the file; see `rows`."""
        return _by_trial(self.rows())

    def reorder(self, order: Iterable[str]) -> None:
        """Make the file hold these trials, in this order, and nothing else; trials without rows are passed over."""
        self.fill(_by_trial(self._rows()), order)

    def fill(self, chunks: Mapping[str, str], order: Iterable[str]) -> None:
        """Make the file hold the text of these trials, in this order; trials without text are passed over."""
        wanted = self._pack(self._header + "".join(chunks[trial] for trial in order if trial in chunks))
        if self._packed() != wanted:
            replace_file(self.path, wanted)

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
            left = memoryview(self._pack(as_text(rows)))
            while left:
                left = left[os.write(file, left) :]
            os.fsync(file)
        except OSError as error:
            os.ftruncate(file, size)
            raise ResultsError(f"{self.path}: cannot be written: {error.strerror}") from None
        finally:
            os.close(file)

    def _rows(self) -> str:
        """Return the text of the whole rows as they are."""
        packed = self._packed()
        content = _unzip(packed) if self._zipped else packed
        whole = content[: content.rfind(b"\n") + 1]
        try:
            header, _, rows = whole.decode("utf-8").partition("\n")
        except UnicodeDecodeError as error:
            line = whole.count(b"\n", 0, error.start) + 1
            raise damaged(self.path, [f"{self.path}:{line}: is no text in UTF-8"]) from None
        if whole:
            check_header(self.path, header, tuple(self.cells))
        return rows

    def _packed(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise ResultsError(f"{self.path}: cannot be read: {error.strerror}") from None

    def _pack(self, text: str) -> bytes:
        return gzip.compress(text.encode(), compresslevel=6, mtime=0) if self._zipped else text.encode()


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that at any instant either the old or the new one is there, whole.

    Raises
    ------
    ResultsError
        If it cannot be written; the old one is then untouched.
    """
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}-", suffix=LEFTOVER, delete=False
        ) as file:
            temporary = file.name
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise ResultsError(f"{path}: cannot be written: {error.strerror}") from None


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def first_line(path: Path) -> str:
    """Return the header of a packed table; empty if there is none."""
    try:
        with path.open("rb") as file:
            text = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(file.read(_PIECE), _PIECE)
    except zlib.error:
        return ""
    except OSError as error:
        raise ResultsError(f"{path}: cannot be read: {error.strerror}") from None
    return text.partition(b"\n")[0].decode("utf-8", "replace")


def _by_trial(rows: str) -> dict[str, str]:
    """Group lines by their first cell."""
    chunks: dict[str, list[str]] = {}
    for line in rows.split("\n")[:-1]:
        chunks.setdefault(line.partition(",")[0], []).append(f"{line}\n")
    return {trial: "".join(lines) for trial, lines in chunks.items()}


def _unzip(packed: bytes) -> bytes:
    """Decompress the whole members of a gzip file; what a kill left of the last one is passed over."""
    whole: list[bytes] = []
    start = 0
    while start < len(packed):
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        parts, position = [], start
        try:
            while not member.eof and position < len(packed):
                parts.append(member.decompress(packed[position : position + _PIECE]))
                position += _PIECE
        except zlib.error:
            break
        if not member.eof:
            break
        whole += parts
        start = min(position, len(packed)) - len(member.unused_data)
    return b"".join(whole)
