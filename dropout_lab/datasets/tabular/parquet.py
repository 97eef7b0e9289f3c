"""Parquet: bytes -> a table."""

from __future__ import annotations

from typing import Any

import numpy as np

from dropout_lab.datasets.message_text import first_line, join_names
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.errors import DatasetError

__all__ = ["parse_parquet"]


def parse_parquet(content: bytes, file: str) -> RawTable:
    """Read a table.

    Parameters
    ----------
    content : bytes
        Of the file.
    file : str
        Its name in messages.

    Raises
    ------
    DatasetError
        If it is not such a table, or pyarrow is not installed.
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
        duplicates = [name for name in dict.fromkeys(names) if names.count(name) > 1]
        if duplicates or not names:
            problem = f"several columns are called {join_names(duplicates)}" if duplicates else "has no columns"
            raise DatasetError([f"{file}: {problem}"])
        columns = tuple(_column(name, table.column(name), file) for name in names)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise DatasetError([f"{file}: cannot be read as Parquet: {first_line(error)}"]) from None
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
        return RawColumn.from_values(name, [None if value is None else repr(value) for value in values.to_pylist()])
    return RawColumn.from_values(name, values.to_pylist())
