"""Engines: a block of trials of one shape in, one outcome per trial out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from dropout_lab.config import Experiment
from dropout_lab.datasets import Dataset
from dropout_lab.outcome import Outcome
from dropout_lab.plan import Trial

__all__ = ["ENGINES", "Train", "choose", "load"]


class Train(Protocol):
    """What an engine is."""

    def __call__(self, trials: Sequence[Trial], data: Dataset, on_epochs: Callable[[int], None]) -> Iterator[Outcome]:
        """Train trials of one shape and yield the outcome of each as it is known.

        Parameters
        ----------
        trials : sequence of Trial
            They may differ in rate, repeat and fold only.
        data : Dataset
        on_epochs : callable
            Called, perhaps from another thread, with the number of epochs x trials trained since the last call.
        """


def _keras() -> Train:
    from dropout_lab.engines import keras_fit

    return keras_fit.train


ENGINES: dict[str, Callable[[], Train]] = {"keras": _keras}
"""Each engine's name and a function that imports it."""


def choose(experiment: Experiment) -> Experiment:
    """Resolve ``engine: auto``; return the experiment with the engine that will train it."""
    if experiment.engine != "auto":
        return experiment
    return experiment.model_copy(update={"engine": "keras"})


def load(name: str) -> Train:
    """Start TensorFlow as an engine needs it and return the engine."""
    from dropout_lab.engines import runtime

    runtime.start(intra_op_threads=1)
    return ENGINES[name]()
