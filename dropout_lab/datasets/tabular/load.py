"""The user's own data: a file, a folder, or a name at OpenML -> a data set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from dropout_lab.config.dataset import CSV, HDF5, NPY, NPZ, OpenML, Parquet, PictureFolder, UserDataset
from dropout_lab.datasets.arrays.load import load_arrays
from dropout_lab.datasets.dataset import Dataset
from dropout_lab.datasets.message_text import relative_path
from dropout_lab.datasets.pictures.load import load_pictures
from dropout_lab.datasets.tabular import openml, parquet
from dropout_lab.datasets.tabular.csv import parse_csv
from dropout_lab.datasets.tabular.raw_table import RawTable
from dropout_lab.datasets.tabular.remote_file import check_sha256, local_file, unverified_note
from dropout_lab.datasets.tabular.table_dataset import to_dataset
from dropout_lab.datasets.tabular.test_file import with_test_rows
from dropout_lab.datasets.user_file import read_bytes

__all__ = ["load_user_dataset", "read_table", "table_to_dataset"]


def load_user_dataset(spec: UserDataset | PictureFolder, folder: Path, content: bytes | None = None) -> Dataset:
    """Read the user's data.

    Parameters
    ----------
    spec : UserDataset or PictureFolder
        The section of the config.
    folder : Path
        Where downloads go.
    content : bytes, optional
        Of the file, which is then not read.

    Raises
    ------
    DatasetError
        If they cannot be read, or nothing can be learned from them; names every problem.
    DataError
        If they cannot be downloaded.
    """
    return _LOADERS[type(spec)](spec, folder, content)


def read_table(spec: CSV | Parquet, folder: Path, content: bytes | None = None) -> RawTable:
    """Read a table from a file, or from the content of one.

    Parameters
    ----------
    spec : CSV or Parquet
    folder : Path
        Where it is downloaded to if it is named by its address.
    content : bytes, optional
        Of the file, which is then not read.

    Raises
    ------
    DatasetError
        If it is no table.
    DataError
        If it cannot be downloaded.
    """
    file = getattr(spec, spec.source)
    path = file if content is not None else local_file(file, folder, spec.sha256)
    name = relative_path(path)
    content = read_bytes(path) if content is None else content
    check_sha256(content, spec.sha256, file, name)
    table = _PARSERS[type(spec)](content, name, spec)
    return replace(table, notes=(*unverified_note(content, spec.sha256, file, name), *table.notes))


def _load_file(spec: CSV | Parquet, folder: Path, content: bytes | None) -> Dataset:
    return table_to_dataset(read_table(spec, folder, content), spec, folder)


def table_to_dataset(table: RawTable, spec: CSV | Parquet, folder: Path) -> Dataset:
    """Make a data set of a table that was read, with the rows of the test file if there is one.

    Parameters
    ----------
    table : RawTable
        As from `read_table`.
    spec : CSV or Parquet
    folder : Path
        Where a test file is downloaded to if it is named by its address.

    Raises
    ------
    DatasetError
        If nothing can be learned from it, or the test file does not fit; names every problem.
    DataError
        If the test file cannot be downloaded.
    """
    if spec.test is not None:
        table = with_test_rows(table, _read_test_table(spec, spec.test, table, folder), spec, spec.target)
    return to_dataset(table, spec, spec.target)


def _read_test_table(spec: CSV | Parquet, file: str, train: RawTable, folder: Path) -> RawTable:
    """Read the file of the test rows as that of the others was read."""
    update: dict[str, Any] = {spec.source: local_file(file, folder), "sha256": None}
    if isinstance(spec, CSV):
        texts = tuple(column.name for column in train.columns if column.categories is not None)
        update |= {"decimal": train.style.decimal, "header": train.header, "category": (*spec.category, *texts)}
    return read_table(spec.model_copy(update=update), folder)


def _load_openml(spec: OpenML, folder: Path, _: bytes | None) -> Dataset:
    raw, target = openml.fetch_openml(spec, folder)
    return to_dataset(raw, spec, target)


_PARSERS: dict[type, Callable[[bytes, str, Any], RawTable]] = {
    CSV: parse_csv,
    Parquet: lambda content, file, _: parquet.parse_parquet(content, file),
}
_LOADERS: dict[type, Callable[[Any, Path, bytes | None], Dataset]] = {
    CSV: _load_file,
    Parquet: _load_file,
    NPZ: load_arrays,
    HDF5: load_arrays,
    NPY: load_arrays,
    PictureFolder: load_pictures,
    OpenML: _load_openml,
}
