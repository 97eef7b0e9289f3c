"""Data in memory -> the file that keeps them beside their result: Parquet for a data frame, .npz for plain arrays."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.suggestions import nearest
from dropout_lab.datasets.message_text import first_line, join_names, printable
from dropout_lab.errors import DatasetError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DataFile", "to_file"]

_STEM = "data"
_NUMBERS, _NUMBERS_OR_TEXT = "biuf", "biufU"
"""Kinds of NumPy types."""


@dataclass(frozen=True)
class DataFile:
    """Data as the content of a file.

    Attributes
    ----------
    source : str
        Its kind, a key of `config.dataset.SOURCES`.
    content : bytes
    columns : dict of str
        The keys ``target`` and ``group`` of its section, and the columns that they name.
    """

    source: str
    content: bytes
    columns: dict[str, str]

    @property
    def name(self) -> str:
        """The file's name."""
        return f"{_STEM}.{self.source}"

    @property
    def section(self) -> dict[str, str]:
        """The section ``dataset`` of a config beside it."""
        return {self.source: self.name, **self.columns}


def to_file(data: Any, target: Any, group: Any = None) -> DataFile:
    """Return data in memory as a file.

    Parameters
    ----------
    data : pandas.DataFrame or array of shape (rows, inputs), (rows, steps, features) or (rows, height, width, channels)
        The columns of an array of two axes are called ``x1``, ``x2`` and so on. The index of a data frame is no column.
    target : str, or array of shape (rows,)
        The column to predict, or its values; beside an array of numbers one-hot, too, of shape (rows, classes).
    group : str, or array of shape (rows,), optional
        Rows of equal value are held out together.

    Raises
    ------
    DatasetError
        If they are not such data, or do not fit together; names every problem.
    """
    import pandas as pd

    if not isinstance(data, pd.DataFrame | np.ndarray):
        raise DatasetError(
            [f"data: expected a pandas DataFrame or a NumPy array of shape (rows, ...), got a {_type(data)}"]
        )
    given = {key: value for key, value in (("target", target), ("group", group)) if value is not None}
    problems = [*_table_problems(data)]
    problems += [
        problem for key, value in given.items() if not problems for problem in _vector_problems(key, value, data)
    ]
    if target is None:
        names = f" (columns: {join_names([*map(str, data.columns)], 8)})" if isinstance(data, pd.DataFrame) else ""
        problems.append(f"target: name the column to predict, or give its values{names}")
    if problems:
        raise DatasetError(problems)
    vectors = {key: np.asarray(value) for key, value in given.items() if not isinstance(value, str)}
    if isinstance(data, np.ndarray) and data.ndim > 2:
        return _npz(data, {key: _plain(key, vector) for key, vector in vectors.items()})
    if isinstance(data, np.ndarray) and data.dtype.kind in _NUMBERS and _are_plain(vectors):
        return _npz(data, vectors)
    return _parquet(_frame(data, given), given)


def _plain(key: str, vector: NDArray[Any]) -> NDArray[Any]:
    """Return values as numbers or text, as pandas may hold them as objects."""
    if vector.dtype.kind == "O" and all(isinstance(value, str) for value in vector.flat):
        return vector.astype(str)
    if vector.dtype.kind not in _NUMBERS_OR_TEXT:
        raise DatasetError([f"{key}: expected numbers or text, got {vector.dtype}: convert it, e.g. with astype(str)"])
    return vector


def _are_plain(vectors: dict[str, NDArray[Any]]) -> bool:
    return all(vector.dtype.kind in _NUMBERS_OR_TEXT for vector in vectors.values())


def _table_problems(data: Any) -> Iterator[str]:
    """Yield what is wrong with a table."""
    if isinstance(data, np.ndarray):
        kinds = _NUMBERS if data.ndim > 2 else f"{_NUMBERS_OR_TEXT}O"
        if data.ndim < 2 or data.dtype.kind not in kinds or not all(data.shape[1:]):
            yield (
                "data: expected numbers of shape (rows, inputs), (rows, steps, features) or (rows, height, width, "
                f"channels), got shape {data.shape} and type {data.dtype}"
            )
        return
    names = [*map(str, data.columns)]
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        yield f"data: several columns are called {join_names(twice)}: rename them"
    if not names:
        yield "data: has no columns"


