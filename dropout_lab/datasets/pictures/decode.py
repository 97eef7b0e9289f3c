"""A file -> the pixels of a picture, decoded by Pillow as TensorFlow would."""

from __future__ import annotations

import os
import stat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropout_lab.datasets.message_text import first_line

__all__ = ["FORMATS", "BrokenPictureError", "decode", "opened"]

FORMATS = ("BMP", "GIF", "JPEG", "PNG")
"""What is read, whatever a file is called."""

_OTHERS = {
    b"RIFF": "a WebP picture",
    b"II*\0": "a TIFF picture",
    b"MM\0*": "a TIFF picture",
    b"%PDF": "a PDF document",
    b"<": "a text, perhaps a page in place of a picture",
}
"""How files begin that are often called pictures."""


class BrokenPictureError(Exception):
    """A file that is no picture; the message says why."""


def decode(path: str, channels: int) -> NDArray[np.uint8]:
    """Return the pixels of a picture, of shape (height, width, channels).

    Of an animation it is the first frame. Transparency, color profiles and the orientation in a camera's notes (EXIF)
    are left out, and of 16 bits the upper 8 are left, all as by TensorFlow.

    Parameters
    ----------
    path : str
    channels : int
        3 for red, green and blue, 1 for gray.

    Raises
    ------
    BrokenPictureError
    """
    try:
        with opened(path) as image:
            if channels == 1 and image.format in ("JPEG", "MPO"):
                image.draft("L", image.size)  # the luminance that is stored
            if image.mode.startswith("I"):
                pixels = (np.asarray(image) >> 8).astype(np.uint8)[:, :, None]
                return np.repeat(pixels, channels, axis=2)
            array = np.asarray(image.convert("RGB" if channels == 3 else "L"))
            return array.reshape(image.size[1], image.size[0], channels)
    except BrokenPictureError:
        raise
    except Exception as error:  # its decoders raise many kinds of them
        raise BrokenPictureError(_reason(path, error)) from None


def opened(path: str) -> Any:
    """Open a picture, of which only the header is read."""
    from PIL import Image

    if not stat.S_ISREG(os.stat(path).st_mode):
        raise BrokenPictureError("is not a file")
    return Image.open(path, formats=FORMATS)


def _reason(path: str, error: Exception) -> str:
    from PIL import UnidentifiedImageError

    if isinstance(error, FileNotFoundError):
        return "is a link that leads nowhere" if os.path.islink(path) else "no such file"
    if isinstance(error, UnidentifiedImageError):
        with open(path, "rb") as file:
            start = file.read(12)
        if not start:
            return "is empty"
        found = next((kind for mark, kind in _OTHERS.items() if start.startswith(mark)), "")
        found = "a HEIC or AVIF picture" if start[4:8] == b"ftyp" else found
        return f"is {found}, not BMP, GIF, JPEG or PNG" if found else "is not a picture: BMP, GIF, JPEG or PNG"
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be read: {error.strerror}"
    return f"is damaged: {first_line(error)}"
