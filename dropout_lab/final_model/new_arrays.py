"""Read new rows from a file of arrays, as a model's inputs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from dropout_lab.config.data_files import source_key
from dropout_lab.datasets.arrays.array_file import ArrayFile, npy_file, open_hdf5, open_npz
from dropout_lab.datasets.arrays.array_names import INPUT_NAMES
from dropout_lab.datasets.arrays.load import row_problem
from dropout_lab.datasets.message_text import join_names, printable, relative_path
from dropout_lab.datasets.user_file import map_bytes
from dropout_lab.errors import DatasetError

__all__ = ["holds_arrays", "read_new_array", "read_new_arrays"]


def holds_arrays(path: Path) -> bool:
    """Return whether a file's name says that it holds arrays."""
    return source_key(str(path)) in ("npz", "npy", "hdf5")


def read_new_array(path: Path, name: str = "") -> tuple[NDArray[Any], str, str]:
    """Read the array of new rows in a file: its only one, the one of a name, or one that is called as inputs are.

    Parameters
    ----------
    path : Path
        Ending in ``.npz``, ``.npy`` or as HDF5 files do.
    name : str
        Of the inputs that a model was trained on.

    Returns
    -------
    array
    where : str
        What it is called in messages.
    name : str

    Raises
    ------
    DatasetError
        If it cannot be read, or there are several and none has such a name.
    """
    with _opened(path) as file:
        names = file.names
        wanted = names if len(names) == 1 else [each for each in (name, *INPUT_NAMES) if each in names]
        if not wanted:
            expected = f"{printable(name)}, or " if name else ""
            raise DatasetError(
                [f"{file.file}: has arrays {join_names(names, 8)}: expected {expected}one array of rows in the file"]
            )
        return file.read(wanted[0]), file.where(wanted[0]), wanted[0]


def read_new_arrays(path: Path, row: tuple[int, ...], name: str = "") -> NDArray[Any]:
    """Read rows of several axes.

    Parameters
    ----------
    path : Path
    row : tuple of int
        The shape of a row. Of pictures of one channel the last axis may be left out.
    name : str
        As for `read_new_array`.

    Returns
    -------
    array of shape (rows, *row)

    Raises
    ------
    DatasetError
        As `read_new_array`, or if rows have another shape, or numbers that cannot be used.
    """
    array, where, found = read_new_array(path, name)
    fits = array.shape[1:] == row or (row[-1] == 1 and array.shape[1:] == row[:-1])
    if array.ndim < 2 or not fits or array.dtype.kind not in "biuf":
        raise DatasetError(
            [f"{where} has shape {array.shape} and type {array.dtype}: expected rows of shape {row}, of numbers"]
        )
    if not len(array):
        raise DatasetError([f"{where} has no rows"])
    flat = array.reshape(len(array), -1)
    file = relative_path(str(path))
    if problems := [*row_problem(flat, found, lambda number: f"{file}, row {number + 1}")]:
        raise DatasetError(problems)
    return array.reshape(-1, *row)


@contextmanager
def _opened(path: Path) -> Iterator[ArrayFile]:
    name, kind = relative_path(str(path)), source_key(str(path))
    if kind == "hdf5":
        with open_hdf5(str(path), name) as file:
            yield file
    elif kind == "npy":
        yield npy_file({name: map_bytes(str(path))})
    else:
        with open_npz(map_bytes(str(path)), name) as file:
            yield file
