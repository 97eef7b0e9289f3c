"""A process that works on blocks for a Dask worker: ``python -m dropout_lab.executors.child_process FILE_DESCRIPTOR``.

TensorFlow's settings are then its own, whatever else the worker does, and if it crashes, the worker lives on. It ends
when the worker does, or after a while without work.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection
from typing import Any

from dropout_lab.executors.child import messages, portable
from dropout_lab.executors.interface import NeedsData

__all__ = ["ERROR", "LACKING", "READY", "RESULTS", "main"]

READY, LACKING, RESULTS, ERROR = "ready", "lacking", "results", "error"
"""Kinds of replies."""


def main(connection: Connection) -> None:
    """Reply to messages: first ``(prepare, serialized_data)``, see `Work`, then blocks."""
    function: Callable[[Any], Iterable[Any]] | None = None
    for message in messages(connection):
        kind, content = RESULTS, b""
        try:
            if function is None:
                prepare, serialized_data = message
                function = pickle.loads(prepare)(serialized_data)  # noqa: S301 - from the worker that started this process
                kind = READY
            else:
                content = pickle.dumps(list(function(message)))
        except NeedsData:
            kind = LACKING
        except BaseException as error:
            kind, content = ERROR, pickle.dumps(portable(error))
        connection.send_bytes(kind.encode())
        connection.send_bytes(content)


if __name__ == "__main__":
    main(Connection(int(sys.argv[1])))
