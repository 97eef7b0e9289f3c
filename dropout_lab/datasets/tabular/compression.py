"""Compressed files, recognized by their first bytes and unpacked in memory, up to a limit."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable

from dropout_lab.datasets.message_text import join_names
from dropout_lab.errors import DatasetError

__all__ = ["unpack"]

_MAX_BYTES = 1 << 30  # a file that unpacks to more is more likely to be a trap than a table
_MAX_XZ_MEMORY = 1 << 28
_JUNK = ("__MACOSX/", ".")


class _ArchiveError(Exception):
    """An archive that is sound, but not of one table."""


def unpack(content: bytes, file: str) -> tuple[bytes, str]:
    """Return the content of a file, unpacked if it is compressed, and the name of the compression, else empty.

    Parameters
    ----------
    content : bytes
    file : str
        Its name in messages.

    Raises
    ------
    DatasetError
        If it is damaged, not a single file, or unpacks to more than 1 GB.
    """
    known = next((start for start in _COMPRESSIONS if content.startswith(start)), None)
    if known is None:
        return content, ""
    name, unpacked = _COMPRESSIONS[known]
    try:
        result = unpacked(content)
    except _ArchiveError as error:
        raise DatasetError([f"{file}: {error}"]) from None
    except (EOFError, OSError, ValueError, RuntimeError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise DatasetError([f"{file}: cannot be unpacked as {name}: {error}"]) from None
    if len(result) > _MAX_BYTES:
        raise DatasetError([f"{file}: unpacks to more than {_MAX_BYTES:,} bytes: unpack it, and leave out rows"])
    return result, name


def _gzip(content: bytes) -> bytes:
    with gzip.open(io.BytesIO(content)) as stream:
        return stream.read(_MAX_BYTES + 1)


def _bzip2(content: bytes) -> bytes:
    with bz2.open(io.BytesIO(content)) as stream:
        return stream.read(_MAX_BYTES + 1)


def _xz(content: bytes) -> bytes:
    parts: list[bytes] = []
    left = _MAX_BYTES + 1
    while content and left:
        decompressor = lzma.LZMADecompressor(memlimit=_MAX_XZ_MEMORY)
        parts.append(decompressor.decompress(content, left))
        left -= len(parts[-1])
        if left and not decompressor.eof:
            raise EOFError("it ends before its content does")
        content = decompressor.unused_data.lstrip(b"\0")  # padding between streams
    return b"".join(parts)


def _zip(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        if "[Content_Types].xml" in names or "mimetype" in names:
            raise _ArchiveError("not a CSV file but a workbook, or another kind of document: export its table as CSV")
        members = [name for name in names if not name.endswith("/") and not name.startswith(_JUNK)]
        if len(members) != 1:
            found = join_names(members) if members else "none"
            raise _ArchiveError(
                f"expected one file in the archive, found {found}: unpack it, and name the one that is meant"
            )
        with archive.open(members[0]) as stream:
            return stream.read(_MAX_BYTES + 1)


_COMPRESSIONS: dict[bytes, tuple[str, Callable[[bytes], bytes]]] = {
    b"\x1f\x8b": ("gzip", _gzip),
    **dict.fromkeys((b"BZh%d1AY&SY" % level for level in range(1, 10)), ("bzip2", _bzip2)),
    b"\xfd7zXZ\x00": ("xz", _xz),
    b"PK\x03\x04": ("zip", _zip),
    b"PK\x05\x06": ("zip", _zip),
}
"""First bytes of a compressed file -> the compression's name, and the function that unpacks it up to the limit."""
