"""How the bytes of a text file stand for characters: as the config says, or detected."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator

from dropout_lab.errors import DatasetError

__all__ = ["decoded_lines", "detect_encoding", "is_web_page"]

_OTHER_FORMATS = {
    b"\xd0\xcf\x11\xe0": "an old Excel workbook: export it as CSV",
    b"PAR1": "a Parquet file: set dataset.parquet instead of dataset.csv",
    b"\x93NUMPY": "a NumPy array: save it with numpy.savez and set dataset.npz",
    b"%PDF-": "a PDF: export its table as CSV",
}
_WEB_PAGE = (b"<!doctype html", b"<html")
_WITH_MARK = {
    "utf-8": "utf-8-sig",
    "utf-16-le": "utf-16",
    "utf-16-be": "utf-16",
    "utf-32-le": "utf-32",
    "utf-32-be": "utf-32",
}
"""Encoding -> the one that leaves out a byte order mark."""


def detect_encoding(content: bytes, file: str, known: str | None = None) -> tuple[str, tuple[str, ...]]:
    """Return the encoding of a text file, and notes for the user.

    Parameters
    ----------
    content : bytes
    file : str
        Its name in messages.
    known : str or None
        The encoding that the config says.

    Raises
    ------
    DatasetError
        If it is not a text file; says what it is instead, where its first bytes tell.
    """
    for start, description in _OTHER_FORMATS.items():
        if content.startswith(start):
            raise DatasetError([f"{file}: not a CSV file but {description}"])
    if is_web_page(content):
        raise DatasetError([f"{file}: not a CSV file but a web page: get the file that it shows or leads to"])
    if known is not None:
        return _check(content, known, file), ()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            content.decode("utf-16")
        except UnicodeDecodeError:
            raise DatasetError(
                [f"{file}: not a CSV file: it starts like UTF-16 text but is not valid UTF-16"]
            ) from None
        return "utf-16", ()
    if b"\0" in content:
        raise DatasetError([_zero_byte(content, file)])
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        encoding, name = _of_single_bytes(content)
        note = (
            f"{file}:{line}: not valid UTF-8, so read as {name}; if letters look wrong, set dataset.encoding, "
            "e.g. cp1250, or save the file as UTF-8"
        )
        return encoding, (note,)
    return "utf-8-sig" if content.startswith(codecs.BOM_UTF8) else "utf-8", ()


def is_web_page(content: bytes) -> bool:
    """Return whether content is HTML, as a server may send it in place of a file."""
    return content[:100].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_WEB_PAGE)


def decoded_lines(content: bytes, encoding: str) -> Iterator[str]:
    """Decode line by line, which takes far less memory than the whole text."""
    return io.TextIOWrapper(io.BytesIO(content), encoding, newline="")


def _of_single_bytes(content: bytes) -> tuple[str, str]:
    """Return the encoding of Western European text with a byte for each letter, and its usual name."""
    try:
        content.decode("cp1252")
    except UnicodeDecodeError:  # five bytes mean nothing in it
        return "latin-1", "Latin-1"
    return "cp1252", "cp1252 (Western European Windows)"


def _check(content: bytes, encoding: str, file: str) -> str:
    """Return an encoding that the content is in, one without a byte order mark."""
    try:
        text = content.decode(encoding)
    except UnicodeError as error:
        line = content.count(b"\n", 0, getattr(error, "start", 0)) + 1
        raise DatasetError(
            [f"{file}:{line}: not valid {encoding}: correct dataset.encoding, or leave it out to have it detected"]
        ) from None
    if "\0" in text:
        raise DatasetError([f"{_zero_byte(content, file)}; dataset.encoding: {encoding} may be the wrong one"])
    return _WITH_MARK.get(codecs.lookup(encoding).name, encoding) if text.startswith("\ufeff") else encoding


def _zero_byte(content: bytes, file: str) -> str:
    """Say where a file has a zero byte, and why that may be."""
    position = content.index(b"\0")
    line = content.count(b"\n", 0, position) + 1
    start = content[:1000]
    odd, even = start[1::2].count(0), start[::2].count(0)
    hint = ""
    if max(odd, even) * 4 > len(start):  # every other byte, if most characters are Latin
        hint = f": if it is UTF-16 text, set dataset.encoding: utf-16-{'le' if odd > even else 'be'}"
    return f"{file}:{line}: not a CSV file: it contains a zero byte{hint}"
