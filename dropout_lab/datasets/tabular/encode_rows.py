"""The rows of a data set with a table, encoded: single ones, or windows of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropout_lab.datasets.dataset import Dataset
from dropout_lab.datasets.tabular.encoding import Encoding, encoding
from dropout_lab.datasets.tabular.table import Table

__all__ = ["encode_rows", "fit_encoding"]


def fit_encoding(table: Table, data: Dataset, train: NDArray[np.int64], scale: str) -> Encoding:
    """Fit `encoding` on training rows; of windows on the rows that are in any of them, each of which counts once.

    Parameters
    ----------
    table : Table
        That of the data.
    data : Dataset
    train : array of shape (train rows,)
        Row numbers; where there are windows, theirs.
    scale : str
        As for `encoding`.
    """
    rows = train if data.windows is None else data.windows.rows(train)
    return encoding(table, data.features, rows, scale)


def encode_rows(encode: Encoding, data: Dataset, dtype: str) -> NDArray[Any]:
    """Return finite inputs of shape (rows, inputs); of windows all steps, one after another, perhaps as a view."""
    encoded = encode(data.features, dtype)
    return encoded if data.windows is None else data.windows.flat(encoded)
