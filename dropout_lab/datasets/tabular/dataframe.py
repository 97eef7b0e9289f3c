"""A data frame's columns -> columns of numbers or texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dropout_lab.datasets.tabular.raw_table import RawColumn

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["raw_of", "texts_of"]


def raw_of(name: str, values: pd.Series[Any]) -> RawColumn:
    """Return a frame's column: numbers as such, all else as texts."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
        return RawColumn(name, values.to_numpy(np.float64, na_value=np.nan))
    return texts_of(name, [None if absent else each for each, absent in zip(values, values.isna(), strict=True)])


def texts_of(name: str, values: list[Any]) -> RawColumn:
    """Return values as a column of texts; None is missing."""
    words: dict[str, int] = {}
    codes = [-1 if each is None else words.setdefault(str(each).strip(), len(words)) for each in values]
    return RawColumn(name, np.array(codes, np.int64), tuple(words))
