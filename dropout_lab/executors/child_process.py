"""A process that works on blocks for a Dask worker: ``python -m dropout_lab.executors.child_process FILE_DESCRIPTOR``.

TensorFlow's settings are then its own, whatever else the worker does, and if it crashes, the worker lives on. It ends
when the worker does, or after a while without work.
"""

from __future__ import annotations

import os
import pickle
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection
from typing import Any

from dropout_lab.executors.interface import NeedsData

__all__ = ["ERROR", "EXPIRED", "LACKING", "READY", "RESULTS", "main"]

READY, LACKING, RESULTS, ERROR = "ready", "lacking", "results", "error"
"""Kinds of replies."""

EXPIRED = 0
"""The exit code of a child that was idle for too long."""

_IDLE_SECONDS = 60


def main(connection: Connection) -> None:
    """Reply to messages: first ``(prepare, serialized_data)``, see `Work`, then blocks."""
    messages: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(connection, messages), daemon=True).start()
    function: Callable[[Any], Iterable[Any]] | None = None
    while True:
        try:
            message = pickle.loads(messages.get(timeout=_IDLE_SECONDS))  # noqa: S301 - from the worker that started this process
        except queue.Empty:
            os._exit(EXPIRED)
        kind, content = RESULTS, b""
        try:
            if function is None:
                prepare, serialized_data = message
                function = pickle.loads(prepare)(serialized_data)  # noqa: S301
                kind = READY
            else:
                content = pickle.dumps(list(function(message)))
        except NeedsData:
            kind = LACKING
        except BaseException as error:
            kind, content = ERROR, _pickled(error)
        connection.send_bytes(kind.encode())
        connection.send_bytes(content)


def _listen(connection: Connection, messages: queue.SimpleQueue[bytes]) -> None:
    """Queue incoming messages; end the process, whatever it is doing, when the worker is gone."""
    try:
        while True:
            messages.put(connection.recv_bytes())
    except (EOFError, OSError):
        os._exit(1)


def _pickled(error: BaseException) -> bytes:
    error.add_note("".join(traceback.format_exception(error)))  # a traceback cannot be pickled
    try:
        pickled = pickle.dumps(error)
        pickle.loads(pickled)  # noqa: S301 - from the line above; some errors fail only here
    except Exception:
        return pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))
    return pickled


if __name__ == "__main__":
    main(Connection(int(sys.argv[1])))
