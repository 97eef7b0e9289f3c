"""What killed downloads leave behind. Real processes, real signals, a server on this machine."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from builders import files
from program import environment

from dropout_lab import datasets
from dropout_lab.datasets.scratch import clear, scratch
from dropout_lab.errors import DataError

Serve = Callable[[Mapping[str, Callable[[BaseHTTPRequestHandler], None]]], str]
PATIENCE = 120
PROGRAM = """\
import sys
from dropout_lab.cli import main
from dropout_lab.datasets import sonar

sonar.SOURCES = (sys.argv.pop(1),)
main()
"""


@contextmanager
def downloading(serve: Serve, folder: Path, *command: str) -> Iterator[subprocess.Popen[str]]:
    """Give a process that has received the first part of Sonar, the rest of which does not come."""
    over = threading.Event()

    def stuck(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "1000000")
        request.end_headers()
        request.wfile.write(bytes(500_000))
        over.wait(PATIENCE)

    arguments = [sys.executable, "-c", PROGRAM, f"{serve({'/file': stuck})}/file", *command, "--data-dir", str(folder)]
    surroundings = {**environment(), "NO_PROXY": "127.0.0.1"}
    with subprocess.Popen(arguments, cwd=folder, env=surroundings, stderr=subprocess.PIPE, text=True) as process:
        try:
            end = time.monotonic() + PATIENCE
            while not any(file.stat().st_size for file in folder.glob(".download-*/file")):
                assert process.poll() is None
                assert time.monotonic() < end
                time.sleep(0.01)
            yield process
        finally:
            over.set()
            process.kill()


def test_ctrl_c_while_data_are_downloaded_ends_a_run_at_once_and_leaves_nothing(serve: Serve, tmp_path: Path) -> None:
    with downloading(serve, tmp_path, "run", "sonar/hidden", "--out", "out") as process:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)
        assert (process.returncode, said) == (130, "")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_download_left_is_removed_by_the_next_start_and_no_other(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".download-mine").mkdir()
    (tmp_path / ".download-of__2024").mkdir()
    with downloading(serve, tmp_path, "data", "fetch", "sonar") as process:
        clear(tmp_path)
        assert files(tmp_path)  # it is in use
        process.kill()
        process.wait()
    assert files(tmp_path)
    monkeypatch.setattr("dropout_lab.datasets.sonar.SOURCES", ())
    with pytest.raises(DataError, match="no source gave"):
        datasets.load("sonar", tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == [".download-mine", ".download-of__2024"]


def test_a_folder_to_work_in_is_gone_in_the_end_whatever_happens(tmp_path: Path) -> None:
    with suppress(KeyError), scratch(tmp_path, "unpack") as folder:
        (folder / "file").touch()
        clear(tmp_path)
        assert (folder / "file").exists()
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_cleared_where_there_is_no_folder(tmp_path: Path) -> None:
    clear(tmp_path / "missing")
    (tmp_path / "file").touch()
    clear(tmp_path / "file")
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
