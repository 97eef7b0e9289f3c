"""Ctrl-C and SIGTERM: first stop in good order, then at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from dropout_lab.errors import ResultsError

__all__ = ["INTERRUPTED", "Stop", "exit_at_once", "stopping"]

INTERRUPTED = 130
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Whether a stop was asked for.

    Attributes
    ----------
    event : threading.Event
        Set once it was.
    """

    def __init__(self) -> None:
        self.event = threading.Event()
        self._callbacks: list[Callable[[], None]] = []

    def calls(self, callback: Callable[[], None]) -> None:
        """Call a function, too, when a stop is asked for; a `ResultsError` of it is passed over."""
        self._callbacks.append(callback)

    def ask(self) -> None:
        """Ask for a stop."""
        self.event.set()
        threading.Thread(target=self._call).start()  # a signal may have come while a callback's lock was held

    def _call(self) -> None:
        for callback in self._callbacks:
            with suppress(ResultsError):  # what cannot be written is told where the trials are
                callback()


@contextmanager
def stopping() -> Iterator[Stop]:
    """Give what the first signal sets; a second one ends the process, which loses nothing that is on disk."""
    stop = Stop()

    def handle(number: int, frame: FrameType | None) -> None:
        if stop.event.is_set():
            if os.isatty(2):
                _say(b"\x1b[?25h\n")  # a progress bar may have hidden the cursor
            os._exit(INTERRUPTED)
        stop.ask()
        _say(b"\nStopping once the trials under way are on disk; press again to stop at once.\n")

    before = {each: signal.signal(each, handle) for each in _SIGNALS}
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _say(text: bytes) -> None:
    """Write to standard error if somebody still reads it: the signal may have ended them, too."""
    with suppress(OSError):
        os.write(2, text)


def exit_at_once() -> None:
    """Make a signal outside `stopping` end the process quietly with exit code 130."""
    for each in _SIGNALS:
        signal.signal(each, lambda number, frame: sys.exit(INTERRUPTED))
