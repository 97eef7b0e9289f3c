"""Progress of a run: a bar with the time left on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from dropout_lab.engines.outcome import TrialOutcome
from dropout_lab.plan import Trial
from dropout_lab.runs.interface import ProgressListener
from dropout_lab.runs.prepare import RunPlan

__all__ = ["ProgressBar", "ProgressLines", "QuietProgress", "progress_listener", "span_of_epochs"]


class QuietProgress(ProgressListener):
    """Shows notices only."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def notice(self, text: str) -> None:
        """Print a notice."""
        self.console.print(text, style="yellow", highlight=False, markup=False, emoji=False, soft_wrap=True)


class ProgressBar(QuietProgress):
    """A progress bar that moves with every epoch."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._trials = 0
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[trials]} of {task.fields[of]} trials"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            expand=True,
        )
        self._task = self._progress.add_task("", start=False, visible=False, trials=0, of=0)

    def stop(self) -> None:
        """Remove the bar."""
        self._progress.stop()

    def begin(self, run_plan: RunPlan) -> None:
        """Show the bar."""
        _announce(self.console, run_plan)
        self._trials = 0
        experiment = run_plan.request.experiment
        self._progress.update(
            self._task,
            description=experiment.name,
            total=_epochs(run_plan),
            completed=0,
            trials=0,
            of=len(run_plan.pending),
            visible=bool(run_plan.pending),
        )
        self._progress.start()

    def epochs(self, count: int) -> None:
        """Move the bar; its clock starts with the first epoch."""
        self._progress.start_task(self._task)
        self._progress.advance(self._task, count)

    def finished(self, outcomes: Sequence[TrialOutcome]) -> None:
        """Count the trials."""
        self._trials += len(outcomes)
        self._progress.update(self._task, trials=self._trials)


class ProgressLines(QuietProgress):
    """Prints a line at every tenth of the work, for logs."""

    def begin(self, run_plan: RunPlan) -> None:
        """Show what begins."""
        _announce(self.console, run_plan)
        self._total, self._done, self._began = _epochs(run_plan), 0, 0.0
        self._lock = threading.Lock()

    def epochs(self, count: int) -> None:
        """Show the progress at every tenth; the clock starts with the first epoch."""
        with self._lock:
            self._began = self._began or time.monotonic()
            before, self._done = self._done, self._done + count
            if self._done * 10 // self._total == before * 10 // self._total:
                return
            took = time.monotonic() - self._began
            left = took / self._done * (self._total - self._done)
            share = f"{self._done / self._total:4.0%} trained"
            self.console.print(f"{share}, {took:.0f} s, about {left:.0f} s left", highlight=False)


class _LossyStream:
    """A stream that drops what it cannot write: a closed pipe or a full log is no reason to stop training."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            return self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


@contextmanager
def progress_listener(stream: TextIO, quiet: bool) -> Iterator[ProgressListener]:
    """Yield the listener that fits where the output goes; it never raises, even if nobody reads the stream."""
    console = Console(file=cast(TextIO, _LossyStream(stream)))
    if quiet:
        yield QuietProgress(console)
    elif not console.is_terminal:
        yield ProgressLines(console)
    else:
        bar = ProgressBar(console)
        try:
            yield bar
        finally:
            bar.stop()


def _announce(console: Console, run_plan: RunPlan) -> None:
    done = run_plan.finished
    experiment = run_plan.request.experiment
    title = f"{run_plan.title}: " if run_plan.title else ""
    if run_plan.end:
        text = f"{experiment.name}: {done} trials are finished"
    elif not run_plan.pending:
        text = f"{experiment.name}: all {done} trials are finished already"
    elif done and not title:
        text = f"{experiment.name}: {done} of {len(run_plan.trials)} trials are finished already, resuming"
    else:
        text = (
            f"{experiment.name}: {title}{len(run_plan.pending)} trials of {span_of_epochs(run_plan.pending)} "
            f"({experiment.engine} engine)"
        )
    console.print(text, highlight=False, markup=False, emoji=False, soft_wrap=True)


def _epochs(run_plan: RunPlan) -> int:
    return sum(trial.experiment.training.epochs for trial in run_plan.pending)


def span_of_epochs(trials: Sequence[Trial]) -> str:
    """Return how many epochs trials take: ``20 epochs``, ``20 to 60 epochs``, ``at most 60 epochs``."""
    training = [trial.experiment.training for trial in trials]
    fewest, most = min(settings.epochs for settings in training), max(settings.epochs for settings in training)
    if any(settings.early_stopping for settings in training):
        return f"at most {most} epochs"
    return f"{fewest} to {most} epochs" if fewest < most else f"{most} epochs"
