"""A data set in memory."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Dataset", "checksum"]


@dataclass(frozen=True)
class Dataset:
    """Rows to learn from.

    Attributes
    ----------
    name : str
    features : array of shape (rows, inputs), float64
    labels : array of shape (rows,), int64
        Class codes: positions in `classes`.
    classes : tuple of str
    source : str
        Where the rows came from.
    """

    name: str
    features: NDArray[np.float64]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    source: str


def checksum(data: Dataset) -> str:
    """Return the SHA-256 of a data set's values, labels and class names (not of the file they came in)."""
    digest = hashlib.sha256()
    digest.update(repr((data.features.shape, data.classes)).encode())
    digest.update(np.ascontiguousarray(data.features, dtype="<f8").tobytes())
    digest.update(np.ascontiguousarray(data.labels, dtype="<i8").tobytes())
    return digest.hexdigest()
