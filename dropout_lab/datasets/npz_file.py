"""NumPy's archives of arrays: bytes -> a table. No pickle is ever loaded."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.dataset import NPZ
from dropout_lab.config.near import nearest
from dropout_lab.datasets.frame import texts_of
from dropout_lab.datasets.raw import Raw, RawTable
from dropout_lab.datasets.shown import listed, shown
from dropout_lab.errors import DatasetError

__all__ = ["parse"]


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
    arrays = _arrays(content, file)
    wanted = {"inputs": spec.inputs, "target": spec.target} | ({"group": spec.group} if spec.group else {})
    problems = [
        f"dataset.{key}: {file} has no array {shown(name)}{nearest(name, list(arrays))}"
        for key, name in wanted.items()
        if name not in arrays
    ]
    if problems:
        raise DatasetError(problems)
    inputs = arrays[spec.inputs]
    if inputs.ndim != 2 or inputs.dtype.kind not in "biuf" or not inputs.shape[1]:
        problems.append(f"{file}: {_told(spec.inputs, inputs)}: expected numbers of shape (rows, inputs)")
    flat = {name: arrays[name] for key, name in wanted.items() if key != "inputs"}
    for name, array in flat.items():
        if array.shape != inputs.shape[:1] or array.dtype.kind not in "biufU":
            problems.append(
                f"{file}: {_told(name, array)}: expected numbers or texts of shape {inputs.shape[:1]}, one for each "
                f"row of {shown(spec.inputs)}"
            )
    if problems:
        raise DatasetError(problems)
    columns = [Raw(f"x{number}", np.ascontiguousarray(column, np.float64)) for number, column in enumerate(inputs.T, 1)]
    columns += [texts_of(name, array.tolist()) for name, array in flat.items()]
    names = [column.name for column in columns]
    if len({*names}) < len(names):
        raise DatasetError([f"{file}: arrays are called {listed(list(flat))}: expected names of their own, not x1"])
    return RawTable(file, tuple(columns), format="NumPy's arrays")


def _told(name: str, array: NDArray[Any]) -> str:
    return f"{shown(name)} has shape {array.shape} and type {array.dtype}"


def _arrays(content: bytes, file: str) -> dict[str, NDArray[Any]]:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise DatasetError([f"{file}: is one array, not an archive of arrays: save it by numpy.savez(X=, y=)"])
            return {name: archive[name] for name in archive.files}
    except DatasetError:
        raise
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        told = shown(str(error).splitlines()[0] if str(error) else type(error).__name__, 200)
        raise DatasetError([f"{file}: cannot be read as NumPy's arrays: {told}"]) from None
