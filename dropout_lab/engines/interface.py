"""The interface of an engine: blocks of trials in, one outcome per trial out."""

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
"""Trials that an engine trains in one call; they may differ in dropout rate, repeat and fold only."""


class Train(Protocol):
    """Trains one block."""

    def __call__(self, block: Block, on_epochs: Callable[[int], None]) -> Iterator[list[TrialResult]]:
        """Train a block's trials and yield their results, in one list those that are finished together.

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
    reason_unsupported : callable
        Experiment -> why this engine cannot train it; empty if it can.
    split : callable
        ``(trials, data, jobs, memory_limit)`` -> blocks, of which `jobs` are trained at once, in so many bytes of
        memory each; None or omitted: a share of the memory that is free here.
    load : callable
        ``(blocks, data)`` -> `Train`. Called once per run, after TensorFlow has been started.
    threads : callable
        Experiment -> threads within one operation, on which the last digits of results may depend.
    parallel : bool
        Whether training several blocks at once, on as many cores, saves time.
    packages : tuple of str
        Further packages that results depend on.
    elsewhere : bool
        Whether it trains in processes of its own, so that this one needs neither TensorFlow nor Keras.
    """

    reason_unsupported: Callable[[Experiment], str]
    split: Callable[..., list[Block]]
    load: Callable[[Sequence[Block], Dataset], Train]
    threads: Callable[[Experiment], int]
    parallel: bool
    packages: tuple[str, ...] = ()
    elsewhere: bool = False
