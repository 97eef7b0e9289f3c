"""Many files -> one array of pictures, each decoded and resized by itself."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropout_lab.datasets.pictures.decode import BrokenPictureError, decode
from dropout_lab.datasets.pictures.resize import resize
from dropout_lab.errors import DataError
from dropout_lab.provenance import cores

__all__ = ["Pictures", "read_pictures"]

_MOST_IN_MEMORY = 2**30
"""Bytes of pictures that stay in memory; more are in a file, mapped."""

_AT_ONCE = 32
"""Files that a thread reads in one call."""


@dataclass(frozen=True)
class Pictures:
    """What was read.

    Attributes
    ----------
    pixels : array of shape (pictures, height * width * channels), uint8
        Of those that can be read.
    rows : array of shape (pictures,), int64
        Which of the files these are.
    sizes : array of shape (pictures, 2), int64
        Their height and width in the file.
    broken : dict of int to str
        The others, and what is wrong with them.
    """

    pixels: NDArray[np.uint8]
    rows: NDArray[np.int64]
    sizes: NDArray[np.int64]
    broken: dict[int, str]


def read_pictures(paths: Sequence[str], shape: tuple[int, int, int], folder: Path) -> Pictures:
    """Read pictures, in the order of their paths.

    Parameters
    ----------
    paths : sequence of str
    shape : tuple of int
        (height, width, channels) of each when it is resized.
    folder : Path
        Where pictures are kept that would take much memory: in a file without a name, which goes when it is no longer
        used.

    Raises
    ------
    DataError
        If there is no room for them.
    """
    pixels = _room((len(paths), *shape), folder)
    sizes = np.zeros((len(paths), 2), np.int64)
    broken: dict[int, str] = {}

    def read(first: int) -> None:
        for number in range(first, min(first + _AT_ONCE, len(paths))):
            try:
                picture = decode(paths[number], shape[2])
            except BrokenPictureError as error:
                broken[number] = str(error)
                continue
            sizes[number] = picture.shape[:2]
            pixels[number] = resize(picture, shape[:2])

    pool = ThreadPoolExecutor(cores())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow, about what it reads all the same
            for _ in pool.map(read, range(0, len(paths), _AT_ONCE)):
                pass
    finally:
        pool.shutdown(cancel_futures=True)
    rows = np.array([number for number in range(len(paths)) if number not in broken], np.int64)
    for row, number in enumerate(rows.tolist()) if broken else ():
        pixels[row] = pixels[number]
    return Pictures(
        pixels[: len(rows)].reshape(len(rows), int(np.prod(shape))), rows, sizes[rows], dict(sorted(broken.items()))
    )


def _room(shape: tuple[int, ...], folder: Path) -> NDArray[np.uint8]:
    """Return an array to fill: in memory, or if it is large in a file."""
    size = int(np.prod(shape, dtype=object))
    if size <= _MOST_IN_MEMORY:
        return np.empty(shape, np.uint8)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)  # a full disk is found out now, not while it is written
            mapped: Any = np.memmap(file, np.uint8, "r+", shape=shape)
            return np.asarray(mapped)
    except OSError as error:
        raise DataError(
            f"{folder}: has no room for pictures of {size / 2**30:.1f} GB in all: {error.strerror}: take a smaller "
            "dataset.size, or name another data folder with --data-dir"
        ) from None
