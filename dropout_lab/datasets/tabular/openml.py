"""Data sets from openml.org, downloaded by scikit-learn."""

from __future__ import annotations

import http.client
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dropout_lab.config.dataset import OpenML
from dropout_lab.datasets.message_text import join_names, printable
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.errors import DataError, DatasetError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["fetch_openml"]


def fetch_openml(spec: OpenML, folder: Path) -> tuple[RawTable, str]:
    """Return a table and the name of its target, downloaded into ``folder/openml`` if it is not there.

    Raises
    ------
    DataError
        If it cannot be downloaded.
    DatasetError
        If the config names no target, and OpenML not exactly one.
    """
    title = f"OpenML's {printable(spec.openml)}"
    query: dict[str, Any] = {"name": spec.openml, "version": spec.version or "active"}
    if spec.openml.isdecimal():
        query = {"data_id": int(spec.openml)}
    try:
        bunch, notes = _fetch(query, folder)
    except (OSError, ValueError, KeyError, http.client.HTTPException) as error:
        reason = printable(" ".join(str(error).split()) or type(error).__name__, 200)
        raise DataError(
            f"dataset.openml: {title} could not be downloaded: {reason}\nWithout a connection, or for a data set that "
            "scikit-learn cannot read, save it as CSV and set dataset.csv"
        ) from None
    targets = [str(name) for name in bunch.target_names or ()]
    if spec.target is None and len(targets) != 1:
        known = join_names(targets) if targets else "none"
        raise DatasetError([f"dataset.target: missing: {title} does not have one target ({known}): name a column"])
    columns = tuple(_column(str(name), bunch.frame[name]) for name in bunch.frame.columns)
    details = bunch.details or {}
    number = f"number {details.get('id', '?')}, version {details.get('version', '?')}"
    return RawTable(title, columns, format=number, notes=notes), spec.target or targets[0]


def _fetch(query: dict[str, Any], folder: Path) -> tuple[Any, tuple[str, ...]]:
    """Call scikit-learn, which keeps what it downloads and verifies it by its checksum."""
    from sklearn.datasets import fetch_openml

    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        bunch = fetch_openml(**query, data_home=os.fspath(folder), as_frame=True, parser="auto")
    return bunch, tuple(f"scikit-learn: {' '.join(str(warning.message).split())}" for warning in raised)


def _column(name: str, values: pd.Series[Any]) -> RawColumn:
    """Return a data frame's column: numbers as such, everything else as text."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
        return RawColumn(name, values.to_numpy(np.float64, na_value=np.nan))
    return RawColumn.from_values(
        name, [None if missing else value for value, missing in zip(values, values.isna(), strict=True)]
    )
