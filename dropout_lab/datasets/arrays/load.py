"""Arrays of the user's own -> a data set: a table, or sequences and pictures, with every problem reported at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.dataset import NPY, ArrayDataset
from dropout_lab.datasets.arrays.read import Arrays, read_arrays
from dropout_lab.datasets.arrays.target_array import read_target
from dropout_lab.datasets.dataset import Dataset
from dropout_lab.datasets.message_text import join_names, printable
from dropout_lab.datasets.tabular.column_types import MAX_MAGNITUDE
from dropout_lab.datasets.tabular.duplicate_rows import treat_duplicates
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.datasets.tabular.split_columns import read_times, test_folds, time_ranks
from dropout_lab.datasets.tabular.table_dataset import group_problems, to_dataset
from dropout_lab.datasets.tabular.test_file import shared_groups_note, unlearned_classes_problem
from dropout_lab.errors import DatasetError

__all__ = ["load_arrays", "row_problem"]

_OF_COLUMNS = ("drop", "keep", "category", "missing", "not_missing", "dates", "fold_case", "most_categories", "encode")
"""Keys that mean columns, which rows of several axes have not."""

_CHUNK_BYTES = 2**23
_SMALLEST_PICTURE = 5
_MOST_CHANNELS = 4


def load_arrays(spec: ArrayDataset, folder: Path, content: bytes | None = None) -> Dataset:
    """Read arrays: inputs of two axes are a table, others sequences, pictures, or what a network of one's own takes.

    Parameters
    ----------
    spec : ArrayDataset
    folder : Path
        Where files are downloaded to.
    content : bytes, optional
        Of a NumPy archive, which is then not read from its file.

    Raises
    ------
    DatasetError
        If they cannot be read, or nothing can be learned from them; names every problem.
    DataError
        If they cannot be downloaded.
    """
    arrays = read_arrays(spec, folder, content)
    if arrays.inputs.ndim > 2:
        return _array_dataset(arrays, spec)
    return to_dataset(_table(arrays), _by_column(spec, arrays), arrays.roles.target)


def _table(arrays: Arrays) -> RawTable:
    """Return rows of one axis as a table whose columns are called x1, x2, ..."""
    columns = [
        RawColumn(f"x{number}", np.ascontiguousarray(column, np.float64))
        for number, column in enumerate(arrays.inputs.T, 1)
    ]
    columns += arrays.raw.columns
    names = [column.name for column in columns]
    if len({*names}) < len(names):
        called = join_names(list(arrays.vectors))
        raise DatasetError(
            [
                f"{arrays.raw.file}: arrays are called {called}: expected different names, and none of x1, "
                "x2, ..., which columns have"
            ]
        )
    return replace(arrays.raw, columns=tuple(columns))


def _by_column(spec: ArrayDataset, arrays: Arrays) -> ArrayDataset:
    """Return a section whose further arrays are called as the columns that they became."""
    if not isinstance(spec, NPY):
        return spec
    return spec.model_copy(update={key: getattr(arrays.roles, key) or None for key in ("group", "fold", "time")})


def _array_dataset(arrays: Arrays, spec: ArrayDataset) -> Dataset:
    raw, roles = arrays.raw, arrays.roles
    rows, shape = arrays.inputs.shape[0], arrays.inputs.shape[1:]
    pictures = arrays.inputs.dtype == np.uint8 if spec.pictures is None else spec.pictures
    features = arrays.inputs.reshape(rows, -1)
    problems = [*_unused_keys(spec, len(shape))]
    problems += row_problem(features, arrays.name, raw.location)
    target, found = read_target(arrays.vectors[roles.target], roles.target, raw, spec.task)
    problems += found
    by_name = {column.name: column for column in raw.columns}
    groups = by_name[roles.group].as_category() if roles.group else None
    problems += group_problems(raw, groups)
    training = np.arange(raw.train_rows)
    test_fold = time = None
    try:
        test_fold = test_folds(raw, by_name[roles.fold], training) if roles.fold else None
        time = time_ranks(read_times(raw, by_name[roles.time], training, spec.day_first)) if roles.time else None
    except DatasetError as error:
        problems += error.problems
    if not problems:
        problems += filter(None, [unlearned_classes_problem(raw, target.labels, target.classes, raw.test_rows)])
    if problems:
        raise DatasetError(problems)
    if pictures and len(shape) == 2:
        shape = (*shape, 1)
    files = dict.fromkeys(PurePath(file).name for file in (raw.file, raw.test_file) if file)
    data = Dataset(
        spec.name,
        features,
        target.labels,
        target.classes,
        f"{' and '.join(files)} ({raw.format})",
        shape=shape,
        test_rows=raw.test_rows,
        groups=None if groups is None else groups.values.astype(np.int64),
        values=target.values,
        test_fold=test_fold,
        time=time,
        roles=roles,
        notes=(
            *raw.notes,
            *shared_groups_note(raw, groups, np.arange(rows)),
            *_shape_notes(arrays, shape, spec.pictures),
        ),
    )
    return treat_duplicates(data, spec.duplicates)


def _unused_keys(spec: ArrayDataset, axes: int) -> Iterator[str]:
    for key in _OF_COLUMNS:
        if getattr(spec, key) != type(spec).model_fields[key].default:
            yield f"dataset.{key}: rows of {axes} axes have no columns: leave it out"


def row_problem(features: NDArray[Any], name: str, location: Callable[[int], str]) -> Iterator[str]:
    """Yield what is wrong with numbers, and in which row: they are missing, infinite or too large.

    Parameters
    ----------
    features : array of shape (rows, inputs)
    name : str
        Of the array.
    location : callable
        A row's number, from 0, to where it is.
    """
    if features.dtype.kind != "f":
        return
    size = max(1, _CHUNK_BYTES // max(1, features.itemsize * features.shape[1]))
    count, first = 0, ""
    for start in range(0, len(features), size):
        values = features[start : start + size]
        usable = np.abs(values) <= MAX_MAGNITUDE  # NaN is not
        wrong = np.flatnonzero(~usable.all(axis=1))
        if len(wrong) and not count:
            row = int(wrong[0])
            value = values[row][~usable[row]][0]
            first = f"{location(start + row)}: {printable(name)} holds {value:g}"
        count += len(wrong)
    if count:
        yield (
            f"{first}, and {count:,} row{' has' if count == 1 else 's have'} such values in all: expected finite "
            f"numbers below {MAX_MAGNITUDE:g} in magnitude: correct them, or leave the rows out of all arrays"
        )


def _shape_notes(arrays: Arrays, shape: tuple[int, ...], pictures: bool | None) -> Iterator[str]:
    """Yield how rows are understood, and the key that changes it."""
    name, is_bytes = printable(arrays.name), arrays.inputs.dtype == np.uint8
    if len(shape) == 3 and arrays.inputs.ndim == 3 and pictures is None:
        yield (
            f"{name}: rows of {shape[0]} x {shape[1]} bytes are pictures of one channel: if they are sequences, set "
            "dataset.pictures: false"
        )
    if len(shape) == 3 and is_bytes:
        yield (
            f"{name}: bytes are scaled from 0..255 to 0..1 (preprocessing.scale: unit): standard or minmax scales each "
            "channel"
        )
    if len(shape) == 3 and shape[0] <= _MOST_CHANNELS and min(shape[1:]) >= _SMALLEST_PICTURE:
        yield (
            f"{name}: rows of shape {shape} are read as (height, width, channels): if channels come first, save "
            f"{name}.transpose(0, 2, 3, 1)"
        )
