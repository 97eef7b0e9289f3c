"""Read new pictures as a model's inputs: a file, or all in a folder, decoded and resized as in training."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dropout_lab.datasets import data_folder
from dropout_lab.datasets.message_text import relative_path
from dropout_lab.datasets.pictures.files import ENDINGS, is_picture, pictures_below
from dropout_lab.datasets.pictures.load import broken_problems
from dropout_lab.datasets.pictures.read import read_pictures
from dropout_lab.errors import DatasetError, ModelError

__all__ = ["holds_pictures", "read_new_pictures", "takes_pictures"]


def holds_pictures(path: Path) -> bool:
    """Return whether a path is that of a picture, by its name, or a folder."""
    return path.is_dir() or is_picture(path.name)


def takes_pictures(row: tuple[int, ...], of_bytes: bool) -> bool:
    """Return whether a model that was trained on such rows can be given files of pictures."""
    return len(row) == 3 and row[2] in (1, 3) and of_bytes


def read_new_pictures(path: Path, row: tuple[int, ...], of_bytes: bool) -> tuple[NDArray[np.uint8], list[str]]:
    """Read a picture, or all pictures in a folder and in those within it, sorted by folder and name.

    Parameters
    ----------
    path : Path
    row : tuple of int
        The shape of the rows that the model takes.
    of_bytes : bool
        Whether it was trained on bytes.

    Returns
    -------
    pictures : array of shape (pictures, inputs)
    files : list of str
        Their paths below that of the folder; of a picture alone its name.

    Raises
    ------
    ModelError
        If the model takes no pictures.
    DatasetError
        If there are none, or some cannot be read; names every one.
    """
    if not takes_pictures(row, of_bytes):
        raise ModelError(
            f"{path}: holds pictures, but the model was trained on {'bytes' if of_bytes else 'numbers'} of shape "
            f"{row}, not on pictures of bytes with one channel or three: give it rows of that shape in a file"
        )
    name = relative_path(str(path))
    paths, files = [str(path)], [path.name]
    if path.is_dir():
        paths, _ = pictures_below(str(path))
        files = [os.path.relpath(each, path) for each in paths]
    if not paths:
        raise DatasetError([f"{name}: has no picture ({', '.join(ENDINGS)})"])
    pictures = read_pictures(paths, (row[0], row[1], row[2]), data_folder(None))
    if problems := [*broken_problems(paths, pictures.broken, "and predict again")]:
        raise DatasetError(problems)
    return pictures.pixels, files
