"""What is missing -> blocks to train, with care for what took the process down before. Pure."""

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
    """What to train, and how.

    Attributes
    ----------
    blocks : tuple of Block
        Of trials that never did any harm.
    suspects : tuple of Block
        Small ones, of trials that were in flight when the process died: to be trained after the others, one by one.
    given_up : tuple of Trial
        Not to be trained again.
    """

    blocks: tuple[Block, ...]
    quarantined: tuple[Block, ...]
    given_up: tuple[Trial, ...]


def divide(
    missing: Sequence[Trial],
    deaths: Mapping[str, Sequence[int]],
    split: Callable[[Sequence[Trial], int], Sequence[Block]],
    jobs: int,
) -> BlockPlan:
    """Divide trials into blocks.

    Parameters
    ----------
    missing : sequence of Trial
    deaths : mapping
        As `results.Journal.deaths` gives them.
    split : callable
        Trials and blocks at once -> blocks: the engine's.
    jobs : int
        How many blocks are trained at once.
    """
    most = limits(deaths)
    innocent = [trial for trial in missing if trial.id not in most]
    quarantined: list[Block] = []
    for limit in sorted({most[trial.id] for trial in missing if most.get(trial.id)}, reverse=True):
        for block in split([trial for trial in missing if most.get(trial.id) == limit], 1):
            quarantined += [block[first : first + limit] for first in range(0, len(block), limit)]
    return BlockPlan(
        tuple(split(innocent, jobs)) if innocent else (),
        tuple(quarantined),
        tuple(trial for trial in missing if most.get(trial.id) == 0),
    )
