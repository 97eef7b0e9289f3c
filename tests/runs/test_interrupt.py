"""A stop that is asked for."""

from __future__ import annotations

import threading

import pytest

from dropout_lab.errors import ResultsError
from dropout_lab.runs.interrupt import Stop


def test_what_cannot_be_noted_keeps_nobody_from_hearing_of_the_stop(capfd: pytest.CaptureFixture[str]) -> None:
    stop, heard = Stop(), threading.Event()

    def fail() -> None:
        raise ResultsError("out/.journal: cannot be written: No space left on device")

    stop.add_callback(fail)
    stop.add_callback(heard.set)
    stop.request()
    assert stop.event.is_set()
    assert heard.wait(60)
    assert capfd.readouterr() == ("", "")
