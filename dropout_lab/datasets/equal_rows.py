"""Which rows of an array are equal."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["first_equal_rows"]

_CHUNK_BYTES = 2**23


def first_equal_rows(features: NDArray[Any]) -> NDArray[np.int64]:
    """Find for each row the first one that is equal to it: exactly, a missing value being equal to a missing one.

    Parameters
    ----------
    features : array of shape (rows, columns)
        Numbers or bytes; NaN where missing.

    Returns
    -------
    array of shape (rows,), int64
        Row numbers; a row that no earlier one is equal to has its own.
    """
    chunks = _chunks(features)
    hashes = np.concatenate([_hashes(_comparable(features[rows])) for rows in chunks] or [np.zeros(0, np.int64)])
    _, first, code = np.unique(hashes, return_index=True, return_inverse=True)
    found: NDArray[np.int64] = first[code].astype(np.int64)
    equal = [_bytes(_comparable(features[rows])) == _bytes(_comparable(features[found[rows]])) for rows in chunks]
    left = np.flatnonzero(~np.concatenate([*equal, np.zeros(0, bool)]))
    if len(left):  # other rows of the same hash, so few that they can be sorted
        _, first, code = np.unique(_bytes(_comparable(features[left])), return_index=True, return_inverse=True)
        found[left] = left[first[code]]
    return found


def _chunks(features: NDArray[Any]) -> list[slice]:
    size = max(1, _CHUNK_BYTES // max(1, features.itemsize * features.shape[1]))
    return [slice(start, start + size) for start in range(0, len(features), size)]


def _comparable(features: NDArray[Any]) -> NDArray[Any]:
    """Return rows that are equal if and only if their bytes are."""
    if features.dtype.kind != "f":
        return np.ascontiguousarray(features)
    copy = np.ascontiguousarray(features) + 0.0  # -0 is 0
    copy[np.isnan(copy)] = np.nan
    return copy


def _bytes(rows: NDArray[Any]) -> NDArray[Any]:
    """Return each row as one value of its bytes."""
    return rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1])))[:, 0]


def _hashes(rows: NDArray[Any]) -> NDArray[np.int64]:
    return np.fromiter((hash(row.tobytes()) for row in rows), np.int64, len(rows))
