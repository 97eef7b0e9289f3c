"""What killed downloads leave behind. Real processes, real signals, a server on this machine."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from builders import files
from program import environment

from dropout_lab.datasets.download import download
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
            while not any(file.stat().st_size for file in folder.glob(".download-*/incomplete")):
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
        _, output = process.communicate(timeout=PATIENCE)
        assert (process.returncode, output) == (130, "")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_download_left_is_removed_by_the_next_one_and_nothing_else(serve: Serve, tmp_path: Path) -> None:
    for name in (".download-mine", ".download-of__2024"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    with downloading(serve, tmp_path, "data", "fetch", "sonar") as process:
        fail_to_download(tmp_path)
        assert list(tmp_path.glob(".download-*/incomplete"))  # it is in use
        process.kill()
        process.wait()
    assert list(tmp_path.glob(".download-*/incomplete"))
    fail_to_download(tmp_path)
    assert files(tmp_path) == {".download-mine/file": b"", ".download-of__2024/file": b""}
    assert len(list(tmp_path.iterdir())) == 2


def fail_to_download(folder: Path) -> None:
    with pytest.raises(DataError, match="could not be downloaded"):
        download(folder / "other", (), lambda file: None)
