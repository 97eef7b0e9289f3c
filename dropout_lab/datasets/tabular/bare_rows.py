"""Rows with hardly any value, such as a line of totals below a table."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dropout_lab.datasets.message_text import printable
from dropout_lab.datasets.tabular.input_columns import InputColumns
from dropout_lab.datasets.tabular.raw_table import RawTable

__all__ = ["bare_rows_note"]

_MIN_INPUTS, _MOST = 3, 0.01


def bare_rows_note(raw: RawTable, inputs: InputColumns) -> Iterator[str]:
    """Yield a note if there are a few rows in which all inputs are missing, or all but one.

    Parameters
    ----------
    raw : RawTable
        The rows that have a target.
    inputs : InputColumns
        Of these rows.
    """
    if len(inputs.values) < _MIN_INPUTS:
        return
    missing = np.zeros(len(inputs.values[0]), np.int64)
    for values in inputs.values:
        missing += np.isnan(values)
    bare = np.flatnonzero(missing >= len(inputs.values) - 1)
    if not 0 < len(bare) <= max(1, _MOST * len(missing)):
        return
    row = int(bare[0])
    left = [
        column.name for column, values in zip(inputs.columns, inputs.values, strict=True) if not np.isnan(values[row])
    ]
    but = f" but {printable(left[0])}" if left else ""
    more = f", as in {len(bare) - 1:,} more" if len(bare) > 1 else ""
    yield (
        f"{raw.location(row)}: all inputs{but} are missing in this row{more}, which counts as any: if it is no row of "
        "data (a total, or a remark), delete it"
    )
