"""The user's own data: a file, or a name at OpenML -> a data set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dropout_lab.config.dataset import CSV, NPZ, OpenML, Parquet, UserDataset
from dropout_lab.datasets.dataset import Dataset
from dropout_lab.datasets.message_text import relative_path
from dropout_lab.datasets.tabular import npz, openml, parquet
from dropout_lab.datasets.tabular.csv import parse_csv
from dropout_lab.datasets.tabular.raw_table import RawTable
from dropout_lab.datasets.tabular.table_dataset import to_dataset
from dropout_lab.errors import DatasetError

__all__ = ["load_user_dataset", "read_bytes", "read_table"]


def load_user_dataset(spec: UserDataset, folder: Path, content: bytes | None = None) -> Dataset:
    """Read the user's data.

    Parameters
    ----------
    spec : UserDataset
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


def read_table(spec: CSV | Parquet, content: bytes | None = None) -> RawTable:
    """Read a table from a file, or from the content of one; raises `DatasetError` if it is none."""
    if isinstance(spec, CSV):
        return parse_csv(content or read_bytes(spec.csv), relative_path(spec.csv), spec)
    return parquet.parse_parquet(content or read_bytes(spec.parquet), relative_path(spec.parquet))


def read_bytes(file: str) -> bytes:
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


def _load_file(spec: CSV | Parquet, _: Path, content: bytes | None) -> Dataset:
    return to_dataset(read_table(spec, content), spec, spec.target)


def _load_npz(spec: NPZ, _: Path, content: bytes | None) -> Dataset:
    raw = npz.parse_npz(content or read_bytes(spec.npz), relative_path(spec.npz), spec)
    return to_dataset(raw, spec, spec.target)


def _load_openml(spec: OpenML, folder: Path, _: bytes | None) -> Dataset:
    raw, target = openml.fetch_openml(spec, folder)
    return to_dataset(raw, spec, target)


_LOADERS: dict[type, Callable[[Any, Path, bytes | None], Dataset]] = {
    CSV: _load_file,
    Parquet: _load_file,
    NPZ: _load_npz,
    OpenML: _load_openml,
}
