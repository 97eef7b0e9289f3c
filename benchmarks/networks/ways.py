"""The ways to train a sweep, and what a part of it says about the whole. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["OURS", "WAYS", "Way", "whole_seconds"]

OURS = "dropout_lab"


@dataclass(frozen=True)
class Way:
    """A way to train a sweep.

    Attributes
    ----------
    label : str
        In the table.
    kind : str
        Dropout Lab's engine, or what `script` does.
    trials : int
        How many trials of the sweep are trained; 0: all.
    backend : str
        Keras'.
    """

    label: str
    kind: str
    trials: int = 0
    backend: str = "tensorflow"


WAYS = {
    OURS: Way("Dropout Lab", "auto"),
    "engine_keras": Way("engine keras", "keras"),
    "fit_tensorflow": Way("fit, TensorFlow", "fit", 3),
    "fit_jax": Way("fit, JAX", "fit", 5, "jax"),
    "loop_tensorflow": Way("loop, TensorFlow", "loop", 10),
    "loop_jax": Way("loop, JAX", "loop", 10, "jax"),
}


def whole_seconds(process: float, trials: Sequence[float], count: int) -> float:
    """Return how long a process would take for more trials than it trained.

    The first trial, and everything besides the trials, is paid once; any other takes as long as the median of those
    that followed the first.

    Parameters
    ----------
    process : float
        Seconds from its start to its end.
    trials : sequence of float
        Seconds of each trial; at least two.
    count : int
        At least as many.
    """
    return process + (count - len(trials)) * statistics.median(trials[1:])
