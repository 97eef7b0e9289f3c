"""Random oversampling: rows of smaller classes are repeated until all classes are equally frequent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["repeated_rows", "rows_when_balanced"]


def repeated_rows(rows: NDArray[np.int64], labels: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Draw rows of each smaller class, with replacement, that fill it up to the size of the largest.

    Parameters
    ----------
    rows : array of shape (rows,)
        Row numbers of the training rows: the only ones that are drawn.
    labels : array of shape (rows of the data set,)
        Class codes.
    seed : int

    Returns
    -------
    array of shape (further rows,)
        In the order of the classes; empty if they are equally frequent already.
    """
    rng = np.random.default_rng(seed)
    classes = labels[rows]
    codes, counts = np.unique(classes, return_counts=True)
    missing = counts.max() - counts
    return np.concatenate(
        [rng.choice(rows[classes == code], count) for code, count in zip(codes, missing, strict=True)]
    )


def rows_when_balanced(rows: NDArray[np.int64], labels: NDArray[np.int64]) -> int:
    """Return the number of rows together with their `repeated_rows`."""
    _, counts = np.unique(labels[rows], return_counts=True)
    return int(len(counts) * counts.max())
