"""The program as a user starts it: within the process of the tests, or, where that matters, in one of its own."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any
from unittest.mock import patch

import pandas as pd

from dropout_lab.cli import main
from dropout_lab.engines import runtime

COMMAND = [sys.executable, "-m", "dropout_lab"]
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def call(*arguments: object, cwd: Path, data: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run one command in a directory, as `call_process` does but without a new Python.

    `data` is what ``$DROPOUT_LAB_DATA`` names. Everything that a command changes in its process is put back. A warning
    is an error in it, as in any test.
    """
    command = ["dropout-lab", *map(str, arguments)]
    with ExitStack() as stack:
        out, errors = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(2))
        with _as_if_new(command, cwd, environment(data)), _redirected(1, out), _redirected(2, errors):
            code = _exit_code()
        texts = []
        for file in (out, errors):
            file.seek(0)
            texts.append(file.read().decode())
    return subprocess.CompletedProcess(command, code, *texts)


def call_process(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run one command in a directory, in a process of its own."""
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=environment(), capture_output=True, text=True, check=False)


def _exit_code() -> int:
    """Call `main` and return what Python would end with."""
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


@contextmanager
def _as_if_new(command: list[str], cwd: Path, env: dict[str, str]) -> Iterator[None]:
    """Have a command line, a working directory and an environment; give back these, signals, and Keras' settings."""
    before, handlers, hook = Path.cwd(), {number: signal.getsignal(number) for number in _SIGNALS}, sys.excepthook
    with patch.object(sys, "argv", command), patch.dict(os.environ, env, clear=True), runtime.restored_settings():
        os.chdir(cwd)
        try:
            yield
        finally:
            os.chdir(before)
            sys.excepthook = hook  # Typer sets its own
            for number, handler in handlers.items():
                signal.signal(number, handler)


@contextmanager
def _redirected(number: int, file: IO[bytes]) -> Iterator[None]:
    """Let what goes to standard output (1) or error (2) go to a file, also where native code writes it."""
    name = {1: "stdout", 2: "stderr"}[number]
    getattr(sys, name).flush()
    kept = os.dup(number)
    os.dup2(file.fileno(), number)
    try:
        with open(number, "w", encoding="utf-8", closefd=False) as stream, patch.object(sys, name, stream):
            yield
    finally:
        os.dup2(kept, number)
        os.close(kept)


@contextmanager
def heed_permissions() -> Iterator[None]:
    """Do without root's right to read and write what permissions forbid (on Linux); of this thread alone."""
    if os.geteuid() != 0:
        yield
        return
    override, search = 1, 2  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3; this thread
    rights = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable, and the same of rights from the 32nd on
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capget(header, rights):
        raise OSError(ctypes.get_errno(), "the rights cannot be read")
    effective = rights[0]
    rights[0] &= ~(1 << override | 1 << search)
    _set_rights(libc, header, rights)
    try:
        yield
    finally:
        rights[0] = effective
        _set_rights(libc, header, rights)


def _set_rights(libc: ctypes.CDLL, header: Any, rights: Any) -> None:
    if libc.capset(header, rights):
        raise OSError(ctypes.get_errno(), "the rights cannot be set")


def environment(data: Path | None = None) -> dict[str, str]:
    """Return this process's environment, with another data folder or none."""
    kept = {name: value for name, value in os.environ.items() if name != "DROPOUT_LAB_DATA"}
    return {**kept, "COLUMNS": "80"} | ({"DROPOUT_LAB_DATA": str(data)} if data else {})


def numbers(folder: Path) -> dict[str, str]:
    """Return the text of every table of a result, without the columns of times."""
    trials = pd.read_csv(folder / "trials.csv", dtype=str)
    trials = trials.drop(columns=[column for column in trials if column.endswith("_seconds")])
    tables = {
        name: pd.read_csv(folder / name, dtype=str) for name in ("history.csv", "predictions.csv.gz", "summary.csv")
    }
    return {name: table.to_csv(index=False) for name, table in {"trials.csv": trials, **tables}.items()}
