"""Where the user's data are: a path, relative to the config that names it, or an address; and what its ending says."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import unquote, urlsplit

__all__ = [
    "FILES",
    "file_stem",
    "identity",
    "is_url",
    "path_keys",
    "plain_name",
    "relative_paths",
    "resolve_paths",
    "source_key",
]

FILES = frozenset({"csv", "parquet", "npz", "hdf5", "npy", "folder"})
"""Keys of a section that name the file, or the folder, of its data."""

_PATHS = FILES | {"test"}
"""Keys of a section that name a file."""

_NPY_PATHS = frozenset({"target", "test_target", "group", "fold", "time"})
"""Keys that name a file where each array has one of its own."""

_ENDINGS = {
    **dict.fromkeys((".csv", ".tsv", ".txt", ".data"), "csv"),
    **dict.fromkeys((".h5", ".hdf5", ".hdf"), "hdf5"),
    ".parquet": "parquet",
    ".npz": "npz",
    ".npy": "npy",
}
_COMPRESSED = (".gz", ".bz2", ".xz", ".zip")
_URL = re.compile(r"https?://", re.IGNORECASE)


def is_url(file: str) -> bool:
    """Return whether a file is to be downloaded."""
    return _URL.match(file) is not None


def source_key(file: str) -> str | None:
    """Return the key for a file with such an ending: ``csv`` for ``my.csv.gz``; None if it says nothing."""
    if file.endswith(os.sep) and not is_url(file):
        return "folder"
    return _ENDINGS.get(_uncompressed(file).suffix.lower())


def path_keys(data: Mapping[str, Any]) -> frozenset[str]:
    """Return the keys of a section's plain data that name a file."""
    return _PATHS | _NPY_PATHS if "npy" in data else _PATHS


def file_stem(file: str) -> str:
    """Return a file's name without its folder and endings: ``my`` for ``data/my.csv.gz``."""
    return _uncompressed(file).stem


def _uncompressed(file: str) -> PurePath:
    path = PurePath(unquote(urlsplit(file).path) if is_url(file) else file)
    return path.with_suffix("") if path.suffix.lower() in _COMPRESSED else path


def resolve_paths(data: Any, folder: Path) -> Any:
    """Return a section as a mapping, with the path of its file absolute.

    Parameters
    ----------
    data : any
        As written in a config: a mapping, or the name of a data set or file.
    folder : Path
        Of the config, to which paths are relative.
    """
    if isinstance(data, str):
        data = {source_key(data) or "name": data}
    if not isinstance(data, dict):
        return data
    paths = path_keys(data)
    return {key: _absolute(value, folder) if key in paths else value for key, value in data.items()}


def _absolute(path: Any, folder: Path) -> Any:
    """Return a file's absolute path without links in its folder; anything but a path as it is, for validation."""
    if not isinstance(path, str) or not path or "\0" in path or is_url(path):
        return path
    absolute = os.path.join(os.path.realpath(folder), os.path.expanduser(path)).rstrip(os.sep) or os.sep
    if os.path.basename(absolute) in (os.curdir, os.pardir):
        return os.path.realpath(absolute)
    return os.path.join(os.path.realpath(os.path.dirname(absolute)), os.path.basename(absolute))


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and not is_url(value)


def relative_paths(data: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return a section's plain data with the path of its file relative to a folder."""
    paths = path_keys(data)
    return {
        key: os.path.relpath(value, os.path.realpath(folder)) if key in paths and _is_path(value) else value
        for key, value in data.items()
    }


def identity(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a section's plain data tells its rows from those of another one.

    The folder of a file does not, nor what becomes of rows with equal inputs: if there are any, the checksum of the
    data tells. Nor does ``header: true``, once the default: whether the first line names the
    columns, what is read shows.
    """
    paths = path_keys(data)
    return {
        key: os.path.basename(value) if key in paths and _is_path(value) else value
        for key, value in data.items()
        if not (key == "header" and value is not False) and key != "duplicates"
    }


def plain_name(name: str) -> str:
    """Return a name that can be one of a file."""
    return re.sub(r"[^\w.-]+", "-", name).lstrip("-._")[:100] or "data"
