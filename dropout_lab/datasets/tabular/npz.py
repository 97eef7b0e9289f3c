"""NumPy archives: bytes -> a table. No pickle is ever loaded."""

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
from dropout_lab.datasets.message_text import first_line, join_names, printable
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.errors import DatasetError

__all__ = ["parse_npz"]

_UNREADABLE = (
    *(ValueError, OSError, EOFError, KeyError, RuntimeError, MemoryError, OverflowError),
    *(zlib.error, zipfile.BadZipFile),
)
"""What NumPy raises for a damaged file, or one that claims more than there is memory for."""


def parse_npz(content: bytes, file: str, spec: NPZ) -> RawTable:
    """Read a table; the columns of the array of inputs are called ``x1``, ``x2`` and so on.

    Parameters
    ----------
    content : bytes
        Of the file.
    file : str
        Its name in messages.
    spec : NPZ
        Names the arrays.

    Raises
    ------
    DatasetError
        If arrays are missing, or do not form a table; names every problem.
    """
    more = {"group": spec.group, "fold": spec.fold, "time": spec.time}
    wanted = {"inputs": spec.inputs, "target": spec.target} | {key: name for key, name in more.items() if name}
    arrays = _arrays(content, file, wanted)
    problems = []
    inputs = arrays[spec.inputs]
    if inputs.ndim != 2 or inputs.dtype.kind not in "biuf" or not inputs.shape[1]:
        problems.append(f"{file}: {_description(spec.inputs, inputs)}: expected numbers of shape (rows, inputs)")
    vectors = {name: arrays[name] for key, name in wanted.items() if key != "inputs"}
    for name, array in vectors.items():
        if array.shape != inputs.shape[:1] or array.dtype.kind not in "biufU":
            problems.append(
                f"{file}: {_description(name, array)}: expected numbers or text of shape {inputs.shape[:1]}, one for "
                f"each row of {printable(spec.inputs)}"
            )
    if problems:
        raise DatasetError(problems)
    columns = [
        RawColumn(f"x{number}", np.ascontiguousarray(column, np.float64)) for number, column in enumerate(inputs.T, 1)
    ]
    columns += [RawColumn.from_values(name, array.tolist()) for name, array in vectors.items()]
    names = [column.name for column in columns]
    if len({*names}) < len(names):
        called = join_names(list(vectors))
        raise DatasetError(
            [f"{file}: arrays are called {called}: expected other names than those of columns, x1, x2, ..."]
        )
    return RawTable(file, tuple(columns), format="NumPy arrays")


def _description(name: str, array: NDArray[Any]) -> str:
    return f"{printable(name)} has shape {array.shape} and type {array.dtype}"


def _arrays(content: bytes, file: str, wanted: Mapping[str, str]) -> dict[str, NDArray[Any]]:
    """Read the wanted arrays only; `wanted` maps a key of the config to a name, the result a name to an array."""
    try:
        archive = np.load(io.BytesIO(content), allow_pickle=False)
    except _UNREADABLE as error:
        raise DatasetError([f"{file}: cannot be read as NumPy arrays: {_reason(error)}"]) from None
    if not isinstance(archive, np.lib.npyio.NpzFile):
        raise DatasetError([f"{file}: is a single array: save inputs and target with numpy.savez(file, X=..., y=...)"])
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
                problems.append(f"{file}: {printable(name)} cannot be read as a NumPy array: {_reason(error)}")
                continue
            if not isinstance(arrays[name], np.ndarray):
                problems.append(f"{file}: {printable(name)} is not a NumPy array: save it with numpy.savez")
    if problems:
        raise DatasetError(problems)
    return arrays


def _reason(error: Exception) -> str:
    """Return what is wrong, and what to do about objects, which only a pickle could hold."""
    reason = first_line(error)
    return f"{reason}: save it as numbers or text, e.g. y.astype(str)" if reason.startswith("Object arrays") else reason
