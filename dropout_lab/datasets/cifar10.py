"""CIFAR-10: 60,000 color pictures of ten kinds of things, 32 x 32 pixels (Krizhevsky 2009)."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dropout_lab.datasets.dataset import Dataset
from dropout_lab.datasets.download import download, is_there
from dropout_lab.errors import DataError

__all__ = ["ARCHIVE", "FILES", "FOLDER", "SHA256", "SOURCES", "load"]

ARCHIVE = "cifar-10-binary.tar.gz"
FOLDER = "cifar-10-batches-bin"
"""The folder of the batches, in the archive and, where somebody unpacked it, in the data folder."""

FILES = (ARCHIVE, FOLDER)
SOURCES = ("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",)
SHA256 = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
"""Of the published archive."""

_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_BATCHES = tuple(f"{name}.bin" for name in (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"))
_SHAPE = (32, 32, 3)
_INPUTS = 3072
_MAX_RECORDS = 10_000  # of a batch
_MAX_BATCH_BYTES = _MAX_RECORDS * (_INPUTS + 1)
_MAX_NOTE = 200
_REMEDY = "and run 'dropout-lab data fetch cifar10', or put the original file"


def load(folder: Path, sha256: str = SHA256, sources: Sequence[str] = SOURCES) -> Dataset:
    """Read CIFAR-10 from `folder`, downloading its archive there first if neither of `FILES` is there.

    Only the binary version is read: the "Python version" consists of pickles, which can run any code.

    Parameters
    ----------
    folder : Path
        The data folder.
    sha256 : str
        The archive's checksum.
    sources : sequence of str
        URLs of the archive.

    Returns
    -------
    Dataset
        Of shape ``(32, 32, 3)``, uint8; the official test set comes last.

    Raises
    ------
    DataError
        If a file is damaged or not the published one, or none is there and no source gives it.
    """
    archive = folder / ARCHIVE
    if not is_there(archive):
        if is_there(folder / FOLDER):
            return _read_folder(folder / FOLDER)
        try:
            download(archive, sources, lambda file: _verify(file, sha256))
        except DataError as error:
            pickled = folder / "cifar-10-batches-py"
            note = (
                f"\n{pickled} is not read: it consists of pickles, which can run any code" if is_there(pickled) else ""
            )
            raise DataError(f"{error}{note}") from None
    remedy = f"remove it {_REMEDY} at {archive}"
    with _error_context(archive, remedy):
        _verify(archive, sha256)
        batches = _unpacked(archive)
    return _dataset(archive, batches.pop, f"{ARCHIVE}, verified", remedy)


def _verify(file: Path, sha256: str) -> None:
    """Raise `DataError` (which does not name the file) unless a file has the expected SHA-256."""
    with file.open("rb") as stream:
        actual = hashlib.file_digest(stream, "sha256").hexdigest()
    if actual != sha256:
        raise DataError(f"expected the SHA-256 {sha256[:12]}..., got {actual[:12]}...")


def _unpacked(archive: Path) -> dict[str, bytes]:
    """Return the batches of a verified archive, name -> content; nothing is written to disk."""
    batches = {}
    with tarfile.open(archive, "r:gz") as members:
        for member in members:
            folder, _, name = member.name.rpartition("/")
            if folder == FOLDER and name in _BATCHES and (content := members.extractfile(member)):
                batches[name] = content.read()
    return batches


def _read_folder(folder: Path) -> Dataset:
    """Read the batches that somebody unpacked, or made: they may be fewer, or altered."""
    remedy = f"remove {folder} {_REMEDY}s there"

    def read(name: str) -> bytes:
        size = (folder / name).stat().st_size
        if size > _MAX_BATCH_BYTES:
            raise DataError(f"expected at most {_MAX_BATCH_BYTES:,} bytes, got {size:,}")
        return (folder / name).read_bytes()

    with _error_context(folder, remedy):
        missing = [name for name in _BATCHES if not (folder / name).is_file()]
        if missing:
            raise DataError(f"lacks {', '.join(missing)}")
    data = _dataset(folder, read, FOLDER, remedy)
    with _error_context(folder / "NOTE.txt", "remove it, or make it readable"):
        note = _note(folder / "NOTE.txt")
    rows = f"{len(data.labels) - data.test_rows:,} + {data.test_rows:,} records"
    return replace(data, source=f"{FOLDER}, {rows}, not verified", note=note)


def _dataset(path: Path, read: Callable[[str], bytes], source: str, remedy: str) -> Dataset:
    """Concatenate the batches of an archive or folder, `read` by their names."""
    # Filled batch by batch, so that no more than one is ever in memory twice; pages never filled take none.
    features = np.empty((len(_BATCHES) * _MAX_RECORDS, _INPUTS), dtype=np.uint8)
    labels = np.empty(len(features), dtype=np.int64)
    train_rows = rows = 0
    for name in _BATCHES:
        with _error_context(path / name, remedy):
            records = _records(read(name))
        train_rows, rows = rows, rows + len(records)
        labels[train_rows:rows] = records[:, 0]
        channels_last = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        features[train_rows:rows].reshape(-1, *_SHAPE)[:] = channels_last
    return Dataset(
        "cifar10", features[:rows], labels[:rows], _CLASSES, source, shape=_SHAPE, test_rows=rows - train_rows
    )


def _records(content: bytes) -> NDArray[np.uint8]:
    """Return a batch's records, of shape (records, 3073): a label, then 1,024 reds, greens and blues."""
    size = _INPUTS + 1
    if not content or len(content) % size:
        raise DataError(f"expected records of {size:,} bytes each, got {len(content):,} bytes")
    records = np.frombuffer(content, dtype=np.uint8).reshape(-1, size)
    wrong = np.flatnonzero(records[:, 0] >= len(_CLASSES))
    if len(wrong):
        raise DataError(f"record {wrong[0] + 1}: expected a label from 0 to 9, got {records[wrong[0], 0]}")
    return records


def _note(file: Path) -> str:
    """Return the first line of a file, fit for a terminal; nothing if there is none."""
    if not file.is_file():
        return ""
    with file.open(encoding="utf-8", errors="replace") as stream:
        line = stream.readline(10 * _MAX_NOTE)
    return "".join(character for character in line if character.isprintable()).strip()[:_MAX_NOTE]


@contextmanager
def _error_context(path: Path, remedy: str) -> Iterator[None]:
    """Complete an error by the file or folder it is about and what to do."""
    try:
        yield
    except DataError as error:
        raise DataError(f"{path}: {error}; {remedy}") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}; {remedy}") from None
