"""A Dask scheduler and workers: real processes on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

PATIENCE = 300
"""Seconds after which a process that does not get anywhere has failed the test."""
_DASK = [sys.executable, "-m", "dask"]
_QUIET: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


class Processes:
    """A scheduler and its workers.

    Attributes
    ----------
    address : str
    scheduler : subprocess.Popen
    workers : list of subprocess.Popen
    """

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self.workers: list[subprocess.Popen[bytes]] = []
        self._folder = folder
        self._environment = {**os.environ, **settings}
        self.file = folder / "scheduler.json"
        self.start_scheduler("0")

    def start_scheduler(self, port: str) -> None:
        """Start a scheduler, and wait until it can be reached."""
        self.file.unlink(missing_ok=True)
        options = ["--host", "127.0.0.1", "--port", port, "--no-dashboard", "--scheduler-file", str(self.file)]
        self.scheduler = self._begin("scheduler", *options)
        end = time.monotonic() + PATIENCE
        while not self.file.exists() or not self.file.read_text().endswith("}"):
            assert time.monotonic() < end
            assert self.scheduler.poll() is None
            time.sleep(0.05)
        self.address = str(json.loads(self.file.read_text())["address"])

    def start_worker(self, *before: str) -> subprocess.Popen[bytes]:
        """Start a worker of one thread, under a command if one is given."""
        options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"]
        options += ["--local-directory", str(self._folder), "--death-timeout", "120"]
        self.workers.append(self._begin("worker", self.address, *options, before=before))
        return self.workers[-1]

    def end(self) -> None:
        """End all processes."""
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()

    def _begin(self, *arguments: str, before: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
        return subprocess.Popen([*before, *_DASK, *arguments], cwd=self._folder, env=self._environment, **_QUIET)


@contextmanager
def processes(folder: Path, workers: int, **settings: str) -> Iterator[Processes]:
    """Give a scheduler and so many workers, of one thread each; `settings` go into their environment."""
    found = Processes(folder, settings)
    try:
        for _ in range(workers):
            found.start_worker()
        yield found
    finally:
        found.end()


def children(process: subprocess.Popen[bytes]) -> list[int]:
    """Return the processes that a process has started."""
    found: list[int] = []
    for task in Path(f"/proc/{process.pid}/task").iterdir():
        with suppress(OSError):
            found += map(int, (task / "children").read_text().split())
    return found
