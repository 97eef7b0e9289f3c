"""Parquet: bytes -> a table."""

from __future__ import annotations

from typing import Any

import numpy as np

from dropout_lab.datasets.message_text import join_names, printable
from dropout_lab.datasets.tabular.dataframe import texts_of
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.errors import DatasetError

__all__ = ["parse"]


def parse(content: bytes, file: str) -> RawTable:
    """Read a table.

    Parameters
    ----------
    content : bytes
        Of the file.
    file : str
        What to call it in messages.

    Raises
    ------
    DatasetError
        If it is no such table, or what reads it is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise DatasetError(
            [f"{file}: Parquet files need the extra parquet: pip install 'dropout-lab[parquet]', or export it as CSV"]
        ) from None
    try:
        table = pq.read_table(pa.BufferReader(content))
        names = table.column_names
        twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
        if twice or not names:
            raise DatasetError(
                [f"{file}: {f'several columns are called {join_names(twice)}' if twice else 'no columns'}"]
            )
        columns = tuple(_column(name, table.column(name), file) for name in names)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        told = printable(str(error).splitlines()[0] if str(error) else type(error).__name__, 200)
        raise DatasetError([f"{file}: cannot be read as Parquet: {told}"]) from None
    return RawTable(file, columns, format="Parquet")


def _column(name: str, values: Any, file: str) -> RawColumn:
    import pyarrow as pa

    kind = values.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        numbers = values.cast(pa.float64(), safe=False).to_numpy()
        return RawColumn(name, np.array(numbers, np.float64))
    if pa.types.is_null(kind):
        return RawColumn(name, np.full(len(values), np.nan))
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return texts_of(name, [None if each is None else repr(each) for each in values.to_pylist()])
    return texts_of(name, values.to_pylist())
