"""Who is measured, and on how many trials. Pure."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["CONTENDERS", "OURS", "Contender", "Job", "jobs"]

OURS = "dropout_lab"


@dataclass(frozen=True)
class Contender:
    """A way to train the trials.

    Attributes
    ----------
    name : str
        In the CSV.
    label : str
        In tables and plots.
    module : str
        Its script in ``benchmarks.peers``.
    backend : str
        Of Keras.
    patience : int or None
        How many times ``--peer-trials`` it is timed on at most; None: on every trial.
    parallel : bool
        Whether it trains a trial on each core at once.
    """

    name: str
    label: str
    module: str
    backend: str = "tensorflow"
    patience: int | None = None
    parallel: bool = False

    def most(self, peer_trials: int, cores: int) -> int | None:
        """Return how many trials it is timed on at most; a parallel one gets as many for each core."""
        if self.patience is None:
            return None
        most = peer_trials * self.patience
        return math.ceil(most / cores) * cores if self.parallel else most


CONTENDERS = (
    Contender(OURS, "Dropout Lab", "dropout_lab_stacked"),
    Contender("scikeras", "SciKeras, cross_val_score", "scikeras_cv", patience=1),
    Contender("scikeras_jobs", "SciKeras, n_jobs=-1", "scikeras_cv", patience=1, parallel=True),
    Contender("keras_tensorflow", "Keras loop, TensorFlow", "keras_loop", patience=2),
    Contender("keras_jax", "Keras loop, JAX", "keras_loop", backend="jax", patience=10),
    Contender("jax_vmap", "jax.vmap by hand", "jax_vmap", backend="jax"),
)


@dataclass(frozen=True)
class Job:
    """One process to measure.

    Attributes
    ----------
    contender : Contender
    measured : int
        Trials it trains.
    sizes : tuple of int
        Numbers of trials it stands for: those above `measured` are extrapolated from it.
    """

    contender: Contender
    measured: int
    sizes: tuple[int, ...]


def jobs(
    contenders: tuple[Contender, ...], sizes: tuple[int, ...], peer_trials: int, cores: int, turn: int = 0
) -> list[Job]:
    """Return the processes of one run: size by size, the contenders taking turns.

    Parameters
    ----------
    contenders : tuple of Contender
    sizes : tuple of int
    peer_trials, cores : int
    turn : int
        Number of the run: each begins with the next contender.
    """
    first = turn % len(contenders)
    made = [
        Job(contender, measured, tuple(same))
        for contender in (*contenders[first:], *contenders[:first])
        for measured, same in _grouped(sizes, contender.most(peer_trials, cores))
    ]
    return sorted(made, key=lambda job: job.sizes[0])


def _grouped(sizes: tuple[int, ...], most: int | None) -> Iterator[tuple[int, Iterator[int]]]:
    """Group sizes by the number of trials that is measured for them."""
    return itertools.groupby(sorted(sizes), key=lambda size: size if most is None else min(size, most))
