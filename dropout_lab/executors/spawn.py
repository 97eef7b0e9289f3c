"""Start a module of this program in a process of its own, connected with this one."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection

__all__ = ["Spawned", "describe_exit", "spawn"]


@dataclass(frozen=True)
class Spawned:
    """A process and the connection to it."""

    process: subprocess.Popen[bytes]
    connection: Connection

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self.connection.close()
        self.process.kill()
        self.process.wait()


def spawn(module: str, environment: Mapping[str, str] | None = None) -> Spawned:
    """Run a module as ``python -m MODULE FILE_DESCRIPTOR``; the descriptor is its end of the connection.

    It imports what this process would import, does not read from the terminal, and Ctrl-C does not reach it: it should
    end when the connection does.

    Parameters
    ----------
    module : str
    environment : mapping, optional
        Variables that it has besides those of this process.
    """
    parent_end, child_end = socket.socketpair()
    path = os.pathsep.join(os.path.abspath(entry) for entry in sys.path)
    with child_end:
        process = subprocess.Popen(  # noqa: S603 - this program
            [sys.executable, "-P", "-m", module, str(child_end.fileno())],
            pass_fds=[child_end.fileno()],
            env={**os.environ, **(environment or {}), "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    return Spawned(process, Connection(parent_end.detach()))


def describe_exit(code: int) -> str:
    """Return how a process ended, in words: its exit code, or the name of the signal."""
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
