"""Training blocks in threads of this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import Any

from dropout_lab import engines
from dropout_lab.engines.outcome import TrialOutcome
from dropout_lab.executors import Executor, execute
from dropout_lab.provenance import cores
from dropout_lab.results import Journal
from dropout_lab.runs.interface import ProgressListener
from dropout_lab.runs.prepare import PreparedRun
from dropout_lab.runs.train import TrainBlock, has_failure, load_engine, training_environment

__all__ = ["LocalBackend"]


class LocalBackend:
    """Trains in threads of this process, and notes in the journal what it trains; see `Backend`.

    Parameters
    ----------
    prepared : PreparedRun
    listener : ProgressListener
    """

    block_memory = None

    def __init__(self, prepared: PreparedRun, listener: ProgressListener) -> None:
        self._experiment, self._options = prepared.request.experiment, prepared.request.options
        self._data = prepared.data
        self._listener = listener
        parallel = engines.ENGINES[self._experiment.engine].parallel
        self.slots = self.max_concurrent = self._options.jobs or (cores() if parallel else 1)

    def start_records(self, trained: int | None) -> list[dict[str, Any]]:
        """Return this process's environment."""
        return [{"trained": trained, **training_environment(self._experiment)}]

    def executor(self, blocks: Sequence[engines.Block], journal: Journal) -> Executor:
        """Start TensorFlow; return what trains these blocks."""
        train = load_engine(self._experiment, blocks, self._data, alone=self._options.alone)
        return partial(self._execute, train, journal)

    def _execute(
        self,
        train: TrainBlock,
        journal: Journal,
        blocks: Sequence[engines.Block],
        at_once: int,
        stop: threading.Event,
    ) -> Generator[Sequence[TrialOutcome], None, None]:
        abandoned = threading.Event()

        def on_epochs(count: int) -> None:
            if abandoned.is_set():
                raise _Abandoned
            self._listener.epochs(count)

        def train_block(block: engines.Block) -> Iterator[Sequence[TrialOutcome]]:
            for outcomes in _in_the_journal(journal, train, block, on_epochs):
                if self._options.fail_fast and has_failure(outcomes):
                    stop.set()  # before the next part of this block, or another block, is begun
                yield outcomes

        with closing(execute(train_block, blocks, at_once, stop, on_abandon=abandoned.set)) as outcomes:
            yield from outcomes


def _in_the_journal(
    journal: Journal, train: TrainBlock, block: engines.Block, on_epochs: Callable[[int], None]
) -> Iterator[Sequence[TrialOutcome]]:
    """Train a block, noted in the journal for as long as it is trained: it has ended before its last rows are written.

    A process that dies while it writes did not die of what it trains.
    """
    pending = [trial.id for trial in block]
    journal.begin(pending)
    try:
        for outcomes in train(block, on_epochs):
            journal.end(pending)
            done = {outcome.trial.id for outcome in outcomes}
            pending = [trial for trial in pending if trial not in done]
            if pending:
                journal.begin(pending)
            yield outcomes
    finally:
        journal.end(pending)  # however it ended: the process is alive


class _Abandoned(BaseException):
    """Ends what a thread is training: nothing will be written any more."""
