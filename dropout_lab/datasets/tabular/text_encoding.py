"""How the bytes of a text file stand for characters, detected from its content."""

from __future__ import annotations

import io
from collections.abc import Iterable

from dropout_lab.errors import DatasetError

__all__ = ["decoded_lines", "detect_encoding"]

_OTHER_FORMATS = {
    b"PK\x03\x04": "a zip archive, for example an Excel workbook: export it as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook: export it as CSV",
    b"PAR1": "a Parquet file: set dataset.parquet instead of dataset.csv",
    b"\x93NUMPY": "a NumPy array: save it with numpy.savez and set dataset.npz",
    b"\x1f\x8b": "compressed: unpack it first",
}


def detect_encoding(content: bytes, file: str) -> tuple[str, tuple[str, ...]]:
    """Return the encoding of a text file, and notes for the user.

    Raises
    ------
    DatasetError
        If it is not a text file; says what it is instead, where its first bytes tell.
    """
    for start, description in _OTHER_FORMATS.items():
        if content.startswith(start):
            raise DatasetError([f"{file}: not a CSV file but {description}"])
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            content.decode("utf-16")
        except UnicodeDecodeError:
            raise DatasetError(
                [f"{file}: not a CSV file: it starts like UTF-16 text but is not valid UTF-16"]
            ) from None
        return "utf-16", ()
    if b"\0" in content:
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        raise DatasetError([f"{file}:{line}: not a CSV file: it contains a zero byte"])
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        note = f"{file}:{line}: not valid UTF-8, so read as Latin-1; if letters look wrong, save the file as UTF-8"
        return "latin-1", (note,)
    return "utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "utf-8", ()


def decoded_lines(content: bytes, encoding: str) -> Iterable[str]:
    """Decode line by line, which takes far less memory than the whole text."""
    return io.TextIOWrapper(io.BytesIO(content), encoding, newline="")
