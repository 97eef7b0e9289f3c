"""Pending trials -> blocks to train; trials that may have crashed the process are quarantined. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dropout_lab.engines import Block
from dropout_lab.plan import Trial
from dropout_lab.results import limits

__all__ = ["KILLED", "BlockPlan", "divide"]

KILLED = "crashed the process each time it was trained (out of memory?)"


@dataclass(frozen=True)
class BlockPlan:
    """The blocks to train.

    Attributes
    ----------
    blocks : tuple of Block
        Trials that never were in flight when a process died.
    quarantined : tuple of Block
        Small blocks of trials that were: to be trained after the others, one at a time.
    given_up : tuple of Trial
        Trials not to be trained again.
    """

    blocks: tuple[Block, ...]
    quarantined: tuple[Block, ...]
    given_up: tuple[Trial, ...]


def divide(
    pending: Sequence[Trial],
    deaths: Mapping[str, Sequence[int]],
    split: Callable[[Sequence[Trial], int], Sequence[Block]],
    jobs: int,
) -> BlockPlan:
    """Divide trials into blocks.

    Parameters
    ----------
    pending : sequence of Trial
    deaths : mapping
        As `results.Journal.deaths` gives them.
    split : callable
        The engine's function: trials and number of parallel blocks -> blocks.
    jobs : int
        Number of blocks trained in parallel.
    """
    largest = limits(deaths)
    unsuspected = [trial for trial in pending if trial.id not in largest]
    quarantined: list[Block] = []
    for limit in sorted({largest[trial.id] for trial in pending if largest.get(trial.id)}, reverse=True):
        for block in split([trial for trial in pending if largest.get(trial.id) == limit], 1):
            quarantined += [block[first : first + limit] for first in range(0, len(block), limit)]
    return BlockPlan(
        tuple(split(unsuspected, jobs)) if unsuspected else (),
        tuple(quarantined),
        tuple(trial for trial in pending if largest.get(trial.id) == 0),
    )
