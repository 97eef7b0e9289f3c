"""What a run needs from where it trains, and whom it reports to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from dropout_lab.engines import Block
from dropout_lab.engines.outcome import TrialOutcome
from dropout_lab.executors import Executor
from dropout_lab.results import Journal
from dropout_lab.runs.prepare import RunPlan

__all__ = ["Backend", "ProgressListener"]


class Backend(Protocol):
    """Where blocks of trials are trained."""

    @property
    def slots(self) -> int:
        """How many blocks the trials are cut for."""

    @property
    def max_concurrent(self) -> int:
        """How many blocks are trained at once at most."""

    @property
    def block_memory(self) -> int | None:
        """Bytes of memory for a block; None: what is free when blocks are cut."""

    def start_records(self, trained: int | None) -> list[dict[str, Any]]:
        """Return what numbers depend on, for ``starts`` in ``run.json``.

        Parameters
        ----------
        trained : int or None
            Trials trained; None before the run has ended.
        """

    def executor(self, blocks: Sequence[Block], journal: Journal) -> Executor:
        """Return what trains these blocks.

        Parameters
        ----------
        blocks : sequence of Block
            All that it will be called with.
        journal : Journal
            A backend in this process notes in it what is being trained.
        """


class ProgressListener:
    """Hears how a run goes; ignores what a subclass does not override. Must not raise: no trial should fail for it."""

    def begin(self, run_plan: RunPlan) -> None:
        """Note that training is about to begin."""

    def epochs(self, count: int) -> None:
        """Note that so many epochs x trials were trained; called from worker threads."""

    def finished(self, outcomes: Sequence[TrialOutcome]) -> None:
        """Note that these trials are on disk."""

    def notice(self, text: str) -> None:
        """Show the user a message."""
