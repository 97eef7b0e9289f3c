"""Ctrl-C and SIGTERM: first stop in good order, then at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["INTERRUPTED", "exit_at_once", "stopping"]

INTERRUPTED = 130
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """Give an event that the first signal sets; a second one ends the process, which loses nothing that is on disk."""
    stop = threading.Event()

    def handle(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            if os.isatty(2):
                os.write(2, b"\x1b[?25h\n")  # a progress bar may have hidden the cursor
            os._exit(INTERRUPTED)
        stop.set()
        os.write(2, b"\nStopping once the trials under way are on disk; press again to stop at once.\n")

    before = {each: signal.signal(each, handle) for each in _SIGNALS}
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def exit_at_once() -> None:
    """Make a signal outside `stopping` end the process quietly with exit code 130."""
    for each in _SIGNALS:
        signal.signal(each, lambda number, frame: sys.exit(INTERRUPTED))
