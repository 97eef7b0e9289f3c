"""The arrays in a file, each read only when it is asked for. No pickle is ever loaded."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropout_lab.datasets.message_text import first_line, printable
from dropout_lab.datasets.user_file import map_bytes
from dropout_lab.errors import DatasetError

__all__ = ["ArrayFile", "npy_file", "open_hdf5", "open_npz"]

_UNREADABLE = (
    *(ValueError, OSError, EOFError, KeyError, RuntimeError, MemoryError, OverflowError, TypeError),
    *(zlib.error, zipfile.BadZipFile),
)
"""What the libraries raise for a damaged file, or one that claims more than there is memory for."""

_CHUNK = 2**24
_LOCAL_HEADER, _NAME_LENGTH = 30, 26
"""Of a member of a zip archive: bytes before its name, and where its length is."""


@dataclass(frozen=True)
class ArrayFile:
    """The arrays in a file.

    Attributes
    ----------
    file : str
        Its name in messages.
    names : tuple of str
    load : callable
        A name to its array; what it raises is one of `_UNREADABLE`.
    notes : tuple of str
        What the user should know of where it is from.
    apart : bool
        Whether each array has a file of its own, whose name is the array's.
    """

    file: str
    names: tuple[str, ...]
    load: Callable[[str], Any]
    notes: tuple[str, ...] = ()
    apart: bool = False

    def where(self, name: str) -> str:
        """Return what an array is called in messages."""
        return name if self.apart else f"{self.file}: {printable(name)}"

    def read(self, name: str) -> NDArray[Any]:
        """Return an array: of numbers, booleans or text.

        Raises
        ------
        DatasetError
            If it cannot be read, or holds something else.
        """
        try:
            array = self.load(name)
        except _UNREADABLE as error:
            raise self._refused(name, f"cannot be read as a NumPy array: {_reason(error)}") from None
        if not isinstance(array, np.ndarray):
            raise self._refused(name, "is not a NumPy array: save it with numpy.savez")
        if array.dtype.kind == "S":
            try:
                array = np.char.decode(array, "utf-8")
            except UnicodeDecodeError:
                raise self._refused(name, "holds bytes that are no text in UTF-8: save it as numbers or text") from None
        found: NDArray[Any] = array
        return found

    def _refused(self, name: str, problem: str) -> DatasetError:
        return DatasetError([f"{self.where(name)} {problem}"])


@contextmanager
def open_npz(content: bytes | memoryview, file: str, notes: tuple[str, ...] = ()) -> Iterator[ArrayFile]:
    """Open a NumPy archive; arrays that are not compressed stay where they are in `content`.

    Raises
    ------
    DatasetError
        If it is none.
    """
    try:
        archive = np.load(_Stream(content), allow_pickle=False)
    except _UNREADABLE as error:
        raise DatasetError([f"{file}: cannot be read as NumPy arrays: {_reason(error)}"]) from None
    if not isinstance(archive, np.lib.npyio.NpzFile):
        raise DatasetError([f"{file}: is a single array: save inputs and target with numpy.savez(file, X=..., y=...)"])

    def load(name: str) -> Any:
        mapped = _stored(archive, name, content)
        return archive[name] if mapped is None else mapped

    with archive:
        yield ArrayFile(file, tuple(archive.files), load, notes)


def npy_file(files: Mapping[str, memoryview], notes: tuple[str, ...] = ()) -> ArrayFile:
    """Return NumPy arrays in a file each, by their files' names in messages; they stay where they are."""

    def load(name: str) -> Any:
        content = files[name]
        array = _mapped(content)
        return np.load(_Stream(content), allow_pickle=False) if array is None else array

    return ArrayFile(next(iter(files), ""), tuple(files), load, notes, apart=True)


@contextmanager
def open_hdf5(path: str, file: str, notes: tuple[str, ...] = ()) -> Iterator[ArrayFile]:
    """Open an HDF5 file; arrays that are neither compressed nor in chunks are mapped.

    Raises
    ------
    DatasetError
        If it is none, or h5py is missing.
    """
    try:
        import h5py  # type: ignore[import-untyped]
    except ImportError:
        raise DatasetError([f"{file}: HDF5 files need h5py: pip install h5py"]) from None
    map_bytes(path)  # says what is wrong with a path
    try:
        opened = h5py.File(path, "r")
    except _UNREADABLE as error:
        raise DatasetError([f"{file}: cannot be read as HDF5: {first_line(error)}"]) from None
    names: list[str] = []
    with opened:
        opened.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)

        def load(name: str) -> Any:
            found = opened[name]
            if h5py.check_string_dtype(found.dtype) is not None:
                return np.asarray(found.asstr()[()]).astype(str)
            if found.dtype.kind == "O" or found.dtype.names:
                raise ValueError("it holds objects: save it as numbers or text")
            offset = found.id.get_offset()
            if offset is None or found.external or not found.size:
                return np.asarray(found[()])
            content = map_bytes(path)
            return np.ndarray(found.shape, found.dtype, content, offset)

        yield ArrayFile(file, tuple(names), load, notes)


class _Stream(io.RawIOBase):
    """Reads content that is in memory, or mapped, without a copy of all of it."""

    def __init__(self, content: bytes | memoryview) -> None:
        self._content, self._at = memoryview(content), 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        start = (0, self._at, len(self._content))[whence]
        if start + offset < 0:
            raise OSError("a position before the beginning")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        part = self._content[self._at : self._at + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)


def _stored(archive: Any, name: str, content: bytes | memoryview) -> NDArray[Any] | None:
    """Return an array of an archive where it is, after a look at its checksum; None if it is compressed."""
    members = archive.zip.NameToInfo
    info = members.get(f"{name}.npy") or members.get(name)
    if info is None or info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
        return None
    header = memoryview(content)[info.header_offset :][:_LOCAL_HEADER]
    if len(header) < _LOCAL_HEADER:
        return None
    lengths = np.frombuffer(header, "<u2", 2, _NAME_LENGTH)
    start = info.header_offset + _LOCAL_HEADER + int(lengths.sum())
    member = memoryview(content)[start : start + info.file_size]
    array = _mapped(member)
    if array is None:
        return None
    checksum = 0
    for at in range(0, len(member), _CHUNK):
        checksum = zlib.crc32(member[at : at + _CHUNK], checksum)
    if checksum != info.CRC:
        raise ValueError(f"Bad CRC-32 for file {info.filename!r}")
    return array


def _mapped(content: bytes | memoryview) -> NDArray[Any] | None:
    """Return the array in the content of an .npy file where it is; None if it has to be read in another way."""
    stream = _Stream(content)
    try:
        version = np.lib.format.read_magic(stream)
        read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
        shape, fortran_order, dtype = read(stream)
    except (ValueError, KeyError):
        return None
    size = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if dtype.hasobject or not size or stream.tell() + size > len(content):
        return None
    return np.ndarray(shape, dtype, content, stream.tell(), order="F" if fortran_order else "C")


def _reason(error: Exception) -> str:
    """Return what is wrong, and what to do about objects, which only a pickle could hold."""
    reason = first_line(error)
    if "pickle" in reason and not reason.startswith("Object arrays"):
        return "it is no such file, or holds pickled objects, which are never loaded"
    return f"{reason}: save it as numbers or text, e.g. y.astype(str)" if reason.startswith("Object arrays") else reason
