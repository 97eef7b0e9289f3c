"""Bilinear resizing, as Keras does it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["resize"]


def resize(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Resize a picture: what ``tf.image.resize`` gives, bilinear and without antialiasing, rounded to bytes.

    Each pixel of the result is interpolated between the four that are nearest to its center, in single precision.

    Parameters
    ----------
    pixels : array of shape (height, width, channels)
    size : tuple of int
        Height and width of the result.
    """
    if pixels.shape[:2] == size:
        return pixels
    top, bottom, down = _neighbors(size[0], pixels.shape[0])
    left, right, across = _neighbors(size[1], pixels.shape[1])

    def line(rows: NDArray[np.int64]) -> NDArray[np.float32]:
        start, end = (pixels[rows[:, None], columns].astype(np.float32) for columns in (left, right))
        return start + (end - start) * across[None, :, None]

    upper = line(top)
    return np.rint(upper + (line(bottom) - upper) * down[:, None, None]).astype(np.uint8)


def _neighbors(size: int, old: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Return for each position along an axis the old ones before and after it, and how far it is between them."""
    scale = np.float32(old) / np.float32(size)
    center = (np.arange(size, dtype=np.float32) + np.float32(0.5)) * scale - np.float32(0.5)
    floor = np.floor(center)
    before = np.maximum(floor, 0).astype(np.int64)
    after = np.minimum(np.ceil(center), old - 1).astype(np.int64)
    return before, after, center - floor
