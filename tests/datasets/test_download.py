import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from builders import files

from dropout_lab.datasets.download import download
from dropout_lab.errors import DataError

BODY = b"the whole file\n" * 1000
Answer = Callable[[BaseHTTPRequestHandler], None]


def whole(request: BaseHTTPRequestHandler, body: bytes = BODY, promised: int | None = None) -> None:
    request.send_response(200)
    request.send_header("Content-Length", str(len(body) if promised is None else promised))
    request.end_headers()
    request.wfile.write(body)


ANSWERS: dict[str, Answer] = {
    "/whole": whole,
    "/other": lambda request: whole(request, b"another file\n"),
    "/empty": lambda request: whole(request, b""),
    "/cut": lambda request: whole(request, BODY[:100], promised=len(BODY)),
    "/missing": lambda request: request.send_error(404, "Not Found"),
    "/broken": lambda request: request.send_error(500, "Internal Server Error"),
}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the address of a server on this machine that answers as `ANSWERS` says."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            ANSWERS[self.path](self)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


@contextmanager
def nobody() -> Iterator[str]:
    """Give an address that nothing answers at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/file"


def check(file: Path) -> None:
    if file.read_bytes() != BODY:
        raise DataError("that is another file")


def refusal(target: Path, *sources: str) -> str:
    with pytest.raises(DataError) as caught:
        download(target, sources, check)
    return str(caught.value)


def test_the_first_source_that_works_is_used_and_nothing_else_is_left(server: str, tmp_path: Path) -> None:
    target = tmp_path / "deep" / "down" / "file.csv"
    download(target, [f"{server}/missing", f"{server}/whole", f"{server}/broken"], check)
    assert files(tmp_path) == {"deep/down/file.csv": BODY}
    assert [each.name for each in target.parent.iterdir()] == ["file.csv"]


def test_a_source_with_another_file_is_passed_over(server: str, tmp_path: Path) -> None:
    download(tmp_path / "file.csv", [f"{server}/other", f"{server}/cut", f"{server}/whole"], check)
    assert files(tmp_path) == {"file.csv": BODY}


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/missing", "answered 404"),
        ("/broken", "answered 500"),
        ("/other", "not the expected content (that is another file)"),
        ("/empty", "not the expected content (that is another file)"),
        ("/cut", "no connection ("),
    ],
)
def test_what_is_not_the_whole_file_is_refused_and_nothing_is_left(
    server: str, tmp_path: Path, path: str, said: str
) -> None:
    target = tmp_path / "file.csv"
    message = refusal(target, server + path)
    assert message.startswith(f"no source gave file.csv:\n  {server}{path}: {said}")
    assert message.endswith(f"\nFetch it by other means and put it at {target}")
    assert list(tmp_path.iterdir()) == []


def test_where_nobody_answers_it_says_so_and_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with nobody() as address:
        assert f"  {address}: no connection (" in refusal(tmp_path / "file.csv", address)
    assert list(tmp_path.iterdir()) == []


def test_every_source_that_failed_is_named(server: str, tmp_path: Path) -> None:
    with nobody() as address:
        message = refusal(tmp_path / "file.csv", f"{server}/missing", address, f"{server}/other")
    assert [line.split(": ")[0].strip() for line in message.splitlines()[1:4]] == [
        f"{server}/missing",
        address,
        f"{server}/other",
    ]


def test_an_old_file_is_kept_where_no_source_works(server: str, tmp_path: Path) -> None:
    target = tmp_path / "file.csv"
    target.write_bytes(b"old")
    refusal(target, f"{server}/other", f"{server}/cut")
    assert files(tmp_path) == {"file.csv": b"old"}


def test_a_folder_that_is_a_file_is_refused(server: str, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"mine")
    message = refusal(tmp_path / "data" / "file.csv", f"{server}/whole")
    assert message.startswith(f"{tmp_path / 'data'}: cannot store a download: ")
    assert files(tmp_path) == {"data": b"mine"}


def test_a_target_that_is_a_folder_is_refused(server: str, tmp_path: Path) -> None:
    (tmp_path / "file.csv").mkdir()
    assert "cannot store a download: " in refusal(tmp_path / "file.csv", f"{server}/whole")
    assert [each.name for each in tmp_path.iterdir()] == ["file.csv"]


def test_a_folder_made_for_a_download_that_fails_is_taken_away_again(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        download(tmp_path / "new" / "file", ["http://127.0.0.1:9/nothing"], lambda file: None)
    assert not list(tmp_path.iterdir())
