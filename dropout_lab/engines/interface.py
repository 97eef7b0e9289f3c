"""What an engine is: blocks of trials in, one outcome per trial out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from dropout_lab.config import Experiment
from dropout_lab.datasets import Dataset
from dropout_lab.engines.outcome import TrialResult
from dropout_lab.plan import Trial

__all__ = ["Block", "Engine", "Train"]

Block = tuple[Trial, ...]
"""Trials that an engine trains in one call; they may differ in how strong their dropout is, repeat and fold only."""


class Train(Protocol):
    """Trains one block."""

    def __call__(self, block: Block, on_epochs: Callable[[int], None]) -> Iterator[list[TrialResult]]:
        """Train a block's trials and yield the outcomes, those that become known together in one list.

        Parameters
        ----------
        block : tuple of Trial
            One of the blocks the engine was loaded for. May be called in several threads at once.
        on_epochs : callable
            Called, from this thread, with the number of epochs x trials trained since the last call.
        """


@dataclass(frozen=True)
class Engine:
    """A way to train trials.

    Attributes
    ----------
    refuses : callable
        Experiment -> why this engine cannot train it; empty if it can.
    split : callable
        ``(trials, data, jobs, room)`` -> blocks, for so many of them at once, in so many bytes of memory each; None, or
        nothing, is a share of what is free here.
    load : callable
        ``(blocks, data)`` -> `Train`. Called once per run, after TensorFlow has been started.
    threads : callable
        Experiment -> threads within one operation, which results may depend on in the last digits.
    parallel : bool
        Whether several blocks at once are worth it on as many cores.
    """

    reason_unsupported: Callable[[Experiment], str]
    split: Callable[..., list[Block]]
    load: Callable[[Sequence[Block], Dataset], Train]
    threads: Callable[[Experiment], int]
    parallel: bool
