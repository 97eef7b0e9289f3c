"""Where an MLflow store is: checked before anything is trained, its secrets kept out of sight."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from dropout_lab.errors import TrackerError

__all__ = ["Address", "address", "redact"]

_EXPECTED = "expected http://HOST:PORT of an MLflow server, or a database as sqlite:///mlflow.db"
_DATABASES = ("sqlite", "postgresql", "mysql", "mssql")
_ALLOWED = "MLFLOW_ALLOW_FILE_STORE"


@dataclass(frozen=True)
class Address:
    """The address of an MLflow store.

    Attributes
    ----------
    uri : str
        For MLflow; of a server, without user and password.
    shown : str
        For people: without anything that may be a secret.
    user, password : str
        Of a server; empty if there are none.
    database : bool
        Whether it is one, rather than a server or a directory.
    """

    uri: str = field(repr=False)
    shown: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    database: bool = False

    def clean(self, text: str) -> str:
        """Return a text, such as an error's, without this address's secrets."""
        secrets = {self.uri, *_secrets(self.uri), self.password, self.user and f"{self.user}:{self.password}"}
        for secret in sorted(filter(None, secrets - {self.shown}), key=len, reverse=True):
            text = text.replace(secret, self.shown if secret == self.uri else "***")
        return text


def address(text: str) -> Address:
    """Read an address.

    Raises
    ------
    TrackerError
        If MLflow could not use it.
    """
    try:
        parts = urlsplit(text.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:  # what it says may hold a part of a password
        raise _refused(text, "is malformed") from None
    kind = parts.scheme.partition("+")[0]
    if parts.scheme in ("http", "https"):
        return _server(text, parts, host)
    if kind in _DATABASES:
        if kind == "sqlite":
            _check_file(text)
        elif not host:
            raise _refused(text, "names no host")
        return Address(text.strip(), redact(text), database=True)
    if kind == "file" or (not parts.scheme and text.strip()):
        return _directory(text)
    raise _refused(text, "is no address that MLflow knows")


def redact(text: str) -> str:
    """Return an address without user, password and options, whether it is well-formed or not."""
    text = text.strip()
    scheme, separator, rest = text.partition("://") if "://" in text else ("", "", text)
    if not scheme.startswith(("sqlite", "file")):
        rest = rest.rpartition("@")[2]
    return f"{scheme}{separator}{rest}".partition("?")[0].partition("#")[0].rstrip("/")


def _server(text: str, parts: SplitResult, host: str | None) -> Address:
    if not host:
        raise _refused(text, "names no host")
    if parts.query or parts.fragment or "@" in parts.path:
        raise _refused(text, "is malformed (in a user or password, write / ? # and @ as %2F %3F %23 and %40)")
    place = parts.netloc.rpartition("@")[2]
    uri = urlunsplit((parts.scheme, place, parts.path.rstrip("/"), "", ""))
    return Address(uri, redact(text), unquote(parts.username or ""), unquote(parts.password or ""))


def _check_file(text: str) -> None:
    """Refuse a SQLite file that cannot be made."""
    head, _, name = text.strip().partition(":///")
    if not name or name.startswith(":memory:") or not head:
        raise _refused(text, "names no file")
    folder = Path(unquote(name.partition("?")[0])).parent
    if not folder.is_dir():
        raise _refused(text, f"there is no directory {folder}")


def _directory(text: str) -> Address:
    """Take a directory of files only if MLflow does: it has given them up, and refuses them unless told otherwise."""
    if os.environ.get(_ALLOWED, "").lower() not in ("true", "1"):
        raise _refused(text, f"is a directory, which MLflow takes only if {_ALLOWED}=true is set")
    return Address(text.strip(), redact(text))


def _secrets(uri: str) -> list[str]:
    """Return what may be secret in the address of a database: user and password, and its options."""
    rest = uri.partition("://")[2]
    before, _, options = rest.partition("?")
    user, at, _ = before.rpartition("@")
    password = user.partition(":")[2]
    return [options, *([user, password, unquote(password)] if at else [])]


def _refused(text: str, why: str) -> TrackerError:
    return TrackerError(f"--mlflow {redact(text)}: {why}: {_EXPECTED}")
