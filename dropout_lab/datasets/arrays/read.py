"""A file of arrays -> inputs, and a value for each row of what is no input; with the rows of a test set below them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.data_files import file_stem
from dropout_lab.config.dataset import HDF5, NPY, ArrayDataset, NamedArrays
from dropout_lab.datasets.arrays.array_file import ArrayFile, npy_file, open_hdf5, open_npz
from dropout_lab.datasets.arrays.array_names import TEST_NAMES, ArrayNames, find_names
from dropout_lab.datasets.arrays.target_array import class_names, one_value_each
from dropout_lab.datasets.message_text import join_names, printable, relative_path
from dropout_lab.datasets.roles import Roles
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.datasets.tabular.remote_file import check_sha256, local_file, unverified_note
from dropout_lab.datasets.tabular.test_file import with_test_rows
from dropout_lab.datasets.user_file import map_bytes
from dropout_lab.errors import DatasetError

__all__ = ["Arrays", "read_arrays"]

_NUMBERS, _NUMBERS_OR_TEXT = "biuf", "biufU"
"""Kinds of NumPy types."""

_OTHERS = ("group", "fold", "time")
"""Keys that name further arrays."""


@dataclass(frozen=True)
class Arrays:
    """Arrays that belong together, rows first.

    Attributes
    ----------
    name : str
        Of the inputs.
    inputs : array of shape (rows, ...)
        Numbers.
    vectors : dict of str to array of shape (rows,)
        Numbers or texts, by name: the target and what else the config names. Those about the split may be of the rows
        outside the test set only.
    roles : Roles
        What these are.
    raw : RawTable
        The same as columns; where rows are from, and what is noted.
    """

    name: str
    inputs: NDArray[Any]
    vectors: dict[str, NDArray[Any]]
    roles: Roles
    raw: RawTable

    def below(self, test: Arrays, spec: ArrayDataset) -> Arrays:
        """Return these arrays with the rows of a test set at their end.

        Raises
        ------
        DatasetError
            If they do not fit together.
        """
        if test.inputs.shape[1:] != self.inputs.shape[1:]:
            raise DatasetError(
                [
                    f"{test.raw.file}: rows have shape {test.inputs.shape[1:]}, and those of {self.raw.file} "
                    f"{self.inputs.shape[1:]}: expected rows of one shape"
                ]
            )
        target = self.roles.target
        raw = with_test_rows(self.raw, test.raw, spec, target)
        inputs = np.concatenate([self.inputs, test.inputs])
        vectors = self.vectors | {target: np.concatenate([self.vectors[target], test.vectors[target]])}
        return replace(self, inputs=inputs, vectors=vectors, raw=raw)


def read_arrays(spec: ArrayDataset, folder: Path, content: bytes | None = None) -> Arrays:
    """Read the arrays that a config names, or whose names are known.

    Parameters
    ----------
    spec : ArrayDataset
    folder : Path
        Where a file is downloaded to if it is named by its address.
    content : bytes, optional
        Of a NumPy archive, which is then not read from its file.

    Raises
    ------
    DatasetError
        If a file cannot be read, or its arrays do not belong together; names every problem.
    DataError
        If it cannot be downloaded.
    """
    with _opened(spec, folder, content) as file:
        names = _names(spec, file)
        roles = _roles(spec, names)
        arrays = _read(spec, file, names, roles)
        if names.test:
            test = ArrayNames(names.test[0], names.test[1])
            arrays = arrays.below(_read(spec, file, test, Roles(roles.target), f"{test.inputs} of {file.file}"), spec)
    if spec.test is None:
        return arrays
    update: dict[str, Any] = {spec.source: spec.test, "test": None, "sha256": None}
    if isinstance(spec, NPY):
        update |= {"target": spec.test_target, "test_target": None, "group": None, "fold": None, "time": None}
    other = spec.model_copy(update=update)
    with _opened(other, folder, None) as file:
        names = _test_names(other, file, names)
        there = {key: getattr(roles, key) for key in _OTHERS if getattr(roles, key) in file.names}
        return arrays.below(_read(other, file, names, Roles(roles.target, **there)), spec)


@contextmanager
def _opened(spec: ArrayDataset, folder: Path, content: bytes | None) -> Iterator[ArrayFile]:
    """Open the file that a section names, or the files."""
    address = getattr(spec, spec.source)
    path = address if content is not None else local_file(address, folder, spec.sha256)
    name = relative_path(path)
    data = map_bytes(path) if content is None else memoryview(content)
    check_sha256(data, spec.sha256, address, name)
    notes = unverified_note(data, spec.sha256, address, name)
    if isinstance(spec, NPY):
        files = {name: data}
        for other in (spec.target, spec.group, spec.fold, spec.time):
            if other is not None:
                files[_stored(spec, other)] = map_bytes(local_file(other, folder))
        yield npy_file(files, notes)
    elif isinstance(spec, HDF5):
        with open_hdf5(path, name, notes) as file:
            yield file
    else:
        with open_npz(data, name, notes) as file:
            yield file


def _stored(spec: ArrayDataset, name: str) -> str:
    """Return what an array is called in its file; one with a file of its own as this is called in messages."""
    return relative_path(name) if isinstance(spec, NPY) else name


def _names(spec: ArrayDataset, file: ArrayFile) -> ArrayNames:
    if isinstance(spec, NamedArrays):
        return find_names(spec, file.names, file.file)
    return ArrayNames(file.names[0], str(spec.target))


def _test_names(spec: ArrayDataset, file: ArrayFile, names: ArrayNames) -> ArrayNames:
    """Return the names in a file of test rows: those of the other file, or the usual ones."""
    if not isinstance(spec, NamedArrays):
        return _names(spec, file)
    if {names.inputs, names.target} <= {*file.names}:
        return ArrayNames(names.inputs, names.target)
    usual = next((pair for pair in TEST_NAMES if {*pair} <= {*file.names}), None)
    return ArrayNames(*usual) if usual else replace(find_names(spec, file.names, file.file), test=())


def _roles(spec: ArrayDataset, names: ArrayNames) -> Roles:
    """Return the names of arrays: of those in a file each, the names of the files without their endings."""
    given = {"inputs": names.inputs, "target": names.target} | {key: getattr(spec, key) or "" for key in _OTHERS}
    if isinstance(spec, NPY):
        given = {key: file_stem(path) if path else "" for key, path in given.items()}
    return Roles(**given)


def _read(spec: ArrayDataset, file: ArrayFile, names: ArrayNames, roles: Roles, part: str = "") -> Arrays:
    """Read the arrays of a file, or of a part of it, which has a name in messages."""
    stored = {roles.target: _stored(spec, names.target)}
    stored |= {name: _stored(spec, getattr(spec, key) or name) for key in _OTHERS if (name := getattr(roles, key))}
    problems = [
        f"dataset.{key}: {file.file} has no array {printable(stored[name])} (arrays: {join_names(file.names, 8)})"
        for key in _OTHERS
        if (name := getattr(roles, key)) and stored[name] not in file.names
    ]
    if problems:
        raise DatasetError(problems)
    inputs, vectors = file.read(names.inputs), {name: file.read(array) for name, array in stored.items()}
    where = file.where(stored[roles.target])
    target, notes = one_value_each(vectors[roles.target], where)
    vectors[roles.target] = class_names(target, spec.classes, where)
    problems = [*_inputs_problem(file, names.inputs, inputs)]
    problems += [
        f"{file.where(stored[name])} has shape {array.shape} and type {array.dtype}: expected numbers or text of shape "
        f"{inputs.shape[:1]}, one for each row of {printable(names.inputs)}"
        for name, array in vectors.items()
        if array.shape != inputs.shape[:1] or array.dtype.kind not in _NUMBERS_OR_TEXT
    ]
    if problems:
        raise DatasetError(problems)
    kind = "HDF5" if isinstance(spec, HDF5) else "NumPy arrays"
    columns = tuple(RawColumn.from_values(name, array.tolist()) for name, array in vectors.items())
    raw = RawTable(part or file.file, columns, format=kind, notes=(*file.notes, *names.notes, *notes))
    return Arrays(names.inputs, inputs, vectors, roles, raw)


def _inputs_problem(file: ArrayFile, name: str, inputs: NDArray[Any]) -> Iterator[str]:
    """Yield what is wrong with inputs: their axes or their type."""
    found = f"{file.where(name)} has shape {inputs.shape} and type {inputs.dtype}"
    if inputs.ndim < 2 or inputs.dtype.kind not in _NUMBERS:
        yield (
            f"{found}: expected numbers of shape (rows, inputs), (rows, steps, features) or (rows, height, width, "
            "channels)"
        )
    elif not inputs.size:
        yield f"{found}: there is nothing in it to learn from"
