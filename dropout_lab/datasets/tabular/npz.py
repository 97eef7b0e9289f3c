"""NumPy's archives of arrays: bytes -> a table. No pickle is ever loaded."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.dataset import NPZ
from dropout_lab.config.suggestions import nearest
from dropout_lab.datasets.message_text import join_names, printable
from dropout_lab.datasets.tabular.dataframe import texts_of
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.errors import DatasetError

__all__ = ["parse"]

_UNREADABLE = (
    *(ValueError, OSError, EOFError, KeyError, RuntimeError, MemoryError, OverflowError),
    *(zlib.error, zipfile.BadZipFile),
)
"""What NumPy raises of a file that is broken, or claims more than there is memory for."""


def parse(content: bytes, file: str, spec: NPZ) -> RawTable:
    """Read a table; the columns of the array of inputs are called ``x1``, ``x2`` and so on.

    Parameters
    ----------
    content : bytes
        Of the file.
    file : str
        What to call it in messages.
    spec : NPZ
        Says which arrays are which.

    Raises
    ------
    DatasetError
        If the arrays are missing, or are no table; names every problem.
    """
    wanted = {"inputs": spec.inputs, "target": spec.target} | ({"group": spec.group} if spec.group else {})
    arrays = _arrays(content, file, wanted)
    problems = []
    inputs = arrays[spec.inputs]
    if inputs.ndim != 2 or inputs.dtype.kind not in "biuf" or not inputs.shape[1]:
        problems.append(f"{file}: {_told(spec.inputs, inputs)}: expected numbers of shape (rows, inputs)")
    flat = {name: arrays[name] for key, name in wanted.items() if key != "inputs"}
    for name, array in flat.items():
        if array.shape != inputs.shape[:1] or array.dtype.kind not in "biufU":
            problems.append(
                f"{file}: {_told(name, array)}: expected numbers or texts of shape {inputs.shape[:1]}, one for each "
                f"row of {printable(spec.inputs)}"
            )
    if problems:
        raise DatasetError(problems)
    columns = [
        RawColumn(f"x{number}", np.ascontiguousarray(column, np.float64)) for number, column in enumerate(inputs.T, 1)
    ]
    columns += [texts_of(name, array.tolist()) for name, array in flat.items()]
    names = [column.name for column in columns]
    if len({*names}) < len(names):
        raise DatasetError([f"{file}: arrays are called {join_names(list(flat))}: expected names of their own, not x1"])
    return RawTable(file, tuple(columns), format="NumPy's arrays")


def _told(name: str, array: NDArray[Any]) -> str:
    return f"{printable(name)} has shape {array.shape} and type {array.dtype}"


def _arrays(content: bytes, file: str, wanted: Mapping[str, str]) -> dict[str, NDArray[Any]]:
    """Read the arrays that are wanted, the config's key -> name, and no other."""
    try:
        archive = np.load(io.BytesIO(content), allow_pickle=False)
    except _UNREADABLE as error:
        raise DatasetError([f"{file}: cannot be read as NumPy's arrays: {_said(error)}"]) from None
    if not isinstance(archive, np.lib.npyio.NpzFile):
        raise DatasetError([f"{file}: is one array, not an archive of arrays: save it by numpy.savez(X=, y=)"])
    with archive:
        problems = [
            f"dataset.{key}: {file} has no array {printable(name)}{nearest(name, archive.files)}"
            for key, name in wanted.items()
            if name not in archive.files
        ]
        arrays = {}
        for name in () if problems else dict.fromkeys(wanted.values()):
            try:
                arrays[name] = archive[name]
            except _UNREADABLE as error:
                problems.append(f"{file}: {printable(name)} cannot be read as one of NumPy's arrays: {_said(error)}")
                continue
            if not isinstance(arrays[name], np.ndarray):
                problems.append(f"{file}: {printable(name)} is none of NumPy's arrays: save it by numpy.savez")
    if problems:
        raise DatasetError(problems)
    return arrays


def _said(error: Exception) -> str:
    """Return what is wrong, and what to do about objects, which only a pickle could hold."""
    told = printable(str(error).splitlines()[0] if str(error) else type(error).__name__, 200)
    return f"{told}: save it as numbers or texts, e.g. y.astype(str)" if told.startswith("Object arrays") else told
