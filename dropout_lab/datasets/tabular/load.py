"""Data of the user's own: a file, or a name at OpenML -> a data set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePath
from typing import Any

from dropout_lab.config.dataset import CSV, NPZ, OpenML, Parquet, UserDataset
from dropout_lab.datasets.dataset import Dataset
from dropout_lab.datasets.message_text import relative_path
from dropout_lab.datasets.tabular import npz, openml, parquet
from dropout_lab.datasets.tabular.csv import parse_csv
from dropout_lab.datasets.tabular.raw_table import RawTable
from dropout_lab.datasets.tabular.table import parts_of
from dropout_lab.errors import DatasetError

__all__ = ["load_user_dataset", "raw_of"]


def load_user_dataset(spec: UserDataset, folder: Path) -> Dataset:
    """Read the user's data.

    Parameters
    ----------
    spec : UserDataset
        The section of the config.
    folder : Path
        Where downloads go.

    Raises
    ------
    DatasetError
        If they cannot be learnt from; names every problem.
    DataError
        If they cannot be had.
    """
    return _LOADERS[type(spec)](spec, folder)


def raw_of(spec: CSV | Parquet) -> RawTable:
    """Read a table as it is."""
    if isinstance(spec, CSV):
        return parse_csv(content_of(spec.csv), relative_path(spec.csv), spec)
    return parquet.parse(content_of(spec.parquet), relative_path(spec.parquet))


def content_of(file: str) -> bytes:
    """Return the bytes of a file.

    Raises
    ------
    DatasetError
        If it cannot be read.
    """
    try:
        return Path(file).read_bytes()
    except FileNotFoundError:
        raise DatasetError([f"{relative_path(file)}: no such file"]) from None
    except IsADirectoryError:
        raise DatasetError([f"{relative_path(file)}: is a directory: name a file"]) from None
    except (OSError, ValueError) as error:
        raise DatasetError(
            [f"{relative_path(file)}: cannot be read: {getattr(error, 'strerror', None) or error}"]
        ) from None


def _file(spec: CSV | Parquet, _: Path) -> Dataset:
    return _whole(raw_of(spec), spec, spec.target)


def _npz(spec: NPZ, _: Path) -> Dataset:
    return _whole(npz.parse(content_of(spec.npz), relative_path(spec.npz), spec), spec, spec.target)


def _openml(spec: OpenML, folder: Path) -> Dataset:
    raw, target = openml.fetch(spec, folder)
    return _whole(raw, spec, target)


def _whole(raw: RawTable, spec: UserDataset, target: str) -> Dataset:
    parts = parts_of(raw, spec, target)
    source = f"{PurePath(raw.file).name} ({raw.format})"  # which says nothing of the machine
    return Dataset(
        *(spec.name, parts.features, parts.labels, parts.classes, source),
        table=parts.table,
        groups=parts.groups,
        values=parts.values,
    )


_LOADERS: dict[type, Callable[[Any, Path], Dataset]] = {CSV: _file, Parquet: _file, NPZ: _npz, OpenML: _openml}
