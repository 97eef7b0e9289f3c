"""One contender in a process of its own, timed and weighed from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks import workload
from benchmarks.contenders import OURS, Job
from benchmarks.rows import Row, extrapolate

__all__ = ["ContenderError", "Finished", "Settings", "measure", "run_process"]

_ROOT = Path(__file__).resolve().parent.parent
_POLL_SECONDS = 0.25
_MIB = 1024.0**2


class ContenderError(Exception):
    """A contender's process did not end well."""


@dataclass(frozen=True)
class Settings:
    """What is the same for all contenders."""

    data: Path
    epochs: int


@dataclass(frozen=True)
class Finished:
    """What a process printed on standard output, how long it ran, and its peak memory with its children."""

    output: str
    seconds: float
    peak_mib: float


def measure(run: int, job: Job, settings: Settings) -> list[Row]:
    """Run one process - for this project two - and return a row for each number of trials it stands for.

    This project's whole time and memory are its command line's; the parts of its time come from a second process
    that makes the same call from Python with a clock. A single fold, which the command line does not offer, is
    measured in the second alone.

    Raises
    ------
    ContenderError
        If it fails; with the end of what it wrote to standard error.
    """
    whole = script = run_process(_script(job, settings), job.contender.backend)
    if job.contender.name == OURS and job.measured > 1:
        with tempfile.TemporaryDirectory() as folder:
            whole = run_process(_command_line(job, settings, Path(folder, "out")), job.contender.backend)
    said = json.loads(script.output.splitlines()[-1])
    row = Row(
        run=run,
        contender=job.contender.name,
        trials=job.measured,
        extrapolated=False,
        whole_seconds=whole.seconds,
        peak_memory_mib=whole.peak_mib,
        **said,
    )
    return [extrapolate(row, size) for size in job.sizes]


def _script(job: Job, settings: Settings) -> list[str]:
    return [
        *(sys.executable, "-m", f"benchmarks.peers.{job.contender.module}"),
        *("--trials", str(job.sizes[0])),
        *("--most", str(job.measured)),
        *("--epochs", str(settings.epochs)),
        *("--data", str(settings.data)),
        *("--jobs", "-1" if job.contender.parallel else "1"),
        *("--started", repr(time.time())),
    ]


def _command_line(job: Job, settings: Settings, out: Path) -> list[str]:
    rates, repeats, _ = workload.grid(job.measured)
    verb = ["sweep", "sonar/hidden", "--rates", "0:0.9:0.1"] if len(rates) > 1 else ["run", "sonar/hidden"]
    shorter = [] if settings.epochs == workload.EPOCHS else ["--set", f"training.epochs={settings.epochs}"]
    return [
        *(sys.executable, "-m", "dropout_lab", *verb),
        *("--repeats", str(repeats)),
        *("--data-dir", str(settings.data.parent)),
        *("--out", str(out)),
        *shorter,
        "--quiet",
    ]


def run_process(command: Sequence[str], backend: str) -> Finished:
    """Run a command to its end; its own standard output and error go to files, so that no pipe can hold it up."""
    environment = {**os.environ, "KERAS_BACKEND": backend}
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        began = time.perf_counter()
        # S603 asks what is run: our own scripts, with arguments made in this file.
        process = subprocess.Popen(command, stdout=output, stderr=errors, cwd=_ROOT, env=environment)  # noqa: S603
        with _Scale(process.pid) as scale:
            try:
                _, status, usage = os.wait4(process.pid, 0)
            except BaseException:
                process.kill()
                process.wait()
                raise
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            raise ContenderError(f"{' '.join(command)}: exit {process.returncode}\n{errors.read()[-2000:]}")
        output.seek(0)
        own = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return Finished(output.read(), seconds, max(own, scale.peak) / _MIB)


class _Scale:
    """Weighs a process and its children together, now and then.

    A process alone is weighed exactly by the system, which keeps the peak; this is for those that start others.
    """

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self._process = psutil.Process(pid)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> _Scale:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(_POLL_SECONDS):
            try:
                family = [self._process, *self._process.children(recursive=True)]
            except psutil.Error:
                return
            self.peak = max(self.peak, sum(_resident(each) for each in family))


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:  # it has just ended
        return 0
