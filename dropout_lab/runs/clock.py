"""The end of a run by the clock."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from types import TracebackType

from dropout_lab.runs.interrupt import Stop
from dropout_lab.runs.prepare import RunRequest
from dropout_lab.runs.stages import Stage

__all__ = ["Clock"]


class Clock:
    """Ends a run when its budget of time is spent.

    The plan of a fixed design ends as by an interrupt, once what is being trained is on disk. A race ends at a look:
    one that has begun is finished, and none is begun that, at the pace so far, would take longer than is left.

    Parameters
    ----------
    request : RunRequest
    stop : Stop
    """

    def __init__(self, request: RunRequest, stop: Stop) -> None:
        self._budget, self._stop = request.options.budget, stop
        self._began, self._race = time.monotonic(), request.experiment.until is not None
        seconds = self._budget.seconds if self._budget else None
        self._seconds = seconds
        self._timer = None if seconds is None or self._race else threading.Timer(seconds, self._ring)
        self.is_over = False

    def _ring(self) -> None:
        if not self._stop.event.is_set():
            self.is_over = True
            self._stop.request()

    def __enter__(self) -> Clock:
        """Start it."""
        if self._timer:
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop it."""
        if self._timer:
            self._timer.cancel()

    def allowed(self, stage: Stage, trained: int) -> Stage:
        """Return a stage, or where there is no time for it, the same without anything to train.

        Parameters
        ----------
        stage : Stage
        trained : int
            Trials since the clock was started.
        """
        if self._seconds is None or self._budget is None or not trained or not stage.pending:
            return stage
        passed = time.monotonic() - self._began
        if passed * (1 + len(stage.pending) / trained * self._race) <= self._seconds and not self.is_over:
            return stage
        text = f"The budget of {self._budget.text} ends it before {stage.title} ({len(stage.pending):,} trials)."
        return replace(stage, pending=(), end=text)
