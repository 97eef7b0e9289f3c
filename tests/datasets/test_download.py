import io
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from builders import files

from dropout_lab.datasets.download import download
from dropout_lab.errors import DataError

BODY = b"the whole file\n" * 20_000
Answer = Callable[[BaseHTTPRequestHandler], None]
Serve = Callable[[Mapping[str, Answer]], str]


def whole(request: BaseHTTPRequestHandler, body: bytes = BODY, length: int | None = None) -> None:
    request.send_response(200)
    request.send_header("Content-Length", str(len(body) if length is None else length))
    request.end_headers()
    request.wfile.write(body)


ANSWERS: dict[str, Answer] = {
    "/whole": whole,
    "/other": lambda request: whole(request, b"another file\n"),
    "/empty": lambda request: whole(request, b""),
    "/cut": lambda request: whole(request, BODY[:100_000], length=len(BODY)),
    "/missing": lambda request: request.send_error(404, "Not Found"),
    "/broken": lambda request: request.send_error(500, "Internal Server Error"),
}


def in_turn(*answers: Answer) -> Answer:
    """Answer each request by the next of these, and all later ones by the last."""
    left = list(answers)
    return lambda request: (left.pop(0) if len(left) > 1 else left[0])(request)


@pytest.fixture
def server(serve: Serve) -> str:
    """Return the address of a server on this machine that answers as `ANSWERS` says."""
    return serve(ANSWERS)


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
    ("path", "reason"),
    [
        ("/missing", "HTTP error 404"),
        ("/broken", "HTTP error 500"),
        ("/other", "not the expected content (that is another file)"),
        ("/empty", "not the expected content (that is another file)"),
        ("/cut", "no connection ("),
    ],
)
def test_an_incomplete_or_wrong_file_is_refused_and_nothing_is_left(
    server: str, tmp_path: Path, path: str, reason: str
) -> None:
    target = tmp_path / "file.csv"
    message = refusal(target, server + path)
    assert message.startswith(f"file.csv could not be downloaded:\n  {server}{path}: {reason}")
    assert message.endswith(f"\nGet it by other means and put it at {target}")
    assert list(tmp_path.iterdir()) == []


def test_an_unreachable_source_is_reported_and_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_transfer_that_breaks_off_starts_again(serve: Serve, tmp_path: Path) -> None:
    address = serve({"/file": in_turn(ANSWERS["/cut"], ANSWERS["/broken"], ANSWERS["/cut"], whole)})
    download(tmp_path / "file.csv", [f"{address}/file"], check)
    assert files(tmp_path) == {"file.csv": BODY}


@pytest.mark.parametrize(("path", "requests"), [("/cut", 4), ("/broken", 1), ("/other", 1)])
def test_a_source_is_given_up_after_three_retries_and_at_once_where_no_transfer_began(
    serve: Serve, tmp_path: Path, path: str, requests: int
) -> None:
    received = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        received.append(request.path)
        ANSWERS[path](request)

    refusal(tmp_path / "file.csv", f"{serve({'/file': answer})}/file")
    assert len(received) == requests
    assert list(tmp_path.iterdir()) == []


def test_processes_that_download_at_once_do_not_disturb_each_other(serve: Serve, tmp_path: Path) -> None:
    both_here = threading.Barrier(2)

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(BODY)))
        request.end_headers()
        request.wfile.write(BODY[:100_000])
        both_here.wait(60)
        request.wfile.write(BODY[100_000:])

    program = "from test_download import *; download(Path(sys.argv[1]), sys.argv[2:], check)"
    command = [sys.executable, "-c", program, str(tmp_path / "file.csv"), f"{serve({'/file': answer})}/file"]
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    started = [subprocess.Popen(command, env=surroundings) for _ in range(2)]
    assert [process.wait(120) for process in started] == [0, 0]
    assert files(tmp_path) == {"file.csv": BODY}


def test_a_source_that_never_stops_sending_is_cut_off(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dropout_lab.datasets.download._MAX_BYTES", 1000)
    assert "not the expected content (more than 1,000 bytes)" in refusal(tmp_path / "file.csv", f"{server}/whole")
    assert list(tmp_path.iterdir()) == []


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_how_far_a_download_is(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", terminal)
    download(tmp_path / "file.csv", [f"{server}/whole"], check)
    assert "file.csv" in terminal.getvalue()
    assert "300.0/300.0 kB" in terminal.getvalue()


def test_without_a_terminal_a_download_prints_nothing(
    server: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    download(tmp_path / "file.csv", [f"{server}/whole"], check)
    assert capfd.readouterr() == ("", "")
