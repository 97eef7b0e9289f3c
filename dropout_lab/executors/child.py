"""What every process that this program starts does: it waits for messages, ends with its parent, and reports errors."""

from __future__ import annotations

import os
import pickle
import queue
import threading
import traceback
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

__all__ = ["EXPIRED", "IDLE_SECONDS", "messages", "portable"]

EXPIRED = 0
"""The exit code of a child that was idle for too long."""

IDLE_SECONDS = 60


def messages(connection: Connection) -> Iterator[Any]:
    """Yield what the parent sends; end the process, whatever it is doing, when the parent is gone, or if it is idle."""
    received: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(connection, received), daemon=True).start()
    while True:
        try:
            message = received.get(timeout=IDLE_SECONDS)
        except queue.Empty:
            os._exit(EXPIRED)
        yield pickle.loads(message)  # noqa: S301 - from the process that started this one


def _listen(connection: Connection, received: queue.SimpleQueue[bytes]) -> None:
    try:
        while True:
            received.put(connection.recv_bytes())
    except (EOFError, OSError):
        os._exit(1)


def portable(error: BaseException) -> BaseException:
    """Return an error that can be pickled, with its traceback, which cannot, as a note."""
    note = "".join(traceback.format_exception(error))
    try:
        error = pickle.loads(pickle.dumps(error))  # noqa: S301 - from this line; some errors fail only here
    except Exception:
        error = RuntimeError(f"{type(error).__name__}: {error}")
    error.add_note(note)
    return error
