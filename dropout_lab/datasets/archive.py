"""Verified archives: unpacked whole and safely, or not at all; what was unpacked can be verified ever after."""

from __future__ import annotations

import gzip
import hashlib
import re
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from dropout_lab.datasets.scratch import scratch
from dropout_lab.errors import DataError

__all__ = ["SUMS", "sums_in", "unpack", "verify"]

SUMS = "SHA256SUMS"
"""The file in which `unpack` lists what it took out; ``sha256sum --check`` reads it too."""

_SLACK = 1 << 20  # bytes for headers, padding and what a read-me may say
_MEMBERS = 100
_LARGEST_SUMS = 1 << 16
_LINE = re.compile(r"(?:# )?([0-9a-f]{64}) [ *](.+)")


def verify(file: Path, expected: str) -> None:
    """Raise `DataError` (which does not name the file) unless a file has the expected SHA-256."""
    with file.open("rb") as stream:
        actual = hashlib.file_digest(stream, "sha256").hexdigest()
    if actual != expected:
        raise DataError(f"expected the SHA-256 {expected[:12]}..., got {actual[:12]}...")


def unpack(archive: Path, expected: str, target: Path, sizes: Mapping[str, int]) -> None:
    """Unpack the expected files of a ``.tar.gz`` into a new folder, with their checksums in `SUMS`.

    Parameters
    ----------
    archive : Path
    expected : str
        The archive's SHA-256.
    target : Path
        The folder to make. In the archive the files are in a folder of the same name.
    sizes : mapping of str to int
        The names of the files to take and how many bytes each may have. Other plain files are left in the archive.

    Raises
    ------
    DataError
        If the archive is another one, damaged, lacks a file, or holds what it should not. The message does not name
        the archive. Nothing is left behind.
    OSError
        If the folder cannot be written. Nothing is left behind.
    """
    verify(archive, expected)
    with scratch(target.parent, "unpack") as temporary:
        folder = temporary / target.name
        folder.mkdir()
        sums = _extract(archive, folder, sizes)
        missing = [name for name in sizes if name not in sums]
        if missing:
            raise DataError(f"lacks {', '.join(missing)}")
        lines = [f"# {expected}  {archive.name}", *(f"{sums[name]}  {name}" for name in sizes)]
        (folder / SUMS).write_text("\n".join(lines) + "\n", encoding="ascii")
        try:
            folder.rename(target)
        except OSError:
            if not target.is_dir():  # else another process was quicker
                raise


def sums_in(folder: Path) -> dict[str, str] | None:
    """Return the SHA-256 of each file that a folder's `SUMS` lists, and of the archive they were unpacked from.

    Raises
    ------
    DataError
        If a line is no checksum and name. The message does not name the file.
    """
    file = folder / SUMS
    if not file.exists():
        return None
    with file.open("rb") as stream:
        lines = stream.read(_LARGEST_SUMS).decode("ascii", "replace").splitlines()
    sums = {}
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if match:
            sums[match[2]] = match[1]
        elif line and not line.startswith("#"):
            raise DataError(f"line {number}: expected a SHA-256 and a file name")
    return sums


class _Bounded(gzip.GzipFile):
    """Compressed bytes that end in an error beyond so many, whatever sizes an archive's headers state."""

    def __init__(self, file: Path, limit: int) -> None:
        super().__init__(file)
        self._limit = limit

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        if self.tell() > self._limit:
            raise DataError(f"unpacks to more than the {self._limit:,} bytes it may have")
        return data


def _extract(archive: Path, folder: Path, sizes: Mapping[str, int]) -> dict[str, str]:
    """Write the expected files of an archive into a folder; return their checksums."""
    sums: dict[str, str] = {}
    try:
        with (
            _Bounded(archive, sum(sizes.values()) + _SLACK) as stream,
            tarfile.open(fileobj=stream, mode="r|", bufsize=1 << 20) as members,
        ):
            for number, member in enumerate(members):
                _check(member, number)
                path = PurePosixPath(member.name)
                content = members.extractfile(member)
                if content is None or str(path.parent) != folder.name or path.name not in sizes:
                    continue
                if member.size > sizes[path.name] or path.name in sums:
                    raise DataError(f"holds {path.name} twice, or with more than {sizes[path.name]:,} bytes")
                data = content.read()
                (folder / path.name).write_bytes(data)
                sums[path.name] = hashlib.sha256(data).hexdigest()
    except DataError:
        raise
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError) as error:
        raise DataError(f"not a whole .tar.gz archive ({type(error).__name__})") from None
    return sums


def _check(member: tarfile.TarInfo, number: int) -> None:
    """Refuse what no archive of data holds, even where it would not be taken out."""
    name = ascii(member.name[:60])
    path = PurePosixPath(member.name)
    if number >= _MEMBERS:
        raise DataError(f"holds more than {_MEMBERS} files")
    if path.is_absolute() or ".." in path.parts:
        raise DataError(f"holds {name}, which would leave the folder it is unpacked into")
    if not member.isreg() and not member.isdir():
        raise DataError(f"holds {name}, which is a link or a device, not a plain file")
