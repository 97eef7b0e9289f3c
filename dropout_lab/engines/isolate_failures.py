"""Train a block so that a trial that raises does not affect the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from dropout_lab.engines.interface import Block, Train
from dropout_lab.engines.outcome import TrialFailure, TrialResult
from dropout_lab.errors import DropoutLabError

__all__ = ["describe", "isolate_failures"]

_WHERE_IN_TENSORFLOW = re.compile(r"\{\{[^{}]*\}\}|\bon /job:\S+|\[Op:\w+\]|\bname: *$")


def isolate_failures(
    block: Block, train: Train, on_epochs: Callable[[int], None]
) -> Iterator[Sequence[TrialResult | TrialFailure]]:
    """Train a block; if it raises, train its halves, down to the trial that raises.

    A trial gets the same numbers in a block of any size, so halving only costs time.

    Parameters
    ----------
    block : tuple of Trial
    train : Train
    on_epochs : callable
        See `Train`.

    Yields
    ------
    list of TrialResult or TrialFailure
        Together one for each trial of the block.

    Raises
    ------
    DropoutLabError
        If training raised it: it concerns the experiment, not one trial.
    """
    left = list(block)
    try:
        for outcomes in train(block, on_epochs):
            done = {outcome.trial.id for outcome in outcomes}
            left = [trial for trial in left if trial.id not in done]
            yield outcomes
    except DropoutLabError:
        raise
    except Exception as error:
        if len(left) == 1:
            yield [TrialFailure(left[0], "failed", describe(error))]
            return
        middle = len(left) // 2
        yield from isolate_failures(tuple(left[:middle]), train, on_epochs)
        yield from isolate_failures(tuple(left[middle:]), train, on_epochs)


def describe(error: BaseException) -> str:
    """Return an exception as one line of text, its class first."""
    text = " ".join(_WHERE_IN_TENSORFLOW.sub("", str(error)).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
