"""A process that works on blocks for a Dask worker: ``python -m dropout_lab.executors.child_process FILE_DESCRIPTOR``.

What it sets up, TensorFlow's threads above all, is its own, whatever else the worker does; and it dies alone. It ends
when the worker does, or has nothing for it for a while.
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
"""Kinds of answers."""

EXPIRED = 0
"""The exit code of a child that had nothing to do."""

_IDLE_SECONDS = 60


def main(line: Connection) -> None:
    """Answer messages: ``(prepare, parcel)`` first, see `Work`, then blocks."""
    messages: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(line, messages), daemon=True).start()
    function: Callable[[Any], Iterable[Any]] | None = None
    while True:
        try:
            message = pickle.loads(messages.get(timeout=_IDLE_SECONDS))  # noqa: S301 - from the worker that started us
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
            kind, content = ERROR, _packed(error)
        line.send_bytes(kind.encode())
        line.send_bytes(content)


def _listen(line: Connection, messages: queue.SimpleQueue[bytes]) -> None:
    """Pass messages on; end the process, whatever it does, once there is nobody to send any."""
    try:
        while True:
            messages.put(line.recv_bytes())
    except (EOFError, OSError):
        os._exit(1)


def _packed(error: BaseException) -> bytes:
    error.add_note("".join(traceback.format_exception(error)))  # a traceback itself does not travel
    try:
        packed = pickle.dumps(error)
        pickle.loads(packed)  # noqa: S301 - made the line above; some errors only fail here
    except Exception:
        return pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))
    return packed


if __name__ == "__main__":
    main(Connection(int(sys.argv[1])))
