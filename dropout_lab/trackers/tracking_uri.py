"""The tracking URI of MLflow: checked before anything is trained, its secrets kept out of what is shown."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from dropout_lab.errors import TrackerError

__all__ = ["TrackingUri", "parse_tracking_uri", "redact"]

_EXPECTED = "expected http://HOST:PORT of an MLflow server, or a database as sqlite:///mlflow.db"
_DATABASES = ("sqlite", "postgresql", "mysql", "mssql")
_ALLOWED = "MLFLOW_ALLOW_FILE_STORE"


@dataclass(frozen=True)
class TrackingUri:
    """The tracking URI of an MLflow store.

    Attributes
    ----------
    uri : str
        For MLflow; a server's without user and password.
    shown : str
        For people: without anything that may be a secret.
    user, password : str
        Of a server; empty if there are none.
    database : bool
        Whether it is a database, rather than a server or a directory.
    """

    uri: str = field(repr=False)
    shown: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    database: bool = False

    def redact_in(self, text: str) -> str:
        """Return a text, such as an error's, without this URI's secrets."""
        before, _, options = self.uri.partition("://")[2].partition("?")
        login = before.rpartition("@")[0]
        password = login.partition(":")[2]
        secrets = {
            login,
            password,
            unquote(password),
            options,
            self.password,
            self.user and f"{self.user}:{self.password}",
        }
        text = text.replace(self.uri, self.shown)
        for secret in sorted(filter(None, secrets), key=len, reverse=True):
            text = text.replace(secret, "***")
        return text


def parse_tracking_uri(text: str) -> TrackingUri:
    """Parse a tracking URI.

    Raises
    ------
    TrackerError
        If MLflow could not use it. A directory of files is refused unless MLflow is configured to take one, for MLflow
        no longer supports them.
    """
    text = text.strip()
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:  # its message may contain a part of a password
        raise _error(text, "is malformed") from None
    kind = parts.scheme.partition("+")[0]
    if kind == "sqlite":
        _check_file(text)
    elif kind in ("http", "https", *_DATABASES):
        if not host:
            raise _error(text, "has no host")
    elif kind == "file" or (not kind and text):
        if os.environ.get(_ALLOWED, "").lower() not in ("true", "1"):
            raise _error(text, f"is a directory, which MLflow takes only if {_ALLOWED}=true is set")
    else:
        raise _error(text, "is not an address that MLflow supports")
    if parts.scheme not in ("http", "https"):
        return TrackingUri(text, redact(text), database=kind in _DATABASES)
    if parts.query or parts.fragment or "@" in parts.path:
        raise _error(text, "is malformed (in a user or password, write / ? # and @ as %2F %3F %23 and %40)")
    uri = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"), "", ""))
    return TrackingUri(uri, redact(text), unquote(parts.username or ""), unquote(parts.password or ""))


def redact(text: str) -> str:
    """Return a URI without user, password and options, whether it is well-formed or not."""
    text = text.strip()
    scheme, separator, rest = text.partition("://") if "://" in text else ("", "", text)
    if not scheme.startswith(("sqlite", "file")):
        rest = rest.rpartition("@")[2]
    return f"{scheme}{separator}{rest}".partition("?")[0].partition("#")[0].rstrip("/")


def _check_file(text: str) -> None:
    """Refuse a SQLite file that cannot be created."""
    _, _, name = text.partition(":///")
    if not name or name.startswith(":memory:"):
        raise _error(text, "has no file name")
    folder = Path(unquote(name.partition("?")[0])).parent
    if not folder.is_dir():
        raise _error(text, f"there is no directory {folder}")


def _error(text: str, problem: str) -> TrackerError:
    return TrackerError(f"--mlflow {redact(text)}: {problem}: {_EXPECTED}")