def _vector_problems(key: str, value: Any, data: Any) -> Iterator[str]:
    """Yield what is wrong with a target or group: its name, or its values."""
    import pandas as pd

    names = [*map(str, data.columns)] if isinstance(data, pd.DataFrame) else []
    if isinstance(value, str):
        if not names:
            yield f"{key}: an array has no column {printable(value)}: give the values, one for each row"
        elif value not in names:
            hint = nearest(value, names, f" (columns: {join_names(names, 8)})")
            yield f"{key}: the data frame has no column {printable(value)}{hint}"
        return
    one_hot = key == "target" and isinstance(data, np.ndarray) and data.dtype.kind in _NUMBERS
    if np.shape(value)[: 1 if one_hot else None] != (len(data),):
        expected = "a column's name, or " if names else ""
        yield f"{key}: expected {expected}an array of shape ({len(data)},), got shape {np.shape(value)}"
    elif isinstance(value, pd.Series) and isinstance(data, pd.DataFrame) and not value.index.equals(data.index):
        yield (
            f"{key}: its index differs from that of the data frame, but rows are matched by position: "
            "call reset_index(drop=True) on both if that is right"
        )
    elif (name := _name(key, value)) in names:
        hint = f"if it is the same, name it: {key}={name!r}"
        yield f"{key}: the data frame has a column {printable(name)} already: {hint}"


def _name(key: str, value: Any) -> str:
    """Return the name of the column that a target or group becomes in a table."""
    if isinstance(value, str):
        return value
    name = getattr(value, "name", None)
    return key if name is None else str(name)


def _type(value: Any) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")


def _npz(data: NDArray[Any], vectors: dict[str, NDArray[Any]]) -> DataFile:
    names = {"target": "y", "group": "group"}
    columns = {key: names[key] for key in vectors}
    file = io.BytesIO()
    arrays: dict[str, Any] = {"X": data, **{columns[key]: vector for key, vector in vectors.items()}}
    np.savez(file, **arrays)
    return DataFile("npz", file.getvalue(), columns)


def _frame(data: Any, given: dict[str, Any]) -> pd.DataFrame:
    """Return a data frame of all columns, whose names are text."""
    import pandas as pd

    if isinstance(data, np.ndarray):
        table = pd.DataFrame(data, columns=[f"x{number}" for number in range(1, data.shape[1] + 1)])
        table = table.infer_objects() if data.dtype.kind == "O" else table
    else:
        table = data.set_axis([*map(str, data.columns)], axis="columns")
    vectors = {_name(key, value): value for key, value in given.items() if not isinstance(value, str)}
    values = {name: vector.array if isinstance(vector, pd.Series) else vector for name, vector in vectors.items()}
    return table.assign(**values)


def _parquet(frame: pd.DataFrame, given: dict[str, Any]) -> DataFile:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise DatasetError(
            ["data: data frames need the extra parquet: pip install 'dropout-lab[parquet]', or give arrays of numbers"]
        ) from None
    columns, problems = {}, []
    for name, column in frame.items():
        try:
            columns[str(name)] = pa.array(_storable(column), from_pandas=True)
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            problems.append(
                f"data: column {printable(str(name))} cannot be stored: {first_line(error)}: "
                f"convert it, e.g. with astype(str)"
            )
    if problems:
        raise DatasetError(problems)
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return DataFile("parquet", file.getvalue(), {key: _name(key, value) for key, value in given.items()})


def _storable(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column with what Parquet has no type for as text: periods, intervals, and categories of any kind."""
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.rename_categories([*map(str, column.cat.categories)])
    if isinstance(column.dtype, pd.PeriodDtype | pd.IntervalDtype):
        return column.astype(str).where(column.notna())
    return column.astype(column.dtype.subtype) if isinstance(column.dtype, pd.SparseDtype) else column
