"""Data sets of openml.org, by scikit-learn's own download."""

from __future__ import annotations

import http.client
import os
import warnings
from pathlib import Path
from typing import Any

from dropout_lab.config.dataset import OpenML
from dropout_lab.datasets.message_text import join_names, printable
from dropout_lab.datasets.tabular.dataframe import raw_of
from dropout_lab.datasets.tabular.raw_table import RawTable
from dropout_lab.errors import DataError, DatasetError

__all__ = ["fetch"]


def fetch(spec: OpenML, folder: Path) -> tuple[RawTable, str]:
    """Return a data set and the name of its target, downloaded into ``folder/openml`` if it is not there.

    Raises
    ------
    DataError
        If it cannot be had.
    """
    called = f"OpenML's {printable(spec.openml)}"
    which: dict[str, Any] = {"name": spec.openml, "version": spec.version or "active"}
    if spec.openml.isdecimal():
        which = {"data_id": int(spec.openml)}
    try:
        bunch, notes = _fetched(which, folder)
    except (OSError, ValueError, KeyError, http.client.HTTPException) as error:
        told = printable(" ".join(str(error).split()) or type(error).__name__, 200)
        raise DataError(
            f"dataset.openml: {called} could not be had: {told}\nWithout a connection, or for a data set that "
            "scikit-learn cannot read, save it as CSV and set dataset.csv"
        ) from None
    targets = [str(name) for name in bunch.target_names or ()]
    if spec.target is None and len(targets) != 1:
        told = join_names(targets) if targets else "none"
        raise DatasetError([f"dataset.target: missing: {called} has no one target ({told}): name a column"])
    columns = tuple(raw_of(str(name), bunch.frame[name]) for name in bunch.frame.columns)
    details = bunch.details or {}
    number = f"number {details.get('id', '?')}, version {details.get('version', '?')}"
    return RawTable(called, columns, format=number, notes=notes), spec.target or targets[0]


def _fetched(which: dict[str, Any], folder: Path) -> tuple[Any, tuple[str, ...]]:
    """Call scikit-learn, which keeps what it downloads and verifies it by its checksum."""
    from sklearn.datasets import fetch_openml

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        bunch = fetch_openml(**which, data_home=os.fspath(folder), as_frame=True, parser="auto")
    return bunch, tuple(f"scikit-learn: {' '.join(str(each.message).split())}" for each in told)
