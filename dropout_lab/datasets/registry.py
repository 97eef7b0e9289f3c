"""The built-in data sets by name, and loading what a config describes."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dropout_lab.config.data_files import is_url, path_keys
from dropout_lab.config.dataset import BuiltinDataset, OpenML
from dropout_lab.config.dataset import Dataset as Description
from dropout_lab.config.suggestions import nearest
from dropout_lab.datasets import cifar10, sonar
from dropout_lab.datasets.bundled import load_bundled
from dropout_lab.datasets.dataset import Dataset
from dropout_lab.datasets.download import is_there
from dropout_lab.datasets.tabular.load import load_user_dataset
from dropout_lab.datasets.tabular.remote_file import kept_at
from dropout_lab.errors import DataError

__all__ = [
    "BUILTIN_DATASETS",
    "BuiltinSource",
    "data_folder",
    "is_available",
    "is_local",
    "load_builtin",
    "load_dataset",
    "local_files",
]


@dataclass(frozen=True)
class BuiltinSource:
    """Where a built-in data set comes from.

    Attributes
    ----------
    load : callable
        The data folder to a `Dataset`, downloaded there if necessary; raises `DataError`.
    files : tuple of str
        Files or folders, any one of which in the data folder makes a download unnecessary; empty if the data set ships
        with a package.
    is_image : bool
        Whether its rows are images of bytes.
    """

    load: Callable[[Path], Dataset]
    files: tuple[str, ...] = ()
    is_image: bool = False


BUILTIN_DATASETS: dict[str, BuiltinSource] = {
    "sonar": BuiltinSource(sonar.load, sonar.FILES),
    "digits": BuiltinSource(partial(load_bundled, "digits")),
    "breast_cancer": BuiltinSource(partial(load_bundled, "breast_cancer")),
    "wine": BuiltinSource(partial(load_bundled, "wine")),
    "iris": BuiltinSource(partial(load_bundled, "iris")),
    "cifar10": BuiltinSource(cifar10.load, cifar10.FILES, is_image=True),
}
"""The name in a config -> source; the same names are the choices of `BuiltinDataset.name`."""


def data_folder(folder: Path | None) -> Path:
    """Return the folder where data are looked for: `folder`, else ``$DROPOUT_LAB_DATA``, else ``./data``."""
    return folder or Path(os.environ.get("DROPOUT_LAB_DATA") or "data")


def load_builtin(name: str, folder: Path) -> Dataset:
    """Load a built-in data set, downloading it into `folder` if necessary.

    Raises
    ------
    DataError
        If there is no such data set, or its files are damaged or cannot be downloaded.
    """
    if name not in BUILTIN_DATASETS:
        raise DataError(f"dataset: unknown data set {name!r}{nearest(name, list(BUILTIN_DATASETS))}")
    return BUILTIN_DATASETS[name].load(folder)


def load_dataset(description: Description, folder: Path, content: bytes | None = None) -> Dataset:
    """Load what a config describes: a built-in data set or the user's own table; see `load_builtin`.

    Parameters
    ----------
    description : BuiltinDataset or UserDataset
    folder : Path
        Where data are looked for and downloaded to.
    content : bytes, optional
        Of the user's file, if it is in memory only.

    Raises
    ------
    DataError
        If it cannot be read, or nothing can be learned from it.
    """
    if isinstance(description, BuiltinDataset):
        return load_builtin(description.name, folder)
    return load_user_dataset(description, folder, content)


def local_files(name: str, folder: Path) -> list[Path]:
    """Return the files of a built-in data set that are in `folder`; none for one that ships with a package."""
    return [folder / file for file in BUILTIN_DATASETS[name].files if is_there(folder / file)]


def is_available(name: str, folder: Path) -> bool:
    """Return whether a built-in data set can be loaded without a download."""
    return not BUILTIN_DATASETS[name].files or bool(local_files(name, folder))


def is_local(description: Description, folder: Path) -> bool:
    """Return whether what a config describes can be loaded without a download, as far as can be told without one."""
    if isinstance(description, BuiltinDataset):
        return is_available(description.name, folder)
    section = description.model_dump()
    files = [file for key in path_keys(section) if (file := section.get(key))]
    return not isinstance(description, OpenML) and all(not is_url(f) or is_there(kept_at(f, folder)) for f in files)
