"""CIFAR-10: 60,000 colour pictures of ten kinds of things, 32 x 32 pixels (Krizhevsky 2009)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dropout_lab.datasets.archive import SUMS, sums_in, unpack, verify
from dropout_lab.datasets.cifar10_pickle import INPUTS, RECORDS, Bytes, unpickled
from dropout_lab.datasets.dataset import Dataset
from dropout_lab.datasets.download import download
from dropout_lab.datasets.local import is_there
from dropout_lab.errors import DataError

__all__ = ["FILES", "LAYOUTS", "SOURCES", "BatchFormat", "load", "read"]

SOURCES = ("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",)
_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_CLASS = re.compile(r"[A-Za-z][A-Za-z0-9 _-]{0,31}")
_BATCHES = ("data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch")
_SHAPE = (32, 32, 3)
_LARGEST_META = 1 << 16
_LONGEST_NOTE = 200

Labels = NDArray[np.int64 | np.uint8]
Planes = NDArray[np.uint8]


@dataclass(frozen=True)
class BatchFormat:
    """One of the two forms in which the pictures are published.

    Attributes
    ----------
    folder : str
        The folder of batches, in the data folder and in the archive.
    archive : str
    sha256 : str
        The published archive's checksum.
    batches : tuple of str
        The names of the files; the last is the test set.
    largest : int
        How many bytes a batch may have.
    meta : str
        The file with the names of the classes.
    batch : callable
        A batch's bytes to labels, of shape (rows,), and its red, green and blue planes, of shape (rows, 3072).
    names : callable
        The bytes of `meta` to what should be the names of the classes.
    """

    folder: str
    archive: str
    sha256: str
    batches: tuple[str, ...]
    largest: int
    meta: str
    batch: Callable[[bytes], tuple[Labels, Planes]]
    names: Callable[[bytes], list[str]]


def _binary_batch(content: bytes) -> tuple[Labels, Planes]:
    """Read records of one label byte and 3,072 bytes of picture."""
    if not content or len(content) % (INPUTS + 1):
        raise DataError(f"expected records of {INPUTS + 1:,} bytes each, got {len(content):,} bytes")
    records = np.frombuffer(content, dtype=np.uint8).reshape(-1, INPUTS + 1)
    return records[:, 0], records[:, 1:]


def _binary_names(content: bytes) -> list[str]:
    return [line.strip() for line in content.decode("ascii", "replace").splitlines() if line.strip()]


def _pickled_batch(content: bytes) -> tuple[Labels, Planes]:
    """Read a pickled dictionary of an array and a list of labels."""
    batch = unpickled(content)
    data, labels = batch.get(b"data"), batch.get(b"labels")
    if type(data) is not Bytes or type(labels) is not list:
        raise DataError("expected a pickled dictionary with an array b'data' and a list b'labels'")
    if not 1 <= len(labels) == len(data.values) <= RECORDS:
        raise DataError(f"expected 1 to {RECORDS:,} pictures and labels, got {len(data.values)} and {len(labels)}")
    if any(type(label) is not int for label in labels):
        raise DataError("expected labels that are whole numbers")
    return np.array(labels, dtype=np.int64), data.values


def _pickled_names(content: bytes) -> list[str]:
    names = unpickled(content).get(b"label_names")
    return [name.decode("ascii", "replace") for name in names if type(name) is bytes] if type(names) is list else []


LAYOUTS = (
    BatchFormat(
        "cifar-10-batches-bin",
        "cifar-10-binary.tar.gz",
        "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        tuple(f"{name}.bin" for name in _BATCHES),
        RECORDS * (INPUTS + 1),
        "batches.meta.txt",
        _binary_batch,
        _binary_names,
    ),
    BatchFormat(
        "cifar-10-batches-py",
        "cifar-10-python.tar.gz",
        "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
        _BATCHES,
        1 << 26,  # Python 3 writes bytes as text, up to twice as long
        "batches.meta",
        _pickled_batch,
        _pickled_names,
    ),
)
FILES = tuple(name for layout in LAYOUTS for name in (layout.folder, layout.archive))


def load(folder: Path, layouts: Sequence[BatchFormat] = LAYOUTS, sources: Sequence[str] = SOURCES) -> Dataset:
    """Read CIFAR-10 from `folder`, unpacking or downloading it there first if need be.

    Parameters
    ----------
    folder : Path
        The data folder.
    layouts : sequence of BatchFormat
        What is looked for, in turn: each one's folder, then its archive.
    sources : sequence of str
        Addresses of the first layout's archive.

    Raises
    ------
    DataError
        If what is there is damaged or altered, or nothing is there and no source gives it.
    """
    for layout in layouts:
        if is_there(folder / layout.folder):
            return read(folder / layout.folder, layout)
        if is_there(folder / layout.archive):
            return _unpacked(folder, layout)
    first = layouts[0]
    download(folder / first.archive, sources, lambda file: verify(file, first.sha256))
    return _unpacked(folder, first)


def read(folder: Path, layout: BatchFormat) -> Dataset:
    """Read the batches in one folder, each against the folder's list of checksums if there is one.

    Raises
    ------
    DataError
        If a batch is missing, damaged or altered; says which, what was expected and what to do.
    """
    with _naming(folder, _remedy(folder)):
        missing = [name for name in layout.batches if not (folder / name).is_file()]
        if missing:
            raise DataError(f"lacks {', '.join(missing)}")
    with _naming(folder / SUMS, _remedy(folder)):
        sums = sums_in(folder)
    # Filled batch by batch, so that no more than a batch is ever in memory twice; pages never filled take none.
    features = np.empty((len(layout.batches) * RECORDS, INPUTS), dtype=np.uint8)
    labels = np.empty(len(features), dtype=np.int64)
    train_rows = rows = 0
    for name in layout.batches:
        with _naming(folder / name, _remedy(folder)):
            codes, planes = layout.batch(_content(folder / name, layout.largest, sums))
            _check_labels(codes)
        train_rows, rows = rows, rows + len(codes)
        labels[train_rows:rows] = codes
        features[train_rows:rows].reshape(-1, *_SHAPE)[:] = planes.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    counts = f"{train_rows:,} + {rows - train_rows:,} records"
    is_published = sums is not None and sums.get(layout.archive) == layout.sha256
    return Dataset(
        "cifar10",
        features[:rows],
        labels[:rows],
        _classes(folder, layout, sums),
        f"{layout.archive}, verified" if is_published else f"{layout.folder}, {counts}, not verified",
        shape=_SHAPE,
        test_rows=rows - train_rows,
        note=_note(folder / "NOTE.txt"),
    )


def _unpacked(folder: Path, layout: BatchFormat) -> Dataset:
    archive = folder / layout.archive
    sizes = {**dict.fromkeys(layout.batches, layout.largest), layout.meta: _LARGEST_META}
    with _naming(archive, f"remove it and run 'dropout-lab data fetch cifar10', or put the original file at {archive}"):
        unpack(archive, layout.sha256, folder / layout.folder, sizes)
    return read(folder / layout.folder, layout)


def _content(file: Path, largest: int, sums: Mapping[str, str] | None) -> bytes:
    """Return what is in a file, once it is known to be what it should be."""
    with file.open("rb") as stream:
        content = stream.read(largest + 1)
    if len(content) > largest:
        raise DataError(f"expected at most {largest:,} bytes, got more")
    if sums is not None and file.name not in sums:
        raise DataError(f"expected it to be listed in {SUMS}")
    if sums is not None and sums[file.name] != hashlib.sha256(content).hexdigest():
        raise DataError(f"altered: expected the SHA-256 {sums[file.name][:12]}... that {SUMS} lists")
    return content


def _check_labels(labels: Labels) -> None:
    wrong = np.flatnonzero((labels < 0) | (labels > 9))
    if len(wrong):
        raise DataError(f"record {wrong[0] + 1}: expected a label from 0 to 9, got {labels[wrong[0]]}")


def _classes(folder: Path, layout: BatchFormat, sums: Mapping[str, str] | None) -> tuple[str, ...]:
    """Return the names of the classes as the folder has them, or else the usual ones."""
    file = folder / layout.meta
    if not file.is_file():
        return _CLASSES
    with _naming(file, _remedy(folder)):
        names = layout.names(_content(file, _LARGEST_META, sums))
    is_sane = len(set(names)) == len(names) == len(_CLASSES) and all(map(_CLASS.fullmatch, names))
    return tuple(names) if is_sane else _CLASSES


def _note(file: Path) -> str:
    """Return the first line of a file, fit for a terminal; nothing if there is none."""
    if not file.is_file():
        return ""
    with _naming(file, "remove it, or make it readable"), file.open(encoding="utf-8", errors="replace") as stream:
        line = stream.readline(10 * _LONGEST_NOTE)
    return "".join(character for character in line if character.isprintable()).strip()[:_LONGEST_NOTE]


@contextmanager
def _naming(file: Path, remedy: str) -> Iterator[None]:
    """Complete an error by the file it is about and what to do."""
    try:
        yield
    except DataError as error:
        raise DataError(f"{file}: {error}; {remedy}") from None
    except OSError as error:
        reason = error.strerror or error
        raise DataError(
            f"{file}: cannot be read or unpacked: {reason}; it needs to be readable, with room beside it"
        ) from None


def _remedy(folder: Path) -> str:
    return f"remove {folder} and run 'dropout-lab data fetch cifar10', or put the original files there"
