"""Ctrl-C and SIGTERM: the first one stops a run in good order, the second one at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from dropout_lab.errors import ResultsError

__all__ = ["INTERRUPTED", "Stop", "exit_at_once", "graceful_stop"]

INTERRUPTED = 130
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Whether a stop was requested.

    Attributes
    ----------
    event : threading.Event
        Set once it was.
    """

    def __init__(self) -> None:
        self.event = threading.Event()
        self._callbacks: list[Callable[[], None]] = []

    def add_callback(self, callback: Callable[[], None]) -> None:
        """Have a function called when a stop is requested; a `ResultsError` that it raises is ignored."""
        self._callbacks.append(callback)

    def request(self) -> None:
        """Request a stop."""
        self.event.set()
        threading.Thread(target=self._call).start()  # a signal may have come while a callback's lock was held

    def _call(self) -> None:
        for callback in self._callbacks:
            with suppress(ResultsError):  # the same error is shown where trials are written
                callback()


@contextmanager
def graceful_stop() -> Iterator[Stop]:
    """Yield a `Stop` that the first signal requests; a second one ends the process and loses nothing on disk."""
    stop = Stop()

    def handle(number: int, frame: FrameType | None) -> None:
        if stop.event.is_set():
            if os.isatty(2):
                _write_stderr(b"\x1b[?25h\n")  # a progress bar may have hidden the cursor
            os._exit(INTERRUPTED)
        stop.request()
        _write_stderr(b"\nStopping once the running trials are saved; press Ctrl-C again to stop immediately.\n")

    before = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _write_stderr(text: bytes) -> None:
    """Write to standard error; the signal may have ended its reader, too."""
    with suppress(OSError):
        os.write(2, text)


def exit_at_once() -> None:
    """Make a signal outside `graceful_stop` end the process quietly with exit code 130."""
    for number in _SIGNALS:
        signal.signal(number, lambda *_: sys.exit(INTERRUPTED))
