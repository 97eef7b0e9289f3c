"""A file that is named by its address: downloaded once into the data folder, and verified if its checksum is known."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from dropout_lab.config.data_files import is_url, plain_name
from dropout_lab.datasets.download import download, is_there
from dropout_lab.datasets.message_text import printable
from dropout_lab.datasets.tabular.text_encoding import is_web_page
from dropout_lab.errors import DataError, DatasetError

__all__ = ["check_sha256", "kept_at", "local_file", "sha256_of", "unverified_note"]


def local_file(file: str, folder: Path, sha256: str | None = None) -> str:
    """Return the path of a file; one that is named by its address is downloaded if it is not in ``folder/downloads``.

    Parameters
    ----------
    file : str
        A path, or an address.
    folder : Path
        Where data are downloaded to.
    sha256 : str or None
        What the file must have.

    Raises
    ------
    DataError
        If it cannot be downloaded, or is not the expected one.
    """
    if not is_url(file):
        return file
    target = kept_at(file, folder)

    def verify(downloaded: Path) -> None:
        content = downloaded.read_bytes()
        if sha256 is not None and sha256_of(content) != sha256:
            raise DataError(f"its SHA-256 is {sha256_of(content)}, not that of dataset.sha256")
        if is_web_page(content):
            raise DataError("a web page: get the address of the file that it shows or leads to")

    if not is_there(target):
        download(target, [file], verify)
    return str(target)


def kept_at(address: str, folder: Path) -> Path:
    """Return where a file that is named by its address is, once it has been downloaded."""
    hashed = hashlib.sha256(address.encode()).hexdigest()[:12]
    return folder / "downloads" / hashed / plain_name(PurePosixPath(unquote(urlsplit(address).path)).name)


def check_sha256(content: bytes | memoryview, sha256: str | None, file: str, name: str) -> None:
    """Raise `DatasetError` if content does not have its known checksum.

    Parameters
    ----------
    content : bytes
    sha256 : str or None
        None if it is not known.
    file : str
        As in the config: a path or an address.
    name : str
        The file in messages.
    """
    if sha256 is not None and (found := sha256_of(content)) != sha256:
        remedy = "remove it to have it downloaded again" if is_url(file) else "get the right file"
        raise DatasetError(
            [f"{name}: its SHA-256 is {found}, not that of dataset.sha256: {remedy}, or correct the key"]
        )


def unverified_note(content: bytes | memoryview, sha256: str | None, file: str, name: str) -> tuple[str, ...]:
    """Return a note on a file that was downloaded without a known checksum: its checksum."""
    if sha256 is not None or not is_url(file):
        return ()
    return (
        f"{printable(file, 200)} was downloaded to {name}, and is not downloaded again: to be sure of its content "
        f"elsewhere, set dataset.sha256: {sha256_of(content)}",
    )


def sha256_of(content: bytes | memoryview) -> str:
    """Return the checksum of a file's content, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
