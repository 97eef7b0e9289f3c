"""The size and color that a config starts with, by the headers of the pictures."""

from __future__ import annotations

import warnings
from contextlib import suppress
from typing import Any

import numpy as np

from dropout_lab.datasets.pictures.decode import opened
from dropout_lab.datasets.pictures.files import find_pictures

__all__ = ["starter_keys"]

_MOST_SIDE, _LEAST_SIDE = 64, 8
_GRAY = frozenset({"1", "L", "LA", "I;16", "I"})
"""Modes of Pillow without color."""


def starter_keys(folder: str) -> dict[str, Any]:
    """Propose keys for the section of a folder of pictures.

    Returns
    -------
    dict
        ``size``: the median height and width, made smaller alike where one of them is above 64; ``color: grayscale`` if
        no picture is stored in color.

    Raises
    ------
    DatasetError
        If there are no pictures of two classes or more.
    """
    sizes, modes = [], set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Pillow, about what it reads all the same
        for path in find_pictures(folder).paths:
            with suppress(Exception), opened(path) as image:  # a broken one is told when it is read
                sizes.append((image.size[1], image.size[0]))
                modes.add(image.mode)
    median = np.median(sizes, axis=0) if sizes else np.full(2, _MOST_SIDE)
    size = np.clip(np.rint(median * min(1, _MOST_SIDE / median.max())), _LEAST_SIDE, _MOST_SIDE)
    color = {"color": "grayscale"} if modes and modes <= _GRAY else {}
    return {"size": [int(side) for side in size], **color}
