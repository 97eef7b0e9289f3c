"""Training blocks in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

from dropout_lab import engines
from dropout_lab.config import Experiment
from dropout_lab.datasets import Dataset
from dropout_lab.engines.outcome import TrialOutcome
from dropout_lab.executors import Executor, execute
from dropout_lab.provenance import cores, environment
from dropout_lab.results import Journal

__all__ = ["LocalBackend"]

_Attempt = Callable[..., Iterator[Sequence[TrialOutcome]]]


@dataclass(frozen=True)
class LocalBackend:
    """Trains in threads of this process, and notes in the journal what it trains.

    Attributes
    ----------
    experiment : Experiment
        With its engine resolved.
    data : Dataset
    jobs : int or None
        Blocks trained at once; None leaves it to the engine.
    fail_fast : bool
        Ask for a stop once a trial has failed.
    journal : Journal
    on_epochs : callable
        Called, from any thread, with the number of epochs x trials trained since the last call.
    """

    experiment: Experiment
    data: Dataset
    jobs: int | None
    fail_fast: bool
    journal: Journal
    on_epochs: Callable[[int], None]

    @property
    def slots(self) -> int:
        """How many blocks are trained at once."""
        return self.jobs or (cores() if engines.ENGINES[self.experiment.engine].parallel else 1)

    @property
    def at_once(self) -> int:
        """The same: no threads join."""
        return self.slots

    @property
    def room(self) -> None:
        """Bytes of memory for a block: as there are when blocks are cut."""

    def starts(self, trained: int | None) -> list[dict[str, Any]]:
        """Return what numbers depend on, for ``run.json``, and how many trials were trained."""
        threads = engines.ENGINES[self.experiment.engine].threads(self.experiment)
        return [{"trained": trained, **environment(), "threads": threads}]

    def start(self) -> None:
        """Start TensorFlow."""
        engines.start(self.experiment.engine, self.experiment)

    def executor(self, blocks: Sequence[engines.Block]) -> Executor:
        """Return what trains these blocks."""
        attempt: _Attempt = partial(
            engines.isolate_failures, train=engines.load(self.experiment.engine, blocks, self.data)
        )
        return partial(self._execute, attempt)

    def _execute(
        self, attempt: _Attempt, blocks: Sequence[engines.Block], at_once: int, stop: threading.Event
    ) -> Generator[Sequence[TrialOutcome], None, None]:
        abandoned = threading.Event()
        if self.fail_fast:
            attempt = partial(_until_one_fails, attempt, stop)
        function = partial(_in_the_journal, self.journal, attempt, self.on_epochs, abandoned)
        with closing(execute(function, blocks, at_once, stop, on_abandon=abandoned.set)) as done:
            yield from done


def _until_one_fails(
    attempt: _Attempt, stop: threading.Event, block: engines.Block, on_epochs: Callable[[int], None]
) -> Iterator[Sequence[TrialOutcome]]:
    """Train a block; ask for a stop before the next part of it, or another block, is begun."""
    for outcomes in attempt(block, on_epochs=on_epochs):
        if any(outcome.status != "ok" for outcome in outcomes):
            stop.set()
        yield outcomes


def _in_the_journal(
    journal: Journal,
    attempt: _Attempt,
    tell: Callable[[int], None],
    abandoned: threading.Event,
    block: engines.Block,
) -> Iterator[Sequence[TrialOutcome]]:
    """Train a block, noted in the journal for as long as it is trained: it has ended before its last rows are written.

    A process that dies while it writes was not taken down by what it trains.
    """

    def on_epochs(count: int) -> None:
        if abandoned.is_set():
            raise _Abandoned
        tell(count)

    left = [trial.id for trial in block]
    journal.begin(left)
    try:
        for outcomes in attempt(block, on_epochs=on_epochs):
            journal.end(left)
            done = {outcome.trial.id for outcome in outcomes}
            left = [trial for trial in left if trial not in done]
            if left:
                journal.begin(left)
            yield outcomes
    finally:
        journal.end(left)  # however it ended: the process is alive


class _Abandoned(BaseException):
    """Ends what a thread is training, for nothing will be written any more."""
