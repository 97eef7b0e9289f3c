"""A name -> arrays, splits and scaling."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable
from pathlib import Path

from dropout_lab.config.dataset import BuiltinDataset
from dropout_lab.config.dataset import Dataset as Description
from dropout_lab.datasets import cifar10, sonar
from dropout_lab.datasets.bundled import bundled
from dropout_lab.datasets.dataset import Dataset, checksum
from dropout_lab.datasets.download import is_there
from dropout_lab.datasets.folds import Split, folds
from dropout_lab.datasets.row_counts import check_rows
from dropout_lab.datasets.scaling import Scaling, scaling
from dropout_lab.datasets.splits import set_aside, splits
from dropout_lab.datasets.tabular.encoding import Encoding, encoding
from dropout_lab.datasets.tabular.load import load_own
from dropout_lab.errors import DataError

__all__ = [
    "DATASETS",
    "FILES",
    "PICTURES",
    "Dataset",
    "Encoding",
    "Scaling",
    "Split",
    "check_rows",
    "checksum",
    "data_folder",
    "described",
    "encoding",
    "folds",
    "load",
    "load_own",
    "local_files",
    "scaling",
    "set_aside",
    "splits",
]

DATASETS: dict[str, Callable[[Path], Dataset]] = {
    "sonar": sonar.load,
    "digits": bundled("digits"),
    "breast_cancer": bundled("breast_cancer"),
    "wine": bundled("wine"),
    "iris": bundled("iris"),
    "cifar10": cifar10.load,
}
FILES: dict[str, tuple[str, ...]] = {"sonar": sonar.FILES, "cifar10": cifar10.FILES}
"""Names under which a data set that does not ship with a package is looked for in the data folder."""

PICTURES = frozenset({"cifar10"})
"""Data sets that are pictures in bytes."""


def data_folder(given: Path | None) -> Path:
    """Return the folder data are looked for in: `given`, else ``$DROPOUT_LAB_DATA``, else ``./data``."""
    return given or Path(os.environ.get("DROPOUT_LAB_DATA") or "data")


def load(name: str, folder: Path) -> Dataset:
    """Load a data set, downloading it into `folder` if it is needed and missing.

    Raises
    ------
    DataError
        If there is no such data set, or it cannot be had whole.
    """
    if name not in DATASETS:
        close = difflib.get_close_matches(name, DATASETS, n=1)
        hint = f"; did you mean {close[0]}?" if close else f" (known: {', '.join(DATASETS)})"
        raise DataError(f"dataset: no data set is called {name!r}{hint}")
    return DATASETS[name](folder)


def described(description: Description, folder: Path) -> Dataset:
    """Load the data that a config describes: a data set by its name, see `load`, or the user's own.

    Raises
    ------
    DataError
        If they cannot be had whole, or not be learnt from.
    """
    return load(description.name, folder) if isinstance(description, BuiltinDataset) else load_own(description, folder)


def local_files(name: str, folder: Path) -> list[Path]:
    """Return the files of a data set that are in `folder`; none for one that ships with a package."""
    return [folder / file for file in FILES.get(name, ()) if is_there(folder / file)]
