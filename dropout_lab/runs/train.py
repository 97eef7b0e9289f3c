"""Getting a process ready to train blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dropout_lab import engines
from dropout_lab.config import Experiment
from dropout_lab.datasets import Dataset
from dropout_lab.engines import Block
from dropout_lab.engines.outcome import TrialFailure, TrialOutcome
from dropout_lab.errors import DropoutLabError
from dropout_lab.provenance import environment

__all__ = ["TrainBlock", "has_failure", "load_engine", "training_environment"]

TrainBlock = Callable[[Block, Callable[[int], None]], Iterator[Sequence[TrialOutcome]]]
"""``(block, on_epochs)`` -> the outcomes of its trials, as they become known; a trial that raises is a failure."""


def load_engine(experiment: Experiment, blocks: Sequence[Block], data: Dataset, *, alone: bool = False) -> TrainBlock:
    """Start an experiment's engine in this process and return what trains blocks with it.

    Parameters
    ----------
    experiment : Experiment
        With its engine resolved.
    blocks : sequence of Block
        All that will be trained.
    data : Dataset
    alone : bool
        See `engines.start`.

    Raises
    ------
    DropoutLabError
        If the engine cannot be started, or cannot train the experiment.
    """
    engines.start(experiment.engine, experiment, alone=alone)
    try:
        train = engines.load(experiment.engine, blocks, data)
    except DropoutLabError:
        raise
    except Exception as error:  # a net too large to be built, say
        reason = engines.describe(error)
        return lambda block, on_epochs: iter([[TrialFailure(trial, "failed", reason) for trial in block]])
    return lambda block, on_epochs: engines.isolate_failures(block, train, on_epochs)


def training_environment(experiment: Experiment) -> dict[str, Any]:
    """Return what the numbers of an experiment depend on if it is trained in this process."""
    engine = engines.ENGINES[experiment.engine]
    return {**environment(engine.packages), "threads": engine.threads(experiment)}


def has_failure(outcomes: Sequence[TrialOutcome]) -> bool:
    """Tell whether a trial has no result."""
    return any(outcome.status != "ok" for outcome in outcomes)
