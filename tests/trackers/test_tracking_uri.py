from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_lab.errors import TrackerError
from dropout_lab.trackers.tracking_uri import TrackingUri, parse_tracking_uri, redact

SECRET = "pass-w0rd"  # noqa: S105


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("http://host:5000", "http://host:5000"),
        ("https://host/mlflow/", "https://host/mlflow"),
        ("http://[::1]:5000", "http://[::1]:5000"),
        ("sqlite:///mlflow.db", "sqlite:///mlflow.db"),
        ("postgresql://host/db", "postgresql://host/db"),
        ("mysql+pymysql://host:3306/db", "mysql+pymysql://host:3306/db"),
    ],
)
def test_servers_and_databases_are_addresses(
    text: str, uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = parse_tracking_uri(text)
    assert (found.uri, found.shown, found.user) == (uri, uri, "")
    assert found.database != uri.startswith("http")


def test_the_user_and_password_of_a_server_are_taken_out_of_its_uri() -> None:
    found = parse_tracking_uri("https://ann:p%40ss%2Fword@host:5000/path")
    assert (found.uri, found.user, found.password) == ("https://host:5000/path", "ann", "p@ss/word")
    assert "word" not in repr(found)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "localhost:5000", "http://", "http:/host", "http://host:port", "http://host:99999", "http://[::1"),
        *("htp://host", "ftp://host", "http://host?x=1", "http://host#x", "postgresql:///db", "databricks"),
        *("sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///no/such/directory/mlflow.db", "sqlite:mlflow.db"),
        *("mlruns", "./mlruns", "file:///tmp/mlruns", "file:mlruns"),
        f"http://ann:{SECRET}/x@host",
        f"http://ann:12/{SECRET}@host",
        f"http://ann:?{SECRET}@host",
        f"http://ann:#{SECRET}@host",
        f"http//ann:{SECRET}@host",
        f"ann:{SECRET}@host:5000",
        f"htp://ann:{SECRET}@host",
        f"http://ann:{SECRET}@",
        f"http://host?token={SECRET}",
    ],
)
def test_what_is_no_address_is_refused_with_what_is_expected_and_without_its_secrets(text: str) -> None:
    with pytest.raises(TrackerError, match=r"--mlflow .*expected http://HOST:PORT of an MLflow server") as caught:
        parse_tracking_uri(text)
    assert SECRET not in str(caught.value)


def test_a_directory_is_taken_only_if_mlflow_itself_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TrackerError, match="MLflow takes only if MLFLOW_ALLOW_FILE_STORE=true is set"):
        parse_tracking_uri("file:///tmp/mlruns")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    assert parse_tracking_uri("file:///tmp/mlruns").uri == "file:///tmp/mlruns"


@given(
    st.sampled_from(["http", "https", "postgresql", "mysql+pymysql", "htp", ""]),
    st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=12),
)
def test_no_password_is_shown_whatever_is_in_it(scheme: str, password: str) -> None:
    redacted = redact(f"{scheme}://ann:<{password}>@host/db?password=<{password}>")
    assert f"<{password}>" not in redacted
    assert "ann" not in redacted


def test_secrets_are_taken_out_of_errors() -> None:
    server = parse_tracking_uri(f"http://ann:{SECRET}@host")
    assert server.redact_in(f"no {SECRET} at http://ann:{SECRET}@host") == "no *** at http://***@host"
    database = parse_tracking_uri(f"postgresql://ann:{SECRET}@host/db?sslpassword=more")
    redacted = database.redact_in(f"{database.uri}: {SECRET} is wrong, ann:{SECRET}, sslpassword=more")
    assert redacted == "postgresql://host/db: *** is wrong, ***, ***"
    assert TrackingUri("sqlite:///a.db", "sqlite:///a.db").redact_in("sqlite:///a.db") == "sqlite:///a.db"
